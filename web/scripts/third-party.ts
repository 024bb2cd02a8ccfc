import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

const legalFile = /^(licen[cs]e|copying|notice|third-?party-?notices)([-.].*)?(?<!\.[cm]?[jt]s)$/i
const rule = '='.repeat(80)

/** The folder of the package that a module belongs to, or undefined for our own and for virtual modules. */
function packageOf(module: string): string | undefined {
  if (!module.includes('/node_modules/') || module.startsWith('\0')) return undefined
  let folder = dirname(module.replace(/[?#].*$/, ''))
  while (!folder.endsWith('/node_modules')) {
    const manifest = join(folder, 'package.json')
    // Some packages nest manifests without a name, to mark folders as ES modules.
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version) return folder
    folder = dirname(folder)
  }
  return undefined
}

function notice(folder: string): string {
  const { name, version, license, author, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder)
    .filter((file) => legalFile.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim())
  const holder = author?.name ?? author ?? 'its authors'
  const body =
    texts.join('\n\n') || `Copyright ${holder}; the package carries no licence text. Source: ${repository.url ?? repository}`
  return `${rule}\n${name} ${version} (${license})\n${rule}\n\n${body}\n`
}

/**
 * Two plugins that share one list: `collect` belongs to the page and to its workers, which Vite builds apart with
 * plugins of their own; `write` puts the licences of every package met into one file.
 */
export function thirdParty(fileName: string) {
  const packages = new Set<string>()
  const collect = (): Plugin => ({
    name: 'third-party:collect',
    moduleParsed({ id }) {
      const folder = packageOf(id)
      if (folder) packages.add(folder)
    },
  })
  const write = (): Plugin => ({
    name: 'third-party:write',
    generateBundle() {
      const source = [...packages].map(notice).sort().join('\n')
      this.emitFile({ type: 'asset', fileName, source: `The page contains these packages.\n\n${source}` })
    },
  })
  return { collect, write }
}
