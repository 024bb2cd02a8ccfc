// A running accountgraph with its demo and the example's billing, stitched by another BFF. Settings, from the environment:
//   BASE_URL  where accountgraph is; default http://127.0.0.1:8080
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { accounts, ask, makeKey, revokeKey, statements } from '../../../examples/federation/test/accountgraph.mjs'
import { serve } from '../../../examples/stitching/bff.mjs'
import { billing } from '../../../examples/stitching/billing.mjs'
import { serveBff } from '../bff.mjs'

let apiKey, invoices, bff
const asked = []
beforeEach(() => asked.splice(0))
before(async () => {
  apiKey = await makeKey()
  invoices = await serve(billing, 0)
  bff = await serveBff(accounts, invoices.url, apiKey.key, (answer) => asked.push(answer))
})
after(async () => {
  await bff?.stop()
  await invoices?.stop()
  await revokeKey(apiKey)
})

test('answers what the document shows', async () => {
  const document = readFileSync(new URL('../../../docs/stitching.md', import.meta.url), 'utf8')
  const queries = [...document.matchAll(/```graphql\n(\{[^]*?)```\n\n```json\n([^]*?)```\n/g)]
  assert.ok(queries.length >= 1, 'got no query')
  for (const [, query, answer] of queries) assert.deepEqual(await ask(bff.url, query, apiKey.key), JSON.parse(answer), query)
})

test('the accounts of all invoices are one request and one statement, and what is absent is null', async () => {
  const { data } = await ask(bff.url, '{ invoices { number account { name } } }', apiKey.key)
  assert.deepEqual(data.invoices, [
    { number: 1004, account: { name: 'ARCHON GROUP ITALIA, S.R.L.' } },
    { number: 1003, account: null },
    { number: 1002, account: { name: 'GOLDMAN SACHS GROUP, INC., THE' } },
    { number: 1001, account: { name: 'ARCHON GROUP ITALIA, S.R.L.' } },
  ])
  assert.deepEqual(statements(asked), [1])
})

test('the invoices of a thousand accounts leave accountgraph at one request', async () => {
  const { data, errors } = await ask(
    bff.url,
    '{ accountByExternalId(source: "NIC", id: "nic:2380443") { descendants(first: 1000) { nodes { name invoices { number } } } } }',
    apiKey.key,
  )
  assert.equal(errors, undefined)
  const { nodes } = data.accountByExternalId.descendants
  assert.equal(nodes.length, 1000)
  assert.deepEqual(nodes.filter(({ invoices }) => invoices.length > 0), [{ name: 'ARCHON GROUP ITALIA, S.R.L.', invoices: [{ number: 1004 }, { number: 1001 }] }])
  assert.equal(asked.length, 1)
})

test('the key of the caller gets through, and codes come back', async () => {
  const { data } = await ask(bff.url, '{ viewer { apiKey { name } } }', apiKey.key)
  assert.deepEqual(data.viewer, { apiKey: { name: 'Gateway' } })
  const nobody = await ask(bff.url, '{ viewer { role } }', 'agk_00000000_nonsense')
  assert.equal(nobody.errors[0].extensions.code, 'UNAUTHENTICATED')
  const malformed = await ask(bff.url, '{ account(id: "nonsense") { name invoices { number } } }', apiKey.key)
  assert.equal(malformed.errors[0].extensions.code, 'BAD_USER_INPUT')
})
