// Writes docs/schema-changelog.md. With --check it writes nothing, and fails if that is not current, or if the schema breaks what
// the last release promised.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { breaking, changelog, changes } from './changes.mjs'

const root = new URL('../../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')

const folder = 'graph/testdata/released/'
const file = 'docs/schema-changelog.md'
const releases = readdirSync(new URL(folder, root))
  .sort()
  .map((name) => ({ name: basename(name, '.graphqls'), text: read(folder + name) }))
const next = read('graph/testdata/schema.golden.graphqls')
const text = await changelog(releases, next)

if (!process.argv.includes('--check')) {
  writeFileSync(new URL(file, root), text)
} else {
  const last = releases.at(-1)
  const broken = breaking(await changes(last.text, next))
  if (broken.length) {
    console.error(`The schema breaks what was released on ${last.name}:\n`)
    for (const { message } of broken) console.error(`  ${message}`)
    console.error('\nDeprecate it first. CONTRIBUTING.md says how, and what to do if it has to break.')
    process.exitCode = 1
  }
  if (read(file) !== text) {
    console.error(`${file} is not current: npm run changelog in .ci/schema writes it.`)
    process.exitCode = 1
  }
}
