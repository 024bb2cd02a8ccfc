// The gateway: one graph of accountgraph and tickets.
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

/** Sends the caller's API key on to the subgraphs, which say what the caller may see. */
class WithKey extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set('authorization', context.authorization)
  }
}

/** Serves the gateway; port 0 is any free one. asked is told of every answer of a subgraph. */
export async function serveGateway(port, supergraphSdl, asked = () => {}) {
  class Source extends WithKey {
    didReceiveResponse({ request, response }) {
      asked({ url: this.url, query: request.query, variables: request.variables, cost: response.http.headers.get('server-timing') })
      return response
    }
  }
  const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl, buildService: ({ url }) => new Source({ url }) }) })
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port },
    context: async ({ req }) => ({ authorization: req.headers.authorization }),
  })
  return { url, stop: () => server.stop() }
}
