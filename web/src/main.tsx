import './workers'
import { HISTORY_PLUGIN } from '@graphiql/plugin-history'
import { useGraphiQL } from '@graphiql/react'
import { createGraphiQLFetcher, StorageAPI } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { Cost, reportCost } from './cost'
import { examples, openExample } from './examples'
import { examplesPlugin } from './ExamplesPanel'
import './style.css'

const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  enableIncrementalDelivery: false,
  fetch: async (input, init) => {
    const response = await fetch(input, init)
    // Introspection is the page's own question, not the user's.
    if (!String(init?.body).includes('"operationName":"IntrospectionQuery"')) {
      reportCost(response.headers.get('Server-Timing'))
    }
    return response
  },
})

const plugins = [examplesPlugin, HISTORY_PLUGIN]

// Tabs of an earlier visit win over the examples, and a panel that was closed stays closed.
const storage = new StorageAPI()
const isFirstVisit = storage.get('tabState') === null
// GraphiQL gives its side panel a third of the width, and remembers here what the user makes of it.
if (isFirstVisit) storage.set('docExplorerFlex', '0.28')
// A phone has room for the panel or for the query.
const isNarrow = matchMedia('(max-width: 700px)').matches
const tabs = isFirstVisit ? await Promise.all(examples.map(openExample)) : undefined

/** Wraps long lines in the query, as GraphiQL does in the result. */
function WrapLines() {
  const queryEditor = useGraphiQL((state) => state.queryEditor)
  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor])
  return null
}

/** Keeps the active tab in sight: an example may open one beyond the edge. */
function ShowActiveTab() {
  const activeTabIndex = useGraphiQL((state) => state.activeTabIndex)
  useEffect(() => {
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [activeTabIndex])
  return null
}

createRoot(document.getElementById('page')!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    defaultTabs={tabs}
    visiblePlugin={isFirstVisit && !isNarrow ? examplesPlugin : undefined}
    defaultEditorToolsVisibility="variables"
    inputValueDeprecation
    schemaDescription
  >
    <WrapLines />
    <ShowActiveTab />
    <GraphiQL.Logo>
      <a className="graphiql-logo-link" href="/">
        <img src="/favicon.svg" alt="" width="20" height="20" />
        accountgraph
      </a>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Cost />
    </GraphiQL.Footer>
  </GraphiQL>,
)
