import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let current = ''

/** Keeps what the Server-Timing header of the latest answer says, for people. */
export function reportCost(serverTiming: string | null) {
  const statements = /\bdb;desc="([^"]*)"/.exec(serverTiming ?? '')?.[1]
  const database = /\bdb;[^,]*\bdur=([\d.]+)/.exec(serverTiming ?? '')?.[1]
  const total = /\btotal;[^,]*\bdur=([\d.]+)/.exec(serverTiming ?? '')?.[1]
  current = [
    statements && `SQL: ${statements}`,
    database && `${Number(database).toFixed(1)} ms in the database`,
    total && `${Number(total).toFixed(1)} ms in total`,
  ]
    .filter(Boolean)
    .join(' · ')
  listeners.forEach((listener) => listener())
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The line under the result: how to get one, then what it cost. */
export function Cost() {
  const cost = useSyncExternalStore(subscribe, () => current)
  return <output className="cost">{cost || 'Run the query with ▶ or Ctrl-Enter: its answer appears here.'}</output>
}
