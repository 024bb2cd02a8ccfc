// A BFF that reads no directives: it knows both schemas by introspection, and is told by hand how accounts are found.
import { createServer } from 'node:http'
import { buildHTTPExecutor } from '@graphql-tools/executor-http'
import { stitchSchemas } from '@graphql-tools/stitch'
import { FilterRootFields, schemaFromExecutor } from '@graphql-tools/wrap'
import { createYoga } from 'graphql-yoga'

/** Serves accountgraph and billing as one schema on any free port. asked is told of every answer of accountgraph. */
export async function serveBff(accountgraph, billing, key, asked) {
  const told = async (url, options) => {
    const response = await fetch(url, options)
    asked({ url, ...JSON.parse(options.body), cost: response.headers.get('server-timing') })
    return response
  }
  const subschema = async (endpoint, fieldName, fetch) => {
    const executor = buildHTTPExecutor({
      endpoint,
      fetch,
      // The key is to read the schema; queries have the caller's.
      headers: ({ context } = {}) => ({ authorization: context ? context.request.headers.get('authorization') : `Bearer ${key}` }),
    })
    const byIds = { selectionSet: '{ id }', fieldName, key: ({ id }) => id, argsFromKeys: (ids) => ({ ids }), dataLoaderOptions: { maxBatchSize: 1000 } }
    return {
      schema: await schemaFromExecutor(executor),
      executor,
      batch: true,
      merge: { Account: byIds },
      transforms: [new FilterRootFields((_, name) => !name.startsWith('_'))],
    }
  }
  const schema = stitchSchemas({
    subschemas: [await subschema(accountgraph, 'accountsByIds', told), await subschema(billing, 'billingOfAccounts')],
  })
  const server = createServer(createYoga({ schema, logging: false, landingPage: false }))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}
