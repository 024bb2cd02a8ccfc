import { useSyncExternalStore } from 'react'

/** What the latest query cost. What the server did not tell is undefined. */
export interface Cost {
  operation?: string
  status: number
  /** As "3 statements". */
  statements?: string
  /** As "8 of 25000 records". */
  records?: string
  /** As "0 unplanned loads". */
  loads?: string
  /** As "1 of 1 root fields". */
  encoded?: string
  /** Milliseconds in SQL. */
  database?: number
  /** Milliseconds in the server, those in SQL included. */
  server?: number
  /** Milliseconds from asking until the whole answer was here. */
  page: number
  /** Length of the answer, not compressed. */
  bytes: number
  /** What the server's log knows the request by. */
  requestId?: string
}

const listeners = new Set<() => void>()
let latest: Cost | undefined

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The cost of the latest query; undefined before the first. */
export const useCost = () => useSyncExternalStore(subscribe, () => latest)

/** Fetches, and keeps what it cost, of which the server tells its part in the header Server-Timing. */
export async function measure(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const begin = performance.now()
  const response = await fetch(input, init)
  const answer = await response.clone().blob()
  const timing = metrics(response.headers.get('Server-Timing') ?? '')
  latest = {
    operation: (JSON.parse(String(init?.body)) as { operationName?: string }).operationName,
    status: response.status,
    statements: timing.get('db')?.description,
    records: timing.get('budget')?.description,
    loads: timing.get('loader')?.description,
    encoded: timing.get('encoder')?.description,
    database: timing.get('db')?.duration,
    server: timing.get('total')?.duration,
    page: performance.now() - begin,
    bytes: answer.size,
    requestId: response.headers.get('X-Request-Id') ?? undefined,
  }
  listeners.forEach((listener) => listener())
  return response
}

interface Metric {
  description?: string
  duration?: number
}

/** Reads Server-Timing (W3C). Browsers do so themselves, but keep it from pages that came without TLS. */
function metrics(header: string): Map<string, Metric> {
  const found = header.matchAll(/(\w+)(?:;desc="([^"]*)")?(?:;dur=([\d.]+))?/g)
  return new Map(
    [...found].map(([, name, description, duration]) => [
      name,
      { description, duration: duration === undefined ? undefined : Number(duration) },
    ]),
  )
}
