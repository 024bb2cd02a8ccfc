import type { GraphiQLPlugin } from '@graphiql/react'
import { useCost, type Cost } from './cost'

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M4.5 18a9 9 0 1 1 15 0M12 14l4-5M12 15.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z" />
    </svg>
  )
}

const milliseconds = (value: number) => `${value.toFixed(1)} ms`

function size(bytes: number) {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** The line under the result: how to get one, then what it cost. */
export function CostLine() {
  const cost = useCost()
  const parts = cost && [
    cost.statements && `SQL: ${cost.statements}`,
    cost.database !== undefined && `${milliseconds(cost.database)} in the database`,
    cost.server !== undefined && `${milliseconds(cost.server)} in total`,
    size(cost.bytes),
  ]
  return (
    <output className="cost-line">
      {parts?.filter(Boolean).join(' · ') ?? 'Run the query with ▶ or Ctrl-Enter: its answer appears here.'}
    </output>
  )
}

function Figures({ cost }: { cost: Cost }) {
  const times: [string, number | undefined][] = [
    ['In SQL', cost.database],
    ['In the server, with SQL', cost.server],
    ['Until it was here', cost.page],
  ]
  const others: [string, string | number | undefined][] = [
    ['SQL statements', cost.statements?.replace(' statements', '')],
    ['Records, of as many as may be', cost.records?.replace(' records', '')],
    ['Answer, not compressed', size(cost.bytes)],
    ['Loads that no plan foresaw', cost.loads?.replace(' unplanned loads', '')],
    ['Root fields encoded by plan', cost.encoded?.replace(' root fields', '')],
    ['HTTP status', cost.status],
    ['Request id, as in the log', cost.requestId],
  ]
  return (
    <>
      <h3>{cost.operation ?? 'A query without a name'}</h3>
      <dl>
        {times.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{milliseconds(value)}</dd>
                <div className="bar" style={{ width: `${(100 * value) / cost.page}%` }} />
              </div>
            ),
        )}
        {others.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <p>How many statements there are is set by the query&rsquo;s text: as many for 2,000 accounts as for 2.</p>
    </>
  )
}

function Panel() {
  const cost = useCost()
  return (
    <section className="cost" aria-label="Cost">
      <h2>Cost</h2>
      {cost ? <Figures cost={cost} /> : <p>Run a query: what it cost appears here.</p>}
    </section>
  )
}

/** The side panel that tells all that is known of what the latest query cost. */
export const costPlugin: GraphiQLPlugin = { title: 'Cost', icon: Icon, content: Panel }
