// What changed between two schemas, as @graphql-inspector sees it, and the changelog that is made of it.
import { ChangeType, CriticalityLevel, diff, DiffRule } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'

const { Breaking, Dangerous, NonBreaking } = CriticalityLevel

/** A type that is gone is breaking, whatever led to it: the rule before lets every one pass. */
const removedTypesBreak = ({ changes }) =>
  changes.map((change) =>
    change.type === ChangeType.TypeRemoved ? { ...change, criticality: { ...change.criticality, level: Breaking } } : change,
  )

/** An argument that was deprecated may go as a field may: the library's rule knows fields, input fields and values only. */
const deprecatedArgumentsMayGo = ({ changes, oldSchema }) =>
  changes.map((change) => {
    if (change.type !== ChangeType.FieldArgumentRemoved) return change
    const [type, field, name] = change.path.split('.')
    const argument = oldSchema.getType(type).getFields()[field].args.find((it) => it.name === name)
    return argument.deprecationReason == null ? change : { ...change, criticality: { ...change.criticality, level: Dangerous } }
  })

const additions = [ChangeType.TypeAdded, ChangeType.FieldAdded, ChangeType.DirectiveAdded]

/**
 * The changes from one schema to another, given as text, without those of descriptions and those within what is new as a whole. Fields,
 * arguments and values that were deprecated may be removed: that is dangerous, not breaking.
 *
 * The library's own rules for what to leave out are not used: ignoreDescriptionChanges keeps descriptions that are new, and with
 * simplifyChanges one of those hides that a field of its type is gone.
 */
export async function changes(before, after) {
  const rules = [DiffRule.suppressRemovalOfDeprecatedField, deprecatedArgumentsMayGo, removedTypesBreak]
  const all = await diff(buildSchema(before), buildSchema(after), rules)
  const added = all.filter(({ type }) => additions.includes(type)).map(({ path }) => `${path}.`)
  return all.filter(({ type, path }) => !type.includes('DESCRIPTION') && !added.some((whole) => path?.startsWith(whole)))
}

/** What every client that was right before may fail at. */
export const breaking = (all) => all.filter(({ criticality }) => criticality.level === Breaking)

const titles = { [Breaking]: 'Breaking', [Dangerous]: 'To be looked at', [NonBreaking]: 'Safe' }

function section(title, all) {
  const lines = [`## ${title}`, '']
  for (const [level, heading] of Object.entries(titles)) {
    const messages = all.filter(({ criticality }) => criticality.level === level).map(({ message }) => `- ${message.replaceAll("'", '`')}`)
    if (messages.length) lines.push(`### ${heading}`, '', ...messages.sort(), '')
  }
  return all.length ? lines : [...lines, 'Nothing changed.', '']
}

function first({ name, text }) {
  const schema = buildSchema(text)
  const fields = (type) => Object.keys(type?.getFields() ?? {}).length
  const types = Object.values(schema.getTypeMap()).filter(({ astNode }) => astNode).length
  return [
    `## ${name}`,
    '',
    `The first: ${fields(schema.getQueryType())} queries, ${fields(schema.getMutationType())} mutations, ${types} types in all.`,
    '',
  ]
}

/** The changelog of releases, oldest first, and of the schema that is next, as Markdown. */
export async function changelog(releases, next) {
  const sections = [section('Not released yet', await changes(releases.at(-1).text, next))]
  for (let i = releases.length - 1; i > 0; i--) {
    sections.push(section(releases[i].name, await changes(releases[i - 1].text, releases[i].text)))
  }
  sections.push(first(releases[0]))
  return [
    '# Changes of the schema',
    '',
    'Made by `npm run changelog` in `.ci/schema` of the schemas in `graph/testdata`: not to be edited. What is breaking may fail a client',
    'that was right before; what is to be looked at may surprise one, as a new value of an enum. Descriptions are left out.',
    '',
    ...sections.flat(),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}
