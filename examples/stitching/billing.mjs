// The billing schema: in the BFF itself, or behind HTTP as accountgraph is. It knows accounts by their ids only.
import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'

export const typeDefs = readFileSync(new URL('billing.graphqls', import.meta.url), 'utf8')

// Two companies of accountgraph's demo, and one that is not there.
const rows = [
  { number: 1004, total: '1200.00 USD', accountId: 'acc_01kwax6p00esb8y1b3453f5qra' },
  { number: 1003, total: '80.50 USD', accountId: 'acc_00000000000000000000000001' },
  { number: 1002, total: '310.00 USD', accountId: 'acc_01kwax6p00eqgrdapyteyxm1ve' },
  { number: 1001, total: '1150.00 USD', accountId: 'acc_01kwax6p00esb8y1b3453f5qra' },
]

export const billing = makeExecutableSchema({
  typeDefs,
  resolvers: {
    Query: { invoices: () => rows, billingOfAccounts: (_, { ids }) => ids.map((id) => ({ id })) },
    Invoice: { account: (invoice) => ({ id: invoice.accountId }) },
    Account: { invoices: (account) => rows.filter((invoice) => invoice.accountId === account.id) },
  },
})
