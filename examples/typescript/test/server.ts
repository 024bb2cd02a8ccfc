// A running accountgraph with its demo, which knows the trusted documents:
//   TRUSTED_DOCUMENTS=examples/typescript/src/generated/persisted-documents.json go run .
// Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
import assert from 'node:assert/strict'

export const base = process.env['BASE_URL'] ?? 'http://127.0.0.1:8080'
export const url = `${base}/graphql`

export interface Request {
  method: string
  /** What the body or the address asks for. */
  params: Record<string, unknown>
}

/** A fetch, and what was asked by it. */
export function recorder() {
  const asked: Request[] = []
  const recorded: typeof fetch = (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input)
    const params: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : Object.fromEntries(address.searchParams)
    asked.push({ method: init?.method ?? 'GET', params: params as Request['params'] })
    return fetch(input, init)
  }
  return { asked, fetch: recorded }
}

async function ask<T>(query: string, variables: Record<string, unknown>) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown }
  assert.equal(errors, undefined)
  return data
}

/** Makes a group of a root and the children A, B and C. */
export async function group(name: string) {
  const { createAccounts } = await ask<{ createAccounts: { results: { account: { id: string } }[]; userErrors: unknown[] } }>(
    `mutation($accounts: [CreateAccountsRowInput!]!) {
      createAccounts(input: { accounts: $accounts }) { results { account { id } } userErrors { field code message } }
    }`,
    {
      accounts: [
        { key: 'group', account: { name, primaryDomain: `${name}.com` } },
        ...['a', 'b', 'c'].map((child) => ({ parentKey: 'group', account: { name: child.toUpperCase(), primaryDomain: `${child}.${name}.com` } })),
      ],
    },
  )
  assert.deepEqual(createAccounts.userErrors, [])
  const [root, first] = createAccounts.results.map(({ account }) => account.id)
  assert.ok(root && first)
  return { root, first }
}

/** Deletes a group. */
export async function ungroup(root: string) {
  const { deleteAccount } = await ask<{ deleteAccount: { userErrors: unknown[] } }>(
    'mutation($id: ID!) { deleteAccount(id: $id, children: CASCADE) { userErrors { code message } } }',
    { id: root },
  )
  assert.deepEqual(deleteAccount.userErrors, [])
}
