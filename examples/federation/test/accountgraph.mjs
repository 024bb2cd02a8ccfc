// The running accountgraph, with its demo, that the tests ask. Settings, from the environment:
//   BASE_URL  where it is; default http://127.0.0.1:8080

export const accounts = `${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/graphql`

/** Sends a query to accountgraph or to a gateway, with an API key if there is one. */
export async function ask(url, query, key, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  })
  return response.json()
}

/** Makes an API key that may read. */
export async function makeKey() {
  const { data } = await ask(accounts, 'mutation { createApiKey(input: {name: "Gateway", scope: READ}) { key apiKey { id } } }')
  return { key: data.createApiKey.key, id: data.createApiKey.apiKey.id }
}

/** Revokes a key that makeKey made. */
export const revokeKey = ({ id }) => ask(accounts, 'mutation($id: ID!) { revokeApiKey(id: $id) { userErrors { code } } }', undefined, { id })

/** Statements that accountgraph made for each of these answers, as it says itself. */
export const statements = (answers) =>
  answers.filter(({ url }) => url === accounts).map(({ cost }) => Number(/db;desc="(\d+) statements"/.exec(cost)[1]))

/** Queries to the gateway that the document shows, with their answers. */
export const shown = (document) =>
  [...document.matchAll(/```graphql (gateway|accountgraph)\n([^]*?)```\n\n```json\n([^]*?)```\n/g)].map(([block, server, query, answer]) => ({
    block,
    server,
    query,
    answer: JSON.parse(answer),
  }))
