// Pastes docs/quickstart-frontend.md into one shell.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { base } from './server.js'

// Tests are built into build/test.
const clone = join(import.meta.dirname, '../../../..')

test('the page works as it is pasted, and shows what is answered', async (t) => {
  const page = await readFile(join(clone, 'docs/quickstart-frontend.md'), 'utf8')
  // A block with more than sh in its first line is not pasted.
  const steps = [...page.matchAll(/```sh\n([^]*?)```\n(?:\n```\n([^]*?)```\n)?/g)]
  assert.ok(steps.length >= 5, `got ${String(steps.length)} steps`)
  const folder = await mkdtemp(join(tmpdir(), 'quickstart-frontend-'))
  t.after(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'clone'))
  await symlink(join(clone, 'examples'), join(folder, 'clone/examples'))
  const script = steps.map(([, commands]) => commands).join('').replaceAll('http://127.0.0.1:8080', base)
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -eo pipefail\n${script}`], { cwd: join(folder, 'clone') })
  assert.equal(stdout, steps.map(([, , shown]) => shown ?? '').join(''))
})
