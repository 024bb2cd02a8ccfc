#!/usr/bin/env node
// Goes through the quickstarts as a newcomer's machine does, on a clone of what is committed and with nothing fetched or compiled
// before, and tells how long each takes. usage: .ci/first-hour.mjs [port]      needs: git, Go, Node with npm, curl, jq, PostgreSQL's binaries
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const port = Number(process.argv[2] ?? 18090)
const base = `http://127.0.0.1:${port}`
const folder = mkdtempSync(join(tmpdir(), 'first-hour-'))
chmodSync(folder, 0o755) // the database runs under another user if this is root
const clone = join(folder, 'clone')

/** Caches with nothing in them. */
const nothing = () => {
  const caches = mkdtempSync(join(folder, 'caches-'))
  const go = { GOMODCACHE: join(caches, 'mod'), GOCACHE: join(caches, 'build'), GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw` }
  return { ...process.env, ...go, npm_config_cache: join(caches, 'npm'), BASE_URL: base }
}

/** Runs commands in one shell, in the clone, and tells how long they took, and of the processor's time the part that is not the system's. */
function run(what, commands, env) {
  const timed = `set -eo pipefail; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT; TIMEFORMAT='%0R s, of the processor %0U s'; exec 3>&2 2>"$LOG"\ntime {\n${commands}\n} 2>&3`
  const log = join(folder, 'log')
  execFileSync('bash', ['-c', timed], { cwd: clone, env: { ...env, LOG: log }, stdio: ['ignore', 'ignore', 'inherit'] })
  console.log(`${what}: ${readFileSync(log, 'utf8').trim().split('\n').at(-1)} (load average ${loadavg()[0].toFixed(1)})`)
}

execFileSync('git', ['clone', '-q', join(import.meta.dirname, '..'), clone])
const env = nothing()
run('go build', 'go build -o /dev/null .', env)
const began = performance.now()
const server = spawn('go', ['run', '.'], { cwd: clone, detached: true, env: { ...env, ADDR: `127.0.0.1:${port}`, DATA_DIR: join(folder, 'data') }, stdio: 'ignore' })
try {
  while (!(await fetch(`${base}/readyz`).catch(() => null))?.ok) {
    if (server.exitCode !== null) throw new Error(`the server stopped: ${server.exitCode}`)
    await setTimeout(200)
  }
  console.log(`go run . after that, until it is ready: ${((performance.now() - began) / 1000).toFixed(0)} s`)
  for (const page of ['frontend', 'go', 'bff']) {
    const text = readFileSync(join(clone, 'docs', `quickstart-${page}.md`), 'utf8')
    for (const way of page === 'bff' ? text.split(/^## /m).slice(1) : [text]) {
      const blocks = [...way.matchAll(/```sh\n([^]*?)```\n/g)].map(([, commands]) => commands).join('')
      const name = page === 'bff' ? `bff, ${way.split('\n', 1)[0]}` : page
      run(name, blocks.replaceAll('http://127.0.0.1:8080', base).replaceAll('4000', String(port + 1)), nothing())
    }
  }
} finally {
  if (server.exitCode === null) {
    process.kill(-server.pid, 'SIGINT')
    await new Promise((resolve) => server.once('exit', resolve))
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
