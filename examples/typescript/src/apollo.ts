// Apollo Client: a normalized cache in which lists grow page by page, and three ways to send a document.
import { createHash } from 'node:crypto'
import { ApolloClient, type ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { relayStylePagination } from '@apollo/client/utilities'
import { documentId } from './documentId.js'
import type { CreateAccountInput } from './generated/graphql.js'
import { Children, Create } from './operations.js'

/** Sends each document whole. */
export const plain = (http: ApolloLink) => http

/** Sends the hash of a query, by GET, and its text if the server does not know it yet. In a browser crypto.subtle makes the hash. */
export const persisted = (http: ApolloLink) =>
  new PersistedQueryLink({ sha256: (text) => createHash('sha256').update(text).digest('hex'), useGETForHashedQueries: true }).concat(http)

/** Sends the id of a trusted document in place of a hash, and never a text. */
export const trusted = (http: ApolloLink) =>
  new PersistedQueryLink({ generateHash: documentId, disable: () => false, retry: () => false }).concat(http)

export function connect(url: string, send = plain, options: Partial<HttpLink.Options> = {}) {
  return new ApolloClient({
    link: send(new HttpLink({ uri: url, ...options })),
    cache: new InMemoryCache({
      typePolicies: {
        // One list for each order and filter, however many pages of it were read.
        Query: { fields: { accounts: relayStylePagination(['filter', 'orderBy']) } },
        Account: { fields: { children: relayStylePagination(['filter', 'orderBy']) } },
      },
    }),
  })
}

/** Makes an account; if its parent's list was read, it is at the top of it until that is read again. */
export function create(client: ApolloClient, input: CreateAccountInput) {
  return client.mutate({
    mutation: Create,
    variables: { input },
    update(cache, { data }) {
      const account = data?.createAccount?.account
      if (!account?.parent) return
      cache.updateQuery({ query: Children, variables: { id: account.parent.id } }, (read) =>
        read?.account && {
          ...read,
          account: {
            ...read.account,
            children: {
              ...read.account.children,
              totalCount: read.account.children.totalCount + 1,
              edges: [{ __typename: 'AccountEdge' as const, node: account }, ...read.account.children.edges],
            },
          },
        },
      )
    },
  })
}
