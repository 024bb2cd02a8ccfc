import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { CombinedGraphQLErrors, gql, type TypedDocumentNode } from '@apollo/client'
import { filter, firstValueFrom, map } from 'rxjs'
import { connect, create, persisted, trusted } from '../src/apollo.js'
import { documentId } from '../src/documentId.js'
import { Children, Detail, Rename } from '../src/operations.js'
import { group, recorder, ungroup, url } from './server.js'

let root: string, first: string
before(async () => ({ root, first } = await group('typescript-apollo')))
after(() => ungroup(root))

/** Watches a list from its first page on, as a component does. */
function watch(client: ReturnType<typeof connect>) {
  const list = client.watchQuery({ query: Children, variables: { id: root, first: 2 } })
  list.subscribe({})
  return list
}

/** Waits until a list shows these names. */
const shows = (list: ReturnType<typeof watch>, names: string[]) =>
  firstValueFrom(
    list.pipe(
      map(({ data, dataState }) => (dataState === 'complete' ? data.account?.children : undefined)),
      filter((children) => JSON.stringify(children?.edges.map(({ node }) => node.name)) === JSON.stringify(names)),
    ),
  )

test('a list grows page by page, and shows a renamed and a new account without being read again', async (t) => {
  const { asked, fetch } = recorder()
  const client = connect(url, undefined, { fetch })
  t.after(() => { client.stop() })
  const list = watch(client)
  const page = await shows(list, ['A', 'B'])
  await list.fetchMore({ variables: { after: page?.pageInfo.endCursor } })
  await shows(list, ['A', 'B', 'C'])
  await client.query({ query: Detail, variables: { id: first } })
  assert.equal(asked.length, 3)

  const renamed = await client.mutate({ mutation: Rename, variables: { id: first, name: 'A, renamed' } })
  assert.deepEqual(renamed.data?.updateAccount?.userErrors, [])
  await shows(list, ['A, renamed', 'B', 'C'])
  const detail = await client.query({ query: Detail, variables: { id: first } })
  assert.equal(detail.data?.account?.name, 'A, renamed')
  assert.equal(asked.length, 4, 'the mutation alone')

  const made = await create(client, { name: 'D', primaryDomain: 'd.typescript-apollo.com', parentId: root })
  assert.deepEqual(made.data?.createAccount?.userErrors, [])
  const whole = await shows(list, ['D', 'A, renamed', 'B', 'C'])
  assert.equal(whole?.totalCount, 4)
  assert.equal(asked.length, 5, 'the mutation alone')
})

test('what is wrong with an input changes nothing', async (t) => {
  const client = connect(url)
  t.after(() => { client.stop() })
  const page = { query: Children, variables: { id: root } }
  const read = await client.query(page)
  const { data } = await create(client, { name: ' ', primaryDomain: 'noaa.gov', parentId: root })
  assert.deepEqual(data?.createAccount?.userErrors.map(({ field, code }) => [field?.join('.'), code]), [
    ['input.name', 'REQUIRED'],
    ['input.primaryDomain', 'DOMAIN_TAKEN'],
  ])
  assert.deepEqual(client.readQuery(page), read.data)
})

test('a query goes by its hash, with its text only the first time', async (t) => {
  const query: TypedDocumentNode<{ viewer: { role: string } }> = gql`query ${`Once_${randomUUID().replaceAll('-', '')}`} { viewer { role } }`
  const { asked, fetch } = recorder()
  for (let i = 0; i < 2; i++) {
    const client = connect(url, persisted, { fetch })
    t.after(() => { client.stop() })
    const { data } = await client.query({ query })
    assert.equal(data?.viewer.role, 'ADMIN')
  }
  assert.deepEqual(asked.map(({ method, params }) => [method, 'query' in params]), [['GET', false], ['POST', true], ['GET', false]])
})

/** The hash by which a request names its document. */
const hash = (params: Record<string, unknown>) => (params['extensions'] as { persistedQuery?: { sha256Hash: string } }).persistedQuery?.sha256Hash

test('trusted documents go by their ids alone, mutations as well', async (t) => {
  const { asked, fetch } = recorder()
  const client = connect(url, trusted, { fetch })
  t.after(() => { client.stop() })
  const { data } = await client.query({ query: Detail, variables: { id: root } })
  assert.equal(data?.account?.name, 'typescript-apollo')
  const renamed = await client.mutate({ mutation: Rename, variables: { id: root, name: 'typescript-apollo' } })
  assert.equal(renamed.data?.updateAccount?.account?.name, 'typescript-apollo')
  assert.deepEqual(asked.map(({ params }) => ['query' in params, hash(params)]), [Detail, Rename].map((document) => [false, documentId(document)]))
})

test('a document that the server does not trust is not sent after all', async (t) => {
  const { asked, fetch } = recorder()
  const client = connect(url, trusted, { fetch })
  t.after(() => { client.stop() })
  const unknown = { ...gql`query Nothing { viewer { role } }`, __meta__: { hash: `sha256:${'0'.repeat(64)}` } }
  await assert.rejects(client.query({ query: unknown }), (error) =>
    CombinedGraphQLErrors.is(error) && error.errors[0]?.extensions?.['code'] === 'PERSISTED_QUERY_NOT_FOUND')
  assert.equal(asked.length, 1)
})
