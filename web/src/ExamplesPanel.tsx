import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react'
import { openExample, parts, type Example } from './examples'
import { isNarrow } from './narrow'
import { keepsHeaders } from './storage'

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M9 18h6M10 21h4M12 3a6 6 0 0 0-3.6 10.8c.7.6 1.1 1.3 1.1 2.2h5c0-.9.4-1.6 1.1-2.2A6 6 0 0 0 12 3Z" />
    </svg>
  )
}

function Panel() {
  const { addTab, changeTab, setVisiblePlugin, updateActiveTabValues } = useGraphiQLActions()
  const tabs = useGraphiQL((state) => state.tabs)
  const activeTabIndex = useGraphiQL((state) => state.activeTabIndex)
  const queryEditor = useGraphiQL((state) => state.queryEditor)
  const variableEditor = useGraphiQL((state) => state.variableEditor)
  const headerEditor = useGraphiQL((state) => state.headerEditor)

  async function open(example: Example) {
    if (isNarrow()) setVisiblePlugin(null)
    // Who keeps headers has one key for all, most likely: a tab without any takes over those of the tab before.
    const headers = keepsHeaders() ? (headerEditor?.getValue() ?? '') : ''
    const index = tabs.findIndex((tab) => tab.query === example.query)
    if (index >= 0) {
      changeTab(index)
      if (!tabs[index].headers) takeOver(headers)
      return
    }
    const { query, variables } = await openExample(example, headers)
    addTab()
    queryEditor?.setValue(query)
    variableEditor?.setValue(variables ?? '')
    takeOver(headers)
  }

  function takeOver(headers: string) {
    headerEditor?.setValue(headers)
    updateActiveTabValues({ headers }) // the editor tells its tab a moment later, when the user may be at another
  }

  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Real companies of the demo. Click one to open it in a tab.</p>
      {parts.map((part) => (
        <details key={part.title} open={part === parts[0]}>
          <summary>
            {part.title} <small>{part.examples.length}</small>
          </summary>
          <ol>
            {part.examples.map((example) => (
              <li key={example.title}>
                <button
                  type="button"
                  aria-current={tabs[activeTabIndex]?.query === example.query}
                  onClick={() => void open(example)}
                >
                  <strong>{example.title}</strong>
                  <span>{example.explanation}</span>
                </button>
              </li>
            ))}
          </ol>
        </details>
      ))}
      <a href="/THIRD-PARTY.txt" target="_blank" rel="noreferrer">
        Licences of this page
      </a>
    </section>
  )
}

/** The side panel that lists the examples, part by part of the schema, and brings back a closed one. */
export const examplesPlugin: GraphiQLPlugin = { title: 'Examples', icon: Icon, content: Panel }
