#!/usr/bin/env bash
# Runs the program for a long time as it is run for customers (an API key, limits, a log, a PostgreSQL with the demo), asks it all the
# while, and tells whether its memory, goroutines, files or connections to the database grew. It fails if they did.
# usage: soak.sh [minutes]     30 if not said; and a tenth more to warm up
# env:   RATE (requests a second at most; as many as are answered if not set), CONNECTIONS (16), FOLDER (a temporary one, which goes
#        again; another stays, with the log), PORT (5805; the metrics are at the next one)
# needs: go, PostgreSQL's binaries (15 or newer), curl
set -euo pipefail
minutes=${1:-30} here=$(cd "$(dirname "$0")" && pwd) port=${PORT:-5805}
folder=${FOLDER:-$(mktemp -d)}
mkdir -p "$folder"
chmod 755 "$folder" # the database runs under another user if this is root
export DATA_DIR=$folder/data ADDR=127.0.0.1:$port METRICS_ADDR=127.0.0.1:$((port + 1)) LOG_FORMAT=json
unset DATABASE_URL

(cd "$here" && go build -o "$folder/accountgraph" .. && go build -o "$folder/soak" ./soak)
"$folder/accountgraph" >"$folder/log" 2>&1 &
server=$!
finish() {
  kill "$server" 2>/dev/null || true
  wait "$server" || true
  [[ -n ${FOLDER:-} ]] || rm -rf "$folder"
}
trap finish EXIT
until curl -fs -o /dev/null "http://$ADDR/readyz"; do
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.2
done
KEY=$("$folder/accountgraph" apikey create Soak --scope write --organization Demo 2>/dev/null)
export KEY
"$folder/soak" -api "http://$ADDR/graphql" -metrics "http://$METRICS_ADDR/metrics" -minutes "$minutes" -rate "${RATE:-0}" -connections "${CONNECTIONS:-16}"
echo "$(wc -l <"$folder/log") lines of log, $(grep -c '"level":"ERROR"' "$folder/log" || true) of them errors"
