// The rules of @graphql-eslint for schemas, and its rules of Relay. graph/schema_test.go has those that are our own.
import { fileURLToPath } from 'node:url'
import graphql from '@graphql-eslint/eslint-plugin'

const { 'flat/schema-recommended': recommended, 'flat/schema-relay': relay } = graphql.configs
const golden = fileURLToPath(new URL('../../graph/testdata/schema.golden.graphqls', import.meta.url))

export default [
  {
    files: ['**/*.graphqls'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: golden } } },
    rules: {
      ...recommended.rules,
      ...relay.rules,

      // Descriptions of one line stand in quotes, longer ones in blocks. That they are there at all is tested.
      '@graphql-eslint/description-style': 'off',

      // Only records have an identity: pages of lists, answers of mutations and values have none. A new type without an id is
      // either a record that lacks it, or a value to be named here.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            suffixes: ['Connection', 'Edge', 'Payload'],
            types: [
              ...['AccountDomain', 'Address', 'BusinessIdentifier', 'ExternalId', 'Money'], // values of a record
              ...['AccountTree', 'AccountTreeNode', 'CreateAccountsResult', 'PageInfo', 'UserError', 'Viewer'], // made for an answer
              ...['ImportProblem', 'ImportReject', 'Purge'], // told of a record, and gone with it
              'System', // there is one
              '_Service', // Apollo Federation's
            ],
          },
        },
      ],

      // Account.descendants, a walk through a tree, has no backwards. That every other connection has both ways is tested.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],

      '@graphql-eslint/relay-edge-types': [
        'error',
        {
          // Connections have `nodes` beside `edges`, and short lists, as the domains of an account, are plain ones.
          listTypeCanWrapOnlyEdgeType: false,
          // ImportReject is a row of a file, which nobody asks for by an id. Everything else in a connection is a Node.
          shouldImplementNode: false,
        },
      ],
    },
  },
]
