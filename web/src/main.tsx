import './workers'
import { explorerPlugin } from '@graphiql/plugin-explorer'
import { HISTORY_PLUGIN } from '@graphiql/plugin-history'
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { createGraphiQLFetcher, StorageAPI } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { measure } from './cost'
import { CostLine, costPlugin } from './CostPanel'
import { openExample, parts } from './examples'
import { examplesPlugin } from './ExamplesPanel'
import { isNarrow } from './narrow'
import { forgetHeaders, keepsHeaders, storage } from './storage'
import './style.css'

const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  enableIncrementalDelivery: false,
  fetch: (input, init) => {
    // Introspection is the page's own question, not the user's.
    const isIntrospection = String(init?.body).includes('"operationName":"IntrospectionQuery"')
    return isIntrospection ? fetch(input, init) : measure(input, init)
  },
})

const title = 'Query builder'
const builderPlugin = { ...explorerPlugin({ title }), title }
const plugins = [examplesPlugin, builderPlugin, costPlugin, HISTORY_PLUGIN]

// Tabs of an earlier visit win over the examples, and a panel that was closed stays closed.
forgetHeaders()
const remembered = new StorageAPI(storage)
const isFirstVisit = remembered.get('tabState') === null
// GraphiQL gives its side panel a third of the width, and remembers here what the user makes of it.
if (isFirstVisit) remembered.set('docExplorerFlex', '0.28')
const tabs = isFirstVisit ? await Promise.all(parts[0].examples.map((example) => openExample(example, ''))) : undefined

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

/** Keeps what was typed last: GraphiQL gives it to the tab a moment later, by when a click may have led to another. */
function KeepLastEdit() {
  const { updateActiveTabValues } = useGraphiQLActions()
  const queryEditor = useGraphiQL((state) => state.queryEditor)
  const variableEditor = useGraphiQL((state) => state.variableEditor)
  const headerEditor = useGraphiQL((state) => state.headerEditor)
  useEffect(() => {
    if (!queryEditor || !variableEditor || !headerEditor) return
    const keep = () =>
      updateActiveTabValues({ query: queryEditor.getValue(), variables: variableEditor.getValue(), headers: headerEditor.getValue() })
    document.addEventListener('click', keep, { capture: true })
    return () => document.removeEventListener('click', keep, { capture: true })
  }, [updateActiveTabValues, queryEditor, variableEditor, headerEditor])
  return null
}

createRoot(document.getElementById('page')!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    storage={storage}
    shouldPersistHeaders={keepsHeaders()}
    showPersistHeadersSettings
    defaultTabs={tabs}
    visiblePlugin={isFirstVisit && !isNarrow() ? examplesPlugin : undefined}
    defaultEditorToolsVisibility="variables"
    inputValueDeprecation
    schemaDescription
  >
    <WrapLines />
    <ShowActiveTab />
    <KeepLastEdit />
    <GraphiQL.Logo>
      <a className="graphiql-logo-link" href="/">
        <img src="/favicon.svg" alt="" width="20" height="20" />
        accountgraph
      </a>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <CostLine />
      <a href="/docs" target="_blank" rel="noreferrer">
        Schema
      </a>
    </GraphiQL.Footer>
  </GraphiQL>,
)
