// Subgraphs that have to compose with the schema as it is committed, whoever composes.
import { readFileSync } from 'node:fs'

export const accounts = readFileSync(new URL('../../../graph/testdata/schema.golden.graphqls', import.meta.url), 'utf8')

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'
const fields = { id: 'id: ID!', number: 'number: Int!', 'externalIds { source id }': 'externalIds: [ExternalId!]!' }
const values = {
  PageInfo: 'hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: Cursor endCursor: Cursor',
  Money: 'amount: Decimal! currency: CurrencyCode!',
  Address: 'street: String city: String state: String postalCode: String country: CountryCode formatted: String!',
}

/** The keys of our types. */
export const keys = [...accounts.matchAll(/^type (\w+) .*$/gm)].flatMap(([line, type]) =>
  [...line.matchAll(/@key\(fields: "([^"]+)"\)/g)].map(([, fields]) => ({ type, fields })),
)

/** What other subgraphs may do, with a schema that does it. */
export const others = Object.fromEntries([
  ...keys.map(({ type, fields: key }) => [
    `another subgraph names ${type} by ${key}`,
    `${link}
      type Query { tickets: [Ticket!]! }
      type Ticket { about: ${type} }
      type ${type} @key(fields: "${key}") { ${fields[key]} tickets: [Ticket!]! }
      ${key.includes('source') ? 'type ExternalId @shareable { source: String! id: String! }' : ''}`,
  ]),
  ...Object.entries(values).map(([type, definition]) => [
    `another subgraph has ${type} as well`,
    `${link}
      type Query { one: ${type} }
      type ${type} @shareable { ${definition} }
      ${[...new Set(definition.match(/Cursor|Decimal|CurrencyCode|CountryCode/g))].map((name) => `scalar ${name}`).join('\n')}`,
  ]),
])

/** A schema that does not fit: its accounts have another name. */
export const misfit = `${link} type Query { ours: Account } type Account @key(fields: "id") { id: ID! name: Int! }`
