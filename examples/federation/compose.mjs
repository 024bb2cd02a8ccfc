// Composition: the schema of the gateway, out of those of the subgraphs. In production this is done when a subgraph is deployed.
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

/** Composes subgraphs, given by name, url and schema text; what does not fit together is an error that tells all of it. */
export function compose(subgraphs) {
  const { errors, supergraphSdl } = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })))
  if (errors) throw new Error(errors.map((error) => `${error.extensions.code}: ${error.message}`).join('\n'))
  return supergraphSdl
}

/** Asks a subgraph for its schema. */
export async function schemaOf(url, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(`${url}: ${errors[0].message}`)
  return data._service.sdl
}
