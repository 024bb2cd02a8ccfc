#!/usr/bin/env bash
# The side-by-side measurement as one command: starts a PostgreSQL, the peers and accountgraph, measures, and stops all.
# usage: run.sh [seconds] [query-pattern] [rounds]     4 seconds a cell, all queries but E1, 3 rounds; each at 1 and at 16 connections
# env:   FOLDER (accountgraph-bench in the system's temporary folder; the rows stay there for the next time), KEEP=1 (leaves
#        everything running and prints where), SCALE and PGPORT_BENCH as peers.sh has them
# needs: go, and what peers.sh needs
set -euo pipefail
seconds=${1:-4} pattern=${2:-Q} rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
folder=${FOLDER:-${TMPDIR:-/tmp}/accountgraph-bench} port=${PGPORT_BENCH:-5471} address=127.0.0.1:5804 stock=127.0.0.1:5805
base=postgres://postgres@127.0.0.1:$port
database="$base/accountgraph?sslmode=disable"

for tool in go node npm curl wrk jq psql pgbench; do
  command -v "$tool" >/dev/null || { echo "$tool is needed and is not there" >&2; exit 1; }
done
for taken in "$address" "$stock"; do
  if curl -s -o /dev/null "http://$taken/"; then echo "$taken is taken: stop what listens there first" >&2; exit 1; fi
done

down() { if [[ -z ${KEEP:-} ]]; then "$here/peers.sh" down "$folder"; fi; }
trap down EXIT
"$here/peers.sh" up "$folder"
peers='postgraphile=http://127.0.0.1:5801/graphql mercurius=http://127.0.0.1:5802/graphql yoga=http://127.0.0.1:5803/graphql subgraph=http://127.0.0.1:5806/graphql'
peers="$peers stock=http://$stock/graphql accountgraph=http://$address/graphql"
ln -sfn accountgraph "$folder/bodies/stock"

# up NAME ADDRESS COMMAND...: starts a server and waits until it answers.
up() {
  local name=$1 at=$2
  "${@:3}" >"$folder/$name.log" 2>&1 </dev/null &
  echo $! >"$folder/$name.pid"
  for _ in $(seq 1200); do # the first start loads the rows
    curl -s -o /dev/null "http://$at/" && return
    kill -0 "$(cat "$folder/$name.pid")" 2>/dev/null || { cat "$folder/$name.log" >&2; exit 1; }
    sleep 0.5
  done
}
(cd "$here" && go build -o "$folder/accountgraph-stock" ./server && go build -o "$folder/accountgraph" .. && go build -o "$folder/report" ./report)
psql "$base/postgres" -Atqc "SELECT 1 FROM pg_database WHERE datname = 'accountgraph'" | grep -q 1 || psql "$base/postgres" -qc 'CREATE DATABASE accountgraph'
DATABASE_URL=$database ADDR=$stock STOCK=1 up stock "$stock" "$folder/accountgraph-stock"
# Ours as it is run for customers: with an API key, its limits and its log.
DATABASE_URL=$database ADDR=$address LOG_FORMAT=json up accountgraph "$address" "$folder/accountgraph"
AUTH="Bearer $(DATABASE_URL=$database "$folder/accountgraph" apikey create Bench --scope write --organization 'Organization 1' 2>/dev/null)"
export AUTH PGURL="$base/bench?sslmode=disable"

: >"$folder/results"
for round in $(seq "$rounds"); do
  for connections in 1 16; do
    echo
    echo "round $round, $connections connections, $seconds s each; load average$(uptime | sed 's/.*load average//')"
    "$here/measure.sh" "$folder/bodies" "$peers" "$connections" "$seconds" "$pattern" | tee -a >(sed "s/^/$round $connections /" >>"$folder/results")
    if [[ $round = 1 ]]; then "$here/limit.sh" "$connections" "$seconds" "$pattern"; fi
  done
done
echo
echo "memory (RSS) of accountgraph, MB: $(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$(cat "$folder/accountgraph.pid")/status") at most"
"$here/statements.sh" "$folder/bodies/accountgraph" "http://$address/graphql" "$seconds"
echo
"$folder/report" "$folder/results" "$here/../docs"
if [[ -n ${KEEP:-} ]]; then
  echo
  echo "PGURL='$PGURL'  BENCH=$folder  AUTH='$AUTH'  PEERS='$peers'"
fi
