/** One document of ../examples: its first comment line is the title, the rest of that paragraph the explanation. */
export interface Example {
  title: string
  explanation: string
  query: string
}

/** The examples of one part of the schema: a folder of ../examples. */
export interface Part {
  title: string
  examples: Example[]
}

/** What GraphiQL needs to open an example. */
export interface Tab {
  query: string
  variables: string | null
}

const documents = import.meta.glob<string>('../examples/*/*.graphql', {
  eager: true,
  import: 'default',
  query: '?raw',
})

/** The parts and their examples in the order of their names, which begin with a number. The first part opens as tabs. */
export const parts: Part[] = []
for (const path of Object.keys(documents).sort(new Intl.Collator('en', { numeric: true }).compare)) {
  const name = path.split('/').at(-2)!.replace(/^\d+-/, '').replaceAll('-', ' ')
  const title = name[0].toUpperCase() + name.slice(1)
  if (parts.at(-1)?.title !== title) parts.push({ title, examples: [] })
  parts.at(-1)!.examples.push(read(documents[path]))
}

function read(query: string): Example {
  const [title, ...explanation] = query.split(/\n#?\n/, 1)[0].split('\n').map((line) => line.replace('# ', ''))
  return { title, explanation: explanation.join(' '), query }
}

// An unreachable API must not keep the page from opening.
const lookupTimeoutMs = 2000

/**
 * Opens an example: an operation called Ids is run for the variables of the operation before it. Its aliases are the
 * variables' names: ids written into a query would tell its reader nothing. headers are those of a tab, JSON or empty.
 */
export async function openExample({ query }: Example, headers: string): Promise<Tab> {
  if (!/^query Ids\b/m.test(query)) return { query, variables: null }
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { ...(JSON.parse(headers || '{}') as Record<string, string>), 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, operationName: 'Ids' }),
      signal: AbortSignal.timeout(lookupTimeoutMs),
    })
    const { data } = (await response.json()) as { data: Record<string, { id: string } | null> }
    const ids = Object.entries(data).map(([name, account]) => [name, account?.id ?? null])
    return { query, variables: JSON.stringify(Object.fromEntries(ids), null, 2) }
  } catch {
    return { query, variables: null }
  }
}
