#!/usr/bin/env bash
# Measures GraphQL servers side by side: each query on each peer in turn, round after round.
# usage: measure.sh BODIES "name=url name=url ..." [connections] [seconds] [query-pattern]
# Prints a row per query and peer: requests/s, p50, p99, SQL statements a request (when nothing else runs, and during the
# measurement), bytes, and errors.
# PGURL (of a database of the measured cluster, with pg_stat_statements) turns the statements columns on. They are of all
# databases of the cluster; BEGIN and COMMIT are left out.
set -euo pipefail
bodies=$1 peers=$2 connections=${3:-1} seconds=${4:-4} pattern=${5:-Q}
here=$(cd "$(dirname "$0")" && pwd)
post() { # BODY URL: @N@ in the body is another number each time
  sed "s/@N@/$(date +%s%N)/g" "$1" | curl -s ${AUTH:+-H "Authorization: $AUTH"} -H 'content-type: application/json' --data @- "$2"
}
calls() { sql "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' AND query !~ '^(BEGIN|COMMIT|ROLLBACK)'"; }
each() { [[ -n $1 && -n $2 && $2 != 0 ]] && awk "BEGIN {printf \"%.1f\", $1 / $2}" || echo -; }
# settle waits, a while at most, until the processors have next to nothing to do: a server goes on with what it was asked when wrk has gone, and the
# next one would be measured beside it.
settle() {
  local before=() after=()
  for _ in $(seq 60); do
    read -ra before </proc/stat && sleep 0.25 && read -ra after </proc/stat
    ((after[4] - before[4] < 20 * $(nproc))) || return 0 # hundredths of a second that a core was idle, of 25
  done
}
sql() { [[ -n ${PGURL:-} ]] && psql "$PGURL" -Atqc "$1" || true; }
printf '%-22s %-13s %10s %10s %10s %7s %7s %9s %s\n' query peer req/s p50 p99 sql busy bytes errors
for query in $(cd "$bodies" && ls */*.json | sed 's/.*\///; s/.json$//' | sort -u | grep -E "$pattern"); do
  for peer in $peers; do
    name=${peer%%=*} url=${peer#*=} body=$bodies/$name/$query.json
    [[ -f $body ]] || continue
    settle
    for _ in 1 2 3; do answer=$(post "$body" "$url"); done
    errors=$(jq -r '(.errors // []) | length' <<<"$answer" 2>/dev/null || echo '?')
    sql 'SELECT pg_stat_statements_reset()' >/dev/null
    for _ in 1 2 3 4 5; do post "$body" "$url" >/dev/null; done
    idle=$(each "$(calls)" 5)
    sql 'SELECT pg_stat_statements_reset()' >/dev/null
    settle
    result=$(BODY=$body wrk -t1 -c"$connections" -d"${seconds}s" --timeout 10s --latency -s "$here/post.lua" "$url")
    busy=$(each "$(calls)" "$(awk '/requests in/ {print $1}' <<<"$result")")
    rps=$(awk '/Requests\/sec/ {print $2}' <<<"$result")
    p50=$(awk '$1=="50%" {print $2}' <<<"$result") p99=$(awk '$1=="99%" {print $2}' <<<"$result")
    bad=$(grep -Eo 'Non-2xx.*|Socket errors.*' <<<"$result" | tr '\n' ' ' || true)
    printf '%-22s %-13s %10s %10s %10s %7s %7s %9s %s\n' "$query" "$name" "$rps" "$p50" "$p99" "$idle" "$busy" "${#answer}" "$errors $bad"
  done
done
