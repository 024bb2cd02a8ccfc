// A backend for frontends: one schema of accountgraph's and of billing's, whose accounts are merged by their ids.
import { createServer } from 'node:http'
import { stitchSchemas } from '@graphql-tools/stitch'
import { stitchingDirectives } from '@graphql-tools/stitching-directives'
import { FilterRootFields } from '@graphql-tools/wrap'
import { buildSchema, print } from 'graphql'
import { createHandler } from 'graphql-http/lib/use/http'

// The schema says by @merge how accounts are found. Its @key is federation's, so that stitching's needs another name.
const { stitchingDirectivesTransformer } = stitchingDirectives({ keyDirectiveName: 'stitchingKey' })

/** Sends an operation to accountgraph, with the API key of the caller, which says what they may see. */
const accountgraph = (url, asked) => async ({ document, variables, context }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(context?.authorization && { authorization: context.authorization }) },
    body: JSON.stringify({ query: print(document), variables }),
  })
  asked({ query: print(document), variables, cost: response.headers.get('server-timing') })
  return response.json()
}

/** accountgraph finds a thousand records by their ids at once. */
function byTheThousand(subschema) {
  for (const type of Object.values(subschema.merge ?? {})) {
    for (const entry of type.entryPoints ?? [type]) entry.dataLoaderOptions = { maxBatchSize: 1000 }
  }
  return subschema
}

/** Stitches accountgraph's schema, given as text, and others together. asked is told of everything that accountgraph is asked. */
export function stitch(url, sdl, others, asked = () => {}) {
  return stitchSchemas({
    subschemaConfigTransforms: [stitchingDirectivesTransformer, byTheThousand],
    subschemas: [
      {
        schema: buildSchema(sdl),
        executor: accountgraph(url, asked),
        // What waits at the same time is one request.
        batch: true,
        // _entities and _service are for gateways.
        transforms: [new FilterRootFields((_, name) => !name.startsWith('_'))],
      },
      ...others.map((schema) => ({ schema })),
    ],
  })
}

/** Asks accountgraph for its schema. */
export async function schemaOf(url, key) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(`${url}: ${errors[0].message}`)
  return data._service.sdl
}

/** Serves a schema; port 0 is any free one. */
export async function serve(schema, port) {
  const handler = createHandler({ schema, context: (request) => ({ authorization: request.headers.authorization }) })
  const server = createServer(handler)
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((resolve) => server.close(resolve)) }
}
