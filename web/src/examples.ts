/** One document of ../examples: its first comment line is the title, the rest of that paragraph the explanation. */
export interface Example {
  title: string
  explanation: string
  query: string
}

/** What GraphiQL needs to open an example. */
export interface Tab {
  query: string
  variables: string | null
}

const documents = import.meta.glob<string>('../examples/*.graphql', {
  eager: true,
  import: 'default',
  query: '?raw',
})

/** The examples in the order of their file names. */
export const examples: Example[] = Object.keys(documents)
  .sort()
  .map((path) => {
    const query = documents[path]
    const [title, ...explanation] = query.split(/\n#?\n/, 1)[0].split('\n').map((line) => line.replace('# ', ''))
    return { title, explanation: explanation.join(' '), query }
  })

// An unreachable API must not keep the page from opening.
const lookupTimeoutMs = 2000

/**
 * Opens an example: an operation called Ids is run for the variables of the operation before it. Its aliases are the
 * variables' names: ids written into a query would tell its reader nothing.
 */
export async function openExample({ query }: Example): Promise<Tab> {
  if (!/^query Ids\b/m.test(query)) return { query, variables: null }
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
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
