// One graph of a running accountgraph with its demo and of the example's tickets, by another maker's gateway. Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, describe, test } from 'node:test'
import { schemaOf } from '../../../examples/federation/compose.mjs'
import { accounts, ask, makeKey, revokeKey, shown, statements } from '../../../examples/federation/test/accountgraph.mjs'
import { serveTickets, typeDefs } from '../../../examples/federation/tickets.mjs'
import { theGuild } from '../compose.mjs'
import { planners, serveHive } from '../gateway.mjs'

const absent = 'acc_00000000000000000000000001'
// Example Holding, of the demo's second organization.
const foreign = 'acc_01kwax6p00e02bayjhas99pswb'

let apiKey, sdl, ids
before(async () => {
  apiKey = await makeKey()
  sdl = await schemaOf(accounts, { authorization: `Bearer ${apiKey.key}` })
  const { data } = await ask(accounts, '{ accounts(first: 100, filter: { hasChildren: { equals: true } }) { nodes { id name } } }', apiKey.key)
  ids = data.accounts.nodes
})
after(() => revokeKey(apiKey))

for (const [name, planner] of Object.entries(planners)) {
  describe(`Hive Gateway by ${name}`, () => {
    const asked = []
    const stops = []
    beforeEach(() => asked.splice(0))
    after(async () => {
      for (const stop of stops) await stop()
    })

    /** Serves accountgraph and the tickets of accounts, those of the example if none are given, as one graph. */
    async function oneGraph(rows) {
      const tickets = await serveTickets(0, rows)
      stops.unshift(tickets.stop)
      const supergraph = theGuild([
        { name: 'accounts', url: accounts, sdl },
        { name: 'tickets', url: tickets.url, sdl: typeDefs },
      ])
      const gateway = await serveHive(supergraph, planner, (answer) => asked.push(answer))
      stops.unshift(gateway.stop)
      return (query, key = apiKey.key) => ask(gateway.url, query, key)
    }
    const about = (...accountIds) => accountIds.map((accountId, i) => ({ id: String(i), subject: 'Hello', status: 'OPEN', accountId }))

    let graph
    before(async () => {
      graph = await oneGraph()
    })

    test('answers what the document shows', async () => {
      const document = readFileSync(new URL('../../../docs/federation.md', import.meta.url), 'utf8')
      const queries = shown(document).filter(({ server }) => server === 'gateway')
      assert.ok(queries.length >= 2, `got ${queries.length} queries, want some`)
      for (const { query, answer } of queries) assert.deepEqual((await graph(query)).data, answer.data, query)
    })

    test('the accounts of a hundred tickets are one request and one statement', async () => {
      const ask = await oneGraph(about(...ids.map(({ id }) => id)))
      const { data, errors } = await ask('{ tickets { account { name employees } } }')
      assert.equal(errors, undefined)
      assert.deepEqual(data.tickets.map(({ account }) => account.name), ids.map(({ name }) => name))
      const ours = asked.filter(({ url }) => url === accounts)
      assert.deepEqual(ours.map(({ variables }) => variables.representations.length), [100])
      // A planner may ask for every key of an account besides, and the external ids are a link.
      assert.deepEqual(statements(asked), [ours[0].query.includes('externalIds') ? 2 : 1])
    })

    test('the tickets of a thousand accounts are one request', async () => {
      const { data, errors } = await graph(`{
        accountByExternalId(source: "NIC", id: "nic:2380443") { descendants(first: 1000) { nodes { name tickets { id } } } }
      }`)
      assert.equal(errors, undefined)
      const { nodes } = data.accountByExternalId.descendants
      assert.equal(nodes.length, 1000)
      assert.deepEqual(nodes.filter(({ tickets }) => tickets.length > 0), [{ name: 'ARCHON GROUP ITALIA, S.R.L.', tickets: [{ id: '5' }, { id: '3' }] }])
      assert.equal(asked.length, 2, 'one request to each')
    })

    test('what is absent or of another organization is null in its place', async () => {
      const ask = await oneGraph(about(ids[0].id, absent, foreign, ids[1].id))
      const { data } = await ask('{ tickets { account { name } } }')
      assert.deepEqual(data.tickets, [{ account: { name: ids[0].name } }, { account: null }, { account: null }, { account: { name: ids[1].name } }])
    })

    test('errors of both sides keep their codes and places, and leave the others', async () => {
      const ask = await oneGraph([...about(ids[0].id, 'nonsense'), { id: '2', subject: 'Lost', status: 'LOST', accountId: ids[1].id }])
      const ours = await ask('{ tickets { subject account { name } } }')
      assert.deepEqual(ours.data.tickets.map(({ account }) => account), [{ name: ids[0].name }, null, { name: ids[1].name }])
      assert.deepEqual(ours.errors.map(({ path, extensions }) => [...path.slice(0, 3), extensions.code]), [['tickets', 1, 'account', 'BAD_USER_INPUT']])
      const theirs = await ask('{ tickets { status } }')
      assert.deepEqual(theirs.errors.map(({ path, extensions }) => [...path, extensions.code]), [['tickets', 2, 'status', 'INTERNAL_SERVER_ERROR']])
      const argument = await ask('{ account(id: "nonsense") { tickets { id } } }')
      assert.equal(argument.errors[0].extensions.code, 'BAD_USER_INPUT')
      const forbidden = await ask(`mutation { deleteAccount(id: "${absent}") { userErrors { code } } }`)
      assert.equal(forbidden.errors[0].extensions.code, 'FORBIDDEN', 'the key may read only')
    })

    test('the key of the caller gets through', async () => {
      const { data } = await graph('{ viewer { apiKey { name } role } }')
      assert.deepEqual(data.viewer, { apiKey: { name: 'Gateway' }, role: 'VIEWER' })
      const { errors } = await graph('{ tickets { account { name } } }', 'agk_00000000_nonsense')
      assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED')
    })
  })
}
