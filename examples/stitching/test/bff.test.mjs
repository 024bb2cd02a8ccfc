// The BFF over a running accountgraph with its demo; and what docs/stitching.md says of it. Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
//   UPDATE    set to write the answers into the document
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { graphql } from 'graphql'
import { schemaOf, serve, stitch } from '../bff.mjs'
import { billing, typeDefs } from '../billing.mjs'

const accountgraph = `${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/graphql`
const document = new URL('../../../docs/stitching.md', import.meta.url)
const goldman = 'acc_01kwax6p00eqgrdapyteyxm1ve'
const archon = 'acc_01kwax6p00esb8y1b3453f5qra'
const absent = 'acc_00000000000000000000000001'

let bff, apiKey, sdl
const asked = []
beforeEach(() => asked.splice(0))

async function ask(url, query, key, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  })
  return response.json()
}

/** Asks the BFF something that has no errors. */
async function must(query, variables) {
  const { data, errors } = await ask(bff.url, query, apiKey.key, variables)
  assert.equal(errors, undefined)
  return data
}

/** What accountgraph says that its answers cost. */
const statements = () => asked.map(({ cost }) => Number(/db;desc="(\d+) statements"/.exec(cost)[1]))

before(async () => {
  const made = await ask(accountgraph, 'mutation { createApiKey(input: {name: "BFF", scope: READ}) { key apiKey { id } } }')
  apiKey = { key: made.data.createApiKey.key, id: made.data.createApiKey.apiKey.id }
  sdl = await schemaOf(accountgraph, apiKey.key)
  bff = await serve(stitch(accountgraph, sdl, [billing], (answer) => asked.push(answer)), 0)
})
after(async () => {
  await bff?.stop()
  await ask(accountgraph, 'mutation($id: ID!) { revokeApiKey(id: $id) { userErrors { code } } }', undefined, { id: apiKey.id })
})

test('the document shows what the BFF answers', async () => {
  let count = 0
  let text = readFileSync(document, 'utf8')
  assert.ok(text.includes('```graphql\n' + typeDefs + '```'), 'the document shows the billing schema as it is')
  for (const [block, query, answer] of text.matchAll(/```graphql\n(\{[^]*?)```\n\n```json\n([^]*?)```\n/g)) {
    count++
    const got = await ask(bff.url, query, apiKey.key)
    if (process.env.UPDATE) {
      text = text.replace(block, `\`\`\`graphql\n${query}\`\`\`\n\n\`\`\`json\n${JSON.stringify(got, null, 2)}\n\`\`\`\n`)
    } else {
      assert.deepEqual(got, JSON.parse(answer), query)
    }
  }
  assert.ok(count >= 1, 'got no query')
  if (process.env.UPDATE) writeFileSync(document, text)
})

test('the order of the keys is kept, and what is absent is null', async () => {
  const data = await must(`query($ids: [ID!]!) { accountsByIds(ids: $ids) { name invoices { number } } }`, { ids: [archon, absent, goldman, archon] })
  const found = { name: 'ARCHON GROUP ITALIA, S.R.L.', invoices: [{ number: 1004 }, { number: 1001 }] }
  assert.deepEqual(data.accountsByIds, [found, null, { name: 'GOLDMAN SACHS GROUP, INC., THE', invoices: [{ number: 1002 }] }, found])
  assert.deepEqual(statements(), [1])
})

test('any number of keys is one request and one statement', async () => {
  const data = await must('{ invoices { account { logo employees } } }')
  assert.equal(data.invoices.length, 4)
  assert.equal(asked.length, 1)
  assert.deepEqual(statements(), [1])
  assert.equal(asked[0].variables.ids.length, 3, 'each once')
})

test('an invoice of an absent account has none', async () => {
  const { data, errors } = await ask(bff.url, '{ invoices { number account { name } } }', apiKey.key)
  assert.deepEqual(data.invoices[1], { number: 1003, account: null })
  assert.deepEqual(errors.map(({ path }) => path), [['invoices', 1, 'account', 'name']])
})

test('links below are one statement more each', async () => {
  await must(`{ billingOfAccounts(ids: ["${goldman}", "${archon}"]) { name owner { name } contacts(first: 1) { nodes { name } } } }`)
  assert.equal(asked.length, 1)
  assert.ok(statements()[0] <= 3, `got ${statements()} statements`)
})

test('contacts and users are found by their keys as well', async () => {
  const others = makeExecutableSchema({
    typeDefs: /* GraphQL */ `
      type Query { people: [Person!]! }
      type Person { contact: Contact user: User }
      type Contact { id: ID! }
      type User { id: ID! }`,
    resolvers: { Query: { people: () => people } },
  })
  const page = await ask(accountgraph, '{ contacts(first: 3) { nodes { id name } } users(first: 2) { nodes { id name } } }')
  const { contacts, users } = page.data
  const people = contacts.nodes.map(({ id }, i) => ({ contact: { id }, user: users.nodes[i % users.nodes.length] }))
  const schema = stitch(accountgraph, sdl, [others], (answer) => asked.push(answer))
  const { data, errors } = await graphql({
    schema,
    source: '{ people { contact { name } user { name } } }',
    contextValue: { authorization: `Bearer ${apiKey.key}` },
  })
  assert.equal(errors, undefined)
  assert.deepEqual(data.people.map(({ contact }) => contact.name), contacts.nodes.map(({ name }) => name))
  assert.deepEqual(data.people.map(({ user }) => user.name), people.map(({ user }) => user.name))
  assert.equal(asked.length, 1, 'both in one request')
})

test('more keys than accountgraph takes at once are several requests', async () => {
  const ids = Array.from({ length: 2500 }, (_, i) => `acc_${String(i).padStart(26, '0')}`)
  const many = makeExecutableSchema({
    typeDefs: 'type Query { debtors: [Debtor!]! } type Debtor { account: Account } type Account { id: ID! }',
    resolvers: { Query: { debtors: () => ids.map((id) => ({ account: { id } })) } },
  })
  const schema = stitch(accountgraph, sdl, [many], (answer) => asked.push(answer))
  const { data } = await graphql({
    schema,
    source: '{ debtors { account { name } } }',
    contextValue: { authorization: `Bearer ${apiKey.key}` },
  })
  assert.ok(data.debtors.every(({ account }) => account === null))
  assert.deepEqual(asked.flatMap(({ variables }) => Object.values(variables).map((list) => list.length)), [1000, 1000, 500])
})

test('the key of the caller gets through', async () => {
  assert.deepEqual(await must('{ viewer { apiKey { name } role } }'), { viewer: { apiKey: { name: 'BFF' }, role: 'VIEWER' } })
  const { errors } = await ask(bff.url, '{ viewer { role } }', 'agk_00000000_nonsense')
  assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED')
})
