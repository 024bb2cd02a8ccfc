import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '@urql/core'
import { filter, pipe, take, toPromise } from 'wonka'
import { documentId } from '../src/documentId.js'
import { Children, Create, Detail, Rename } from '../src/operations.js'
import { connect, trusted } from '../src/urql.js'
import { group, recorder, ungroup, url } from './server.js'

let root: string, first: string
before(async () => ({ root, first } = await group('typescript-urql')))
after(() => ungroup(root))

/** Waits until a list shows these names. */
const shows = (client: Client, after: string | null, names: string[]) =>
  pipe(
    client.query(Children, { id: root, first: 2, after }),
    filter(({ data }) => JSON.stringify(data?.account?.children.edges.map(({ node }) => node.name)) === JSON.stringify(names)),
    take(1),
    toPromise,
  )

test('a list grows page by page, and shows a renamed and a new account without being read again', async () => {
  const { asked, fetch } = recorder()
  const client = connect(url, [], { fetch })
  const page = await shows(client, null, ['A', 'B'])
  await client.query(Detail, { id: first }).toPromise()
  await shows(client, page.data?.account?.children.pageInfo.endCursor ?? null, ['A', 'B', 'C'])
  assert.equal(asked.length, 3)

  const renamed = await client.mutation(Rename, { id: first, name: 'A, renamed' }).toPromise()
  assert.deepEqual(renamed.data?.updateAccount?.userErrors, [])
  await shows(client, null, ['A, renamed', 'B', 'C'])
  const detail = await client.query(Detail, { id: first }).toPromise()
  assert.equal(detail.data?.account?.name, 'A, renamed')
  assert.equal(asked.length, 4, 'the mutation alone')

  const made = await client.mutation(Create, { input: { name: 'D', primaryDomain: 'd.typescript-urql.com', parentId: root } }).toPromise()
  assert.deepEqual(made.data?.createAccount?.userErrors, [])
  const { data } = await shows(client, null, ['D', 'A, renamed', 'B', 'C'])
  assert.equal(data?.account?.children.totalCount, 4)
  assert.equal(asked.length, 5, 'the mutation alone')
})

test('trusted documents go by their ids alone, mutations as well', async () => {
  const { asked, fetch } = recorder()
  const client = connect(url, [trusted], { fetch })
  const { data } = await client.query(Detail, { id: root }).toPromise()
  assert.equal(data?.account?.name, 'typescript-urql')
  const renamed = await client.mutation(Rename, { id: root, name: 'typescript-urql' }).toPromise()
  assert.equal(renamed.data?.updateAccount?.account?.name, 'typescript-urql')
  assert.deepEqual(
    asked.map(({ params }) => ['query' in params, params['documentId']]),
    [Detail, Rename].map((document) => [false, documentId(document)]),
  )
})
