// Pastes docs/quickstart-bff.md into one shell, over a running accountgraph with its demo. Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('the page works as it is pasted, and shows what is answered', async (t) => {
  const page = readFileSync(new URL('../../../docs/quickstart-bff.md', import.meta.url), 'utf8')
  // A block with more than sh in its first line is not pasted.
  const steps = [...page.matchAll(/```sh\n([^]*?)```\n(?:\n```\n([^]*?)```\n)?/g)]
  assert.ok(steps.length >= 5, `got ${steps.length} steps`)
  const folder = mkdtempSync(join(tmpdir(), 'quickstart-bff-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const clone = join(folder, 'clone')
  mkdirSync(clone)
  symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(clone, 'examples'))
  const script = steps.map(([, commands]) => commands).join('')
    .replaceAll('http://127.0.0.1:8080', process.env.BASE_URL ?? 'http://127.0.0.1:8080')
    .replaceAll('4000', await freePort())
  // What the page starts ends also if a step fails.
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -eo pipefail; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${script}`], { cwd: clone })
  assert.equal(stdout, steps.map(([, , shown]) => shown ?? '').join(''))
})
