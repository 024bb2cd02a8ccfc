// Hive Gateway, with either of its ways to plan and execute a query.
import { createServer } from 'node:http'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { unifiedGraphHandler } from '@graphql-hive/router-runtime'

/** By stitching, as Hive Gateway does by default; and by the planner of Hive Router, which is in Rust. */
export const planners = { stitching: undefined, 'Hive Router': unifiedGraphHandler }

/** Serves the gateway on any free port. asked is told of every answer of a subgraph. */
export async function serveHive(supergraph, planner, asked) {
  const gateway = createGatewayRuntime({
    supergraph,
    unifiedGraphHandler: planner,
    logging: false,
    propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') }) },
    plugins: () => [
      {
        onFetch: ({ url, options }) => ({ response }) => {
          asked({ url, ...JSON.parse(options.body), cost: response.headers.get('server-timing') })
        },
      },
    ],
  })
  const server = createServer(gateway)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await gateway[Symbol.asyncDispose]()
    },
  }
}
