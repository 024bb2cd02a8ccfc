// Whether the schema, as it is committed, composes with other subgraphs. Needs no server.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compose } from '../compose.mjs'
import { typeDefs } from '../tickets.mjs'

const accounts = readFileSync(new URL('../../../graph/testdata/schema.golden.graphqls', import.meta.url), 'utf8')
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'
const together = (sdl) =>
  compose([
    { name: 'accounts', url: 'http://accounts', sdl: accounts },
    { name: 'tickets', url: 'http://tickets', sdl },
  ])

test('the tickets of the example compose', () => {
  const supergraph = together(typeDefs)
  assert.match(supergraph, /tickets\(status: TicketStatus\): \[Ticket!\]! @join__field\(graph: TICKETS\)/)
  assert.match(supergraph, /Legal or trading name, 1 to 255 characters\./, 'descriptions get through')
  assert.doesNotMatch(supergraph, /_entities|_service|@merge/, 'what is for gateways is no part of the graph')
})

const keys = [...accounts.matchAll(/^type (\w+) .*$/gm)].flatMap(([line, type]) =>
  [...line.matchAll(/@key\(fields: "([^"]+)"\)/g)].map(([, fields]) => ({ type, fields })),
)
const fields = { id: 'id: ID!', number: 'number: Int!', 'externalIds { source id }': 'externalIds: [ExternalId!]!' }

test('there are keys', () => assert.equal(keys.length, 6))
for (const { type, fields: key } of keys) {
  test(`another subgraph names ${type} by ${key}`, () => {
    together(`${link}
      type Query { tickets: [Ticket!]! }
      type Ticket { about: ${type} }
      type ${type} @key(fields: "${key}") { ${fields[key]} tickets: [Ticket!]! }
      ${key.includes('source') ? 'type ExternalId @shareable { source: String! id: String! }' : ''}`)
  })
}

for (const [type, definition] of Object.entries({
  PageInfo: 'hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: Cursor endCursor: Cursor',
  Money: 'amount: Decimal! currency: CurrencyCode!',
  Address: 'street: String city: String state: String postalCode: String country: CountryCode formatted: String!',
})) {
  test(`another subgraph has ${type} as well`, () => {
    const scalars = definition.match(/Cursor|Decimal|CurrencyCode|CountryCode/g)
    together(`${link}
      type Query { one: ${type} }
      type ${type} @shareable { ${definition} }
      ${[...new Set(scalars)].map((name) => `scalar ${name}`).join('\n')}`)
  })
}

test('what does not fit is told', () => {
  const other = `${link} type Query { ours: Account } type Account @key(fields: "id") { id: ID! name: Int! }`
  assert.throws(() => together(other), /FIELD_TYPE_MISMATCH[^]*Account\.name/)
})
