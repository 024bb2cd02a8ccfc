// Pastes docs/quickstart-bff.md, over a running accountgraph with its demo. Settings, from the environment:
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

// Each way is pasted into a shell of its own, in the folder of accountgraph. A block with more than sh in its first line is not pasted.
const page = readFileSync(new URL('../../../docs/quickstart-bff.md', import.meta.url), 'utf8')
const ways = page.split(/^## /m).slice(1).map((text) => ({
  name: text.split('\n', 1)[0],
  steps: [...text.matchAll(/```sh\n([^]*?)```\n(?:\n```\n([^]*?)```\n)?/g)],
}))

test('there are two ways', () => assert.deepEqual(ways.map(({ name }) => name), ['Stitching', 'Federation']))
for (const { name, steps } of ways) {
  test(`${name} works as it is pasted, and answers what is shown`, async (t) => {
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
}
