// The tickets subgraph: a service of its own, which knows accounts by their ids only.
import { readFileSync } from 'node:fs'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import { startStandaloneServer } from '@apollo/server/standalone'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'

export const typeDefs = readFileSync(new URL('tickets.graphqls', import.meta.url), 'utf8')

// Three companies of accountgraph's demo, and one that is not there.
const demo = [
  { id: '5', subject: 'Rates of the last quarter are missing', status: 'OPEN', accountId: 'acc_01kwax6p00esb8y1b3453f5qra' },
  { id: '4', subject: 'Who is our contact now?', status: 'OPEN', accountId: 'acc_01kwax6p00eqgrdapyteyxm1ve' },
  { id: '3', subject: 'Invoice sent twice', status: 'SOLVED', accountId: 'acc_01kwax6p00esb8y1b3453f5qra' },
  { id: '2', subject: 'Cancel everything', status: 'OPEN', accountId: 'acc_00000000000000000000000001' },
  { id: '1', subject: 'First steps', status: 'SOLVED', accountId: 'acc_01kwax6p00eqgrdapyteyxm1ve' },
]

const withStatus = (tickets, status) => tickets.filter((ticket) => !status || ticket.status === status)

const resolvers = (rows) => ({
  Query: { tickets: (_, { status }) => withStatus(rows, status) },
  Ticket: {
    // A reference: the gateway asks accountgraph for everything else.
    account: (ticket) => ({ id: ticket.accountId }),
    __resolveReference: ({ id }) => rows.find((ticket) => ticket.id === id),
  },
  Account: {
    __resolveReference: ({ id }) => ({ id }),
    tickets: (account, { status }) => withStatus(rows.filter((ticket) => ticket.accountId === account.id), status),
  },
})

/** Serves the subgraph; port 0 is any free one. */
export async function serveTickets(port, rows = demo) {
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers(rows) })
  const server = new ApolloServer({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] })
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port } })
  return { url, stop: () => server.stop() }
}
