// urql with Graphcache: a normalized cache in which lists grow page by page, and trusted documents by their ids.
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { Client, type ClientOptions, type Exchange, fetchExchange, makeOperation, mapExchange } from '@urql/core'
import { Kind } from 'graphql'
import { documentId } from './documentId.js'
import type { CreateMutation } from './generated/graphql.js'
import { Children } from './operations.js'

/** What has no id belongs to the record that it is in. */
const embedded = () => null

const cache = () =>
  cacheExchange({
    keys: { Address: embedded, Money: embedded, AccountConnection: embedded, AccountEdge: embedded, PageInfo: embedded, UserError: embedded },
    resolvers: {
      Query: { accounts: relayPagination() },
      Account: { children: relayPagination() },
    },
    updates: {
      Mutation: {
        // A new account is at the top of its parent's list, if that was read, until it is read again.
        createAccount({ createAccount }: CreateMutation, _, cache) {
          const account = createAccount?.account
          const parent = account?.parent
          if (!parent) return
          const read = cache.inspectFields({ __typename: 'Account', id: parent.id })
          for (const { arguments: page } of read.filter(({ fieldName, arguments: page }) => fieldName === 'children' && !page?.['after'])) {
            cache.updateQuery({ query: Children, variables: { ...page, id: parent.id } }, (read) =>
              read?.account
                ? {
                    ...read,
                    account: {
                      ...read.account,
                      children: {
                        ...read.account.children,
                        totalCount: read.account.children.totalCount + 1,
                        edges: [{ __typename: 'AccountEdge' as const, node: account }, ...read.account.children.edges],
                      },
                    },
                  }
                : null,
            )
          }
        },
      },
    },
  })

/** Sends the id of a trusted document, and never a text: fetchExchange leaves out the text of a document without definitions. */
export const trusted: Exchange = mapExchange({
  onOperation: (operation) =>
    makeOperation(operation.kind, {
      ...operation,
      query: { kind: Kind.DOCUMENT, definitions: [], documentId: documentId(operation.query) },
    }),
})

export function connect(url: string, send: Exchange[] = [], options: Partial<ClientOptions> = {}) {
  return new Client({ url, preferGetMethod: false, exchanges: [cache(), ...send, fetchExchange], ...options })
}
