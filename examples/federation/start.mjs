// Starts tickets and, on PORT (4000), the gateway in front of it and of accountgraph.
import { compose, schemaOf } from './compose.mjs'
import { serveGateway } from './gateway.mjs'
import { serveTickets, typeDefs } from './tickets.mjs'

const accounts = `${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/graphql`
// Only to read the schema, where accountgraph asks for a key; queries have the caller's.
const key = process.env.ACCOUNTGRAPH_API_KEY

const tickets = await serveTickets(0)
const supergraph = compose([
  { name: 'accounts', url: accounts, sdl: await schemaOf(accounts, key ? { authorization: `Bearer ${key}` } : {}) },
  { name: 'tickets', url: tickets.url, sdl: typeDefs },
])
const gateway = await serveGateway(Number(process.env.PORT ?? 4000), supergraph)
console.log(`one graph of ${accounts} and ${tickets.url}: ${gateway.url}`)
