import type { Storage } from '@graphiql/toolkit'

const persistHeaders = 'graphiql:shouldPersistHeaders'
// GraphiQL leaves headers out of its tabs as the setting says, but not out of its history.
const history = ['graphiql:queries', 'graphiql:favorites']

/** Whether headers, and the keys in them, are kept after the visit: the setting "Persist headers", off at first. */
export const keepsHeaders = () => localStorage.getItem(persistHeaders) === 'true'

const withoutHeaders = (queries: string) =>
  JSON.stringify(JSON.parse(queries, (name, value: unknown) => (name === 'headers' && value ? null : value)))

/** The browser's storage, in which no headers stay that the user does not want kept. */
export const storage: Storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem(key, value) {
    localStorage.setItem(key, history.includes(key) && !keepsHeaders() ? withoutHeaders(value) : value)
    if (key === persistHeaders) forgetHeaders()
  },
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length
  },
}

/** Takes away the headers that earlier queries left, unless they are to be kept. */
export function forgetHeaders() {
  if (keepsHeaders()) return
  localStorage.removeItem('graphiql:headers')
  for (const key of history) {
    const queries = localStorage.getItem(key)
    if (queries !== null) localStorage.setItem(key, withoutHeaders(queries))
  }
}
