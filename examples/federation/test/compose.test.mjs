// Whether the schema, as it is committed, composes with other subgraphs. Needs no server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compose } from '../compose.mjs'
import { typeDefs } from '../tickets.mjs'
import { accounts, keys, misfit, others } from './subgraphs.mjs'

const together = (sdl) =>
  compose([
    { name: 'accounts', url: 'http://accounts', sdl: accounts },
    { name: 'tickets', url: 'http://tickets', sdl },
  ])

test('the tickets of the example compose', () => {
  const supergraph = together(typeDefs)
  assert.match(supergraph, /tickets\(status: TicketStatus\): \[Ticket!\]! @join__field\(graph: TICKETS\)/)
  assert.match(supergraph, /Legal or trading name, 1 to 255 characters\./, 'descriptions get through')
  assert.doesNotMatch(supergraph, /_entities|_service|@merge/, 'what is for gateways is no part of the graph')
})

test('there are keys', () => assert.equal(keys.length, 6))
for (const [claim, sdl] of Object.entries(others)) test(claim, () => assert.ok(together(sdl)))

test('what does not fit is told', () => {
  assert.throws(() => together(misfit), /FIELD_TYPE_MISMATCH[^]*Account\.name/)
})
