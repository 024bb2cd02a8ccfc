#!/usr/bin/env bash
# How many SQL statements each query is, as accountgraph tells it in Server-Timing, idle and under load.
# usage: statements.sh BODIES URL [seconds]     BODIES has Q*.json
set -euo pipefail
bodies=$1 url=$2 seconds=${3:-4}
here=$(cd "$(dirname "$0")" && pwd)
for connections in 1 16; do
  for body in "$bodies"/Q*.json; do
    for factor in 1 4 16; do # until an answer came
      told=$(POST=$here/post.lua BODY=$body wrk -t1 -c"$connections" -d"$((seconds * factor))s" --timeout 60s -s "$here/statements.lua" "$url" | grep '^Statements')
      [[ $told == 'Statements: none'* ]] || break
    done
    printf '%-22s %2s connections  %s\n' "$(basename "$body" .json)" "$connections" "$told"
  done
done
