// Relay's runtime with the compiled operations, on a running accountgraph with its demo. Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { beforeEach, test } from 'node:test'
import relay from 'relay-runtime'

const { Environment, Network, RecordSource, Store, commitMutation, fetchQuery, getSingularSelector } = relay
const url = `${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/graphql`
const require = createRequire(import.meta.url)
const compiled = (name) => require(`../src/__generated__/${name}.graphql.js`)
const goldman = 'acc_01kwax6p00eqgrdapyteyxm1ve'

async function send(query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const answer = await response.json()
  assert.equal(answer.errors, undefined)
  return answer
}

let environment
beforeEach(() => {
  environment = new Environment({
    network: Network.create((operation, variables) => send(operation.text, variables)),
    store: new Store(new RecordSource()),
  })
})

const load = (name, variables) => fetchQuery(environment, compiled(name), variables).toPromise()

/** What the store has for a fragment, as a component would see it. */
const read = (fragment, ref) => environment.lookup(getSingularSelector(compiled(fragment), ref)).data

/** Everything that a list has, as the API tells it. */
async function whole(list, argument = '') {
  const found = []
  for (let after = null; ; ) {
    const { data } = await send(`query($after: Cursor) { ${list}(first: 100, after: $after ${argument}) { nodes { id } pageInfo { hasNextPage endCursor } } }`, { after })
    found.push(...data[list].nodes.map(({ id }) => id))
    if (!data[list].pageInfo.hasNextPage) return found
    after = data[list].pageInfo.endCursor
  }
}

const ids = (connection) => connection.edges.map(({ node }) => node.id)

test('a list of the root grows page by page', async () => {
  const filter = { name: { contains: 'goldman' } }
  const variables = { count: 40, filter }
  const ref = await load('AccountsQuery', variables)
  let pages = 1
  let { accounts } = read('Accounts_query', ref)
  while (accounts.pageInfo.hasNextPage) {
    pages++
    await load('AccountsNextQuery', { ...variables, cursor: accounts.pageInfo.endCursor })
    accounts = read('Accounts_query', ref).accounts
  }
  const { data } = await send('query($filter: AccountFilter) { accounts(first: 100, filter: $filter, orderBy: {field: NUMBER}) { totalCount nodes { id } } }', { filter })
  assert.ok(pages > 2, `got ${pages} pages`)
  assert.equal(accounts.totalCount, data.accounts.totalCount)
  assert.equal(new Set(ids(accounts)).size, accounts.totalCount, 'none is lost, none is there twice')
  assert.deepEqual(ids(accounts).slice(0, 100), data.accounts.nodes.map(({ id }) => id))
})

test('a list of a record is read on by node(id:)', async () => {
  const { account } = await load('ChildrenQuery', { id: goldman, count: 50 })
  let { children } = read('Children_account', account)
  while (children.pageInfo.hasNextPage) {
    await load('ChildrenNextQuery', { id: goldman, count: 50, cursor: children.pageInfo.endCursor })
    children = read('Children_account', account).children
  }
  assert.equal(new Set(ids(children)).size, 124)
})

test('a list is read from its end and from its beginning', async () => {
  const all = await whole('contacts')
  const backward = await load('ContactsQuery', { last: 3 })
  let { contacts } = read('Contacts_query', backward)
  assert.deepEqual(ids(contacts), all.slice(-3))
  assert.equal(contacts.pageInfo.hasPreviousPage, true)
  await load('ContactsNextQuery', { last: 5, before: contacts.pageInfo.startCursor })
  contacts = read('Contacts_query', backward).contacts
  assert.deepEqual(ids(contacts), all.slice(-8))
})

test('a record is read again, by its id alone', async () => {
  await load('AccountRefetchQuery', { id: goldman })
  const record = environment.getStore().getSource().get(goldman)
  assert.equal(record.__typename, 'Account', 'the store knows records by the id that the API gives them')
  assert.equal(record.name, 'GOLDMAN SACHS GROUP, INC., THE')
})

test('mutations change what is in the store, and the lists', async (t) => {
  const change = (name, variables) =>
    new Promise((resolve, reject) => commitMutation(environment, { mutation: compiled(name), variables, onCompleted: resolve, onError: reject }))
  const filter = { name: { contains: 'made by relay' } }
  const ref = await load('AccountsQuery', { count: 10, filter })
  const seen = () => read('Accounts_query', ref).accounts
  assert.deepEqual(ids(seen()), [])

  const connections = [seen().__id]
  const made = await change('CreateMutation', { input: { name: 'Made by Relay', primaryDomain: 'made-by-relay.com' }, connections })
  assert.deepEqual(made.createAccount.userErrors, [])
  const { id } = made.createAccount.account
  t.after(() => send('mutation($id: ID!) { deleteAccount(id: $id) { userErrors { code } } }', { id }))
  assert.deepEqual(seen().edges.map(({ node }) => node.name), ['Made by Relay'])
  await change('RenameMutation', { id, input: { name: 'Made by Relay, twice' } })
  assert.deepEqual(seen().edges.map(({ node }) => node.name), ['Made by Relay, twice'])
  await change('DeleteMutation', { id, connections })
  assert.deepEqual(ids(seen()), [])
})
