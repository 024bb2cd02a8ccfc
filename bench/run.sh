#!/usr/bin/env bash
# The side-by-side measurement as one command: starts a PostgreSQL, the peers and accountgraph, measures, and stops all.
# usage: run.sh [seconds] [query-pattern]     4 seconds a cell; each query at 1 and at 16 connections
# env:   FOLDER (accountgraph-bench in the system's temporary folder; the rows stay there for the next time), KEEP=1 (leaves
#        everything running and prints where), SCALE and PGPORT_BENCH as peers.sh has them
# needs: go, and what peers.sh needs
set -euo pipefail
seconds=${1:-4} pattern=${2:-Q}
here=$(cd "$(dirname "$0")" && pwd)
folder=${FOLDER:-${TMPDIR:-/tmp}/accountgraph-bench} port=${PGPORT_BENCH:-5471} address=127.0.0.1:5804
base=postgres://postgres@127.0.0.1:$port

for tool in go node npm curl wrk jq psql pgbench; do
  command -v "$tool" >/dev/null || { echo "$tool is needed and is not there" >&2; exit 1; }
done
if curl -s -o /dev/null "http://$address/"; then echo "$address is taken: stop what listens there first" >&2; exit 1; fi

down() { if [[ -z ${KEEP:-} ]]; then "$here/peers.sh" down "$folder"; fi; }
trap down EXIT
"$here/peers.sh" up "$folder"
peers='postgraphile=http://127.0.0.1:5801/graphql mercurius=http://127.0.0.1:5802/graphql yoga=http://127.0.0.1:5803/graphql'

(cd "$here" && go build -o "$folder/accountgraph-bench" ./server)
psql "$base/postgres" -Atqc "SELECT 1 FROM pg_database WHERE datname = 'accountgraph'" | grep -q 1 || psql "$base/postgres" -qc 'CREATE DATABASE accountgraph'
DATABASE_URL="$base/accountgraph?sslmode=disable" ADDR=$address "$folder/accountgraph-bench" >"$folder/accountgraph.log" 2>&1 </dev/null &
echo $! >"$folder/accountgraph.pid"
for _ in $(seq 1200); do # the first start loads the rows
  curl -s -o /dev/null "http://$address/" && break
  kill -0 "$(cat "$folder/accountgraph.pid")" 2>/dev/null || { cat "$folder/accountgraph.log" >&2; exit 1; }
  sleep 0.5
done

export PGURL="$base/bench?sslmode=disable"
for connections in 1 16; do
  echo
  echo "$connections connections, $seconds s each; load average$(uptime | sed 's/.*load average//')"
  "$here/measure.sh" "$folder/bodies" "$peers accountgraph=http://$address/graphql" "$connections" "$seconds" "$pattern"
  "$here/limit.sh" "$connections" "$seconds" "$pattern"
done
echo
"$here/statements.sh" "$folder/bodies/accountgraph" "http://$address/graphql"
if [[ -n ${KEEP:-} ]]; then
  echo
  echo "PGURL='$PGURL'  BENCH=$folder  PEERS='$peers accountgraph=http://$address/graphql'"
fi
