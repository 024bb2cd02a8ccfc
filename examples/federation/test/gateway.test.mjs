// One graph of a running accountgraph with its demo and of tickets, by a gateway; and what docs/federation.md says of it. Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
//   UPDATE    set to write the answers into the document
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { compose, schemaOf } from '../compose.mjs'
import { serveGateway } from '../gateway.mjs'
import { serveTickets, typeDefs } from '../tickets.mjs'
import { accounts, ask, makeKey, revokeKey, shown, statements } from './accountgraph.mjs'

const document = new URL('../../../docs/federation.md', import.meta.url)

let tickets, gateway, apiKey
const asked = []
beforeEach(() => asked.splice(0))

/** Asks the gateway something that has no errors. */
async function must(query) {
  const { data, errors } = await ask(gateway.url, query, apiKey.key)
  assert.equal(errors, undefined)
  return data
}

before(async () => {
  apiKey = await makeKey()
  tickets = await serveTickets(0)
  const supergraph = compose([
    { name: 'accounts', url: accounts, sdl: await schemaOf(accounts, { authorization: `Bearer ${apiKey.key}` }) },
    { name: 'tickets', url: tickets.url, sdl: typeDefs },
  ])
  gateway = await serveGateway(0, supergraph, (answer) => asked.push(answer))
})
after(async () => {
  await gateway?.stop()
  await tickets?.stop()
  await revokeKey(apiKey)
})

test('the document shows what the gateway answers', async () => {
  let text = readFileSync(document, 'utf8')
  assert.ok(text.includes('```graphql\n' + typeDefs + '```'), 'the document shows the subgraph as it is')
  const queries = shown(text)
  for (const { block, server, query, answer } of queries) {
    const { data, errors } = await ask(server === 'gateway' ? gateway.url : accounts, query, apiKey.key)
    const got = errors ? { errors, data } : { data }
    if (process.env.UPDATE) {
      text = text.replace(block, `\`\`\`graphql ${server}\n${query}\`\`\`\n\n\`\`\`json\n${JSON.stringify(got, null, 2)}\n\`\`\`\n`)
    } else {
      assert.deepEqual(got, answer, query)
    }
  }
  assert.ok(queries.length >= 3, `got ${queries.length} queries, want some`)
  if (process.env.UPDATE) writeFileSync(document, text)
})

test('tickets of many accounts, and accounts of many tickets, are one request each', async () => {
  const data = await must(`{
    accountByExternalId(source: "NIC", id: "nic:2380443") { descendants(first: 1000) { nodes { tickets { id } } } }
    tickets { account { name employees number isActive createdAt owner { name } root { name } } }
  }`)
  assert.equal(data.accountByExternalId.descendants.nodes.filter((account) => account.tickets.length > 0).length, 1)
  assert.deepEqual(data.tickets.map(({ account }) => account?.name ?? null), [
    'ARCHON GROUP ITALIA, S.R.L.',
    'GOLDMAN SACHS GROUP, INC., THE',
    'ARCHON GROUP ITALIA, S.R.L.',
    null,
    'GOLDMAN SACHS GROUP, INC., THE',
  ])
  assert.equal(data.tickets[0].account.root.name, 'GOLDMAN SACHS GROUP, INC., THE')
  assert.equal(asked.length, 4, 'two requests to each')
  const entities = asked.find(({ url, query }) => url === accounts && query.includes('_entities'))
  assert.equal(entities.variables.representations.length, 5)
  assert.ok(Math.max(...statements(asked)) <= 4, `got ${statements(asked)} statements`)
})

test('the key of the caller gets through', async () => {
  assert.deepEqual(await must('{ viewer { apiKey { name } role } }'), { viewer: { apiKey: { name: 'Gateway' }, role: 'VIEWER' } })
  const { errors } = await ask(gateway.url, '{ tickets { account { name } } }', 'agk_00000000_nonsense')
  assert.match(errors[0].message, /401/)
})

test('what is wrong with an argument keeps its code', async () => {
  const { errors } = await ask(gateway.url, '{ account(id: "nonsense") { tickets { id } } }', apiKey.key)
  assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT')
})
