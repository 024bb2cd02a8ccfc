// Compositions of other makers than Apollo.
import { composeServices } from '@theguild/federation-composition'
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from '@wundergraph/composition'
import { parse } from 'graphql'

/** Composes subgraphs, given by name, url and schema text, as Hive does; what does not fit together is an error that tells all of it. */
export function theGuild(subgraphs) {
  const { errors, supergraphSdl } = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })))
  if (errors) throw new Error(errors.map((error) => error.message).join('\n'))
  return supergraphSdl
}

/** Composes subgraphs as Cosmo does. */
export function wunderGraph(subgraphs) {
  const result = federateSubgraphs({
    subgraphs: subgraphs.map(({ name, url, sdl }) => ({ name, url, definitions: parse(sdl) })),
    version: ROUTER_COMPATIBILITY_VERSION_ONE,
  })
  if (!result.success) throw new Error(result.errors.map((error) => error.message).join('\n'))
  return result.federatedGraphClientSchema
}
