// Whether the schema, as it is committed, composes with other subgraphs by other makers' rules as well. Needs no server.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { typeDefs } from '../../../examples/federation/tickets.mjs'
import { accounts, misfit, others } from '../../../examples/federation/test/subgraphs.mjs'
import { theGuild, wunderGraph } from '../compose.mjs'

for (const [maker, compose] of Object.entries({ 'The Guild': theGuild, WunderGraph: wunderGraph })) {
  const together = (sdl) =>
    compose([
      { name: 'accounts', url: 'http://accounts', sdl: accounts },
      { name: 'tickets', url: 'http://tickets', sdl },
    ])
  describe(maker, () => {
    test('the tickets of the example compose', () => assert.ok(together(typeDefs)))
    for (const [claim, sdl] of Object.entries(others)) test(claim, () => assert.ok(together(sdl)))
    test('what does not fit is told', () => assert.throws(() => together(misfit), /Account\.name/))
  })
}
