// The API of a running server (BASE_URL) against the audits of graphql-http: what GraphQL over HTTP says a server must, should
// and may do. All of it has to be so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverAudits } from 'graphql-http'

const { BASE_URL: baseURL = 'http://127.0.0.1:8080' } = process.env

for (const audit of serverAudits({ url: `${baseURL}/graphql` })) {
  test(`${audit.id} ${audit.name}`, async () => {
    const { status, reason } = await audit.fn()
    assert.equal(status, 'ok', reason)
  })
}
