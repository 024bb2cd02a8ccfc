// The page in a real browser against a running server. Settings, all from the environment:
//   BASE_URL     where the server is; default http://127.0.0.1:8080
//   CHROMIUM     the browser; default /usr/bin/chromium
//   SCREENSHOTS  a folder for pictures of what was seen; default none
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { chromium } from 'playwright-core'

const {
  BASE_URL: baseURL = 'http://127.0.0.1:8080',
  CHROMIUM: executablePath = '/usr/bin/chromium',
  SCREENSHOTS: screenshots,
} = process.env
const origin = new URL(baseURL).origin

const folder = new URL('../examples/', import.meta.url)
const examples = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith('.graphql'))
  .sort(new Intl.Collator('en', { numeric: true }).compare)
  .map((path) => {
    const query = readFileSync(new URL(path, folder), 'utf8')
    return {
      part: path.split('/')[0].replace(/^\d+-/, '').replaceAll('-', ' '),
      title: query.split('\n')[0].replace('# ', ''),
      operations: [...query.matchAll(/^(?:query|mutation) (\w+)/gm)].map(([, name]) => name),
    }
  })
const parts = [...new Set(examples.map(({ part }) => part))]

let browser
before(async () => {
  browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Whatever is not the server does not resolve, so that a stray request fails and is seen.
      `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${new URL(baseURL).hostname}`,
    ],
  })
})
after(() => browser?.close())

/** Opens the page as a new visitor, and collects whatever went wrong. */
async function visit(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const page = await context.newPage()
  const problems = []
  const requests = []
  // A violation of the Content-Security-Policy is a console error as well.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`))
  const open = new Set()
  let lastChange = Date.now()
  context.on('request', (request) => {
    requests.push(request.url())
    open.add(request)
    lastChange = Date.now()
  })
  for (const done of ['requestfinished', 'requestfailed']) {
    context.on(done, (request) => {
      open.delete(request)
      lastChange = Date.now()
    })
  }
  context.on('response', (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`)
  })
  await page.goto(baseURL)
  await page.locator('.graphiql-query-editor .view-line').first().waitFor()
  await page.locator('.graphiql-response .monaco-editor').waitFor()
  return {
    page,
    /** Waits until nothing is loading, and nothing has for a second. */
    async quiet() {
      while (open.size > 0 || Date.now() - lastChange < 1000) await page.waitForTimeout(100)
    },
    async end() {
      assert.deepEqual(problems, [])
      const foreign = requests.filter((url) => !url.startsWith('data:') && new URL(url).origin !== origin)
      assert.deepEqual(foreign, [])
      await context.close()
    },
  }
}

async function picture(page, name) {
  if (!screenshots) return
  mkdirSync(screenshots, { recursive: true })
  // Colours come from a worker, and nothing tells when they are all there.
  await page.waitForTimeout(1000)
  await page.screenshot({ path: join(screenshots, `${name}.png`) })
}

// A tab's accessible name grows by that of its close button while it is active.
const tab = (page, operation) => page.locator('.graphiql-tab', { hasText: new RegExp(`^${operation}`) })

/** Opens a tab and waits until GraphiQL has read it: a moment later, it stores the query and knows its operations. */
async function switchTo(page, operation) {
  await tab(page, operation).click()
  await page.waitForFunction((name) => localStorage.getItem('graphiql:query')?.includes(` ${name}`), operation)
}

/** Runs the open tab, which the execute button asks about if there are several operations, and returns the answer. */
async function run(page, [operation, ...others]) {
  const response = page.waitForResponse((it) => it.request().postDataJSON()?.operationName === operation)
  await page.locator('.graphiql-execute-button').click()
  if (others.length > 0) await page.getByRole('menuitem', { name: operation, exact: true }).click()
  return (await response).json()
}

const welcome = examples[0]

/** Opens a part in the panel Examples, the first of which is open, and returns the panel. */
async function openPart(page, part) {
  const panel = page.getByRole('region', { name: 'Examples' })
  const details = panel.locator('details', { hasText: new RegExp(`^${part} \\d`, 'i') })
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
  return panel
}

/** Types headers for the open tab. */
async function typeHeaders(page, headers) {
  await page.getByRole('button', { name: 'Headers', exact: true }).click()
  await page.locator('.graphiql-editor-tool .monaco-editor:visible').click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(JSON.stringify(headers))
}

/** Makes an API key that may read. */
async function makeKey(page) {
  const made = await page.request.post(`${origin}/graphql`, {
    data: { query: 'mutation { createApiKey(input: {name: "The page", scope: READ}) { key } }' },
  })
  return (await made.json()).data.createApiKey.key
}

/** The headers of the request by which an example is run. */
async function headersOf(page, operations) {
  const asked = page.waitForRequest((it) => it.postDataJSON()?.operationName === operations[0])
  await run(page, operations)
  return (await asked).headers()
}

/** Runs the first example and waits until its result is seen. */
async function runWelcome(page) {
  await run(page, welcome.operations)
  await page.locator('.graphiql-response .view-lines', { hasText: 'GOLDMAN SACHS' }).waitFor()
}

describe('the page', () => {
  test('greets a new visitor with the examples', async () => {
    const { page, end } = await visit()
    assert.equal(await page.title(), 'accountgraph')
    for (const { part, title, operations } of examples) {
      const panel = await openPart(page, part)
      await panel.getByRole('button', { name: title }).waitFor()
      if (part === parts[0]) await tab(page, operations[0]).waitFor()
    }
    assert.equal(await page.locator('.graphiql-tab').count(), examples.filter(({ part }) => part === parts[0]).length)
    await picture(page, 'first-visit')
    await end()
  })

  test('runs an example, shows its result and what it cost', async () => {
    const { page, end } = await visit()
    await runWelcome(page)
    await page.locator('.cost-line', { hasText: /^SQL: \d+ statements · .+ in the database · .+ in total · .+ (kB|bytes)$/ }).waitFor()
    await picture(page, 'result')
    await end()
  })

  test('tells in a panel what the latest query cost', async () => {
    const { page, end } = await visit()
    await page.getByRole('button', { name: 'Show Cost' }).click()
    const panel = page.getByRole('region', { name: 'Cost' })
    await panel.getByText('Run a query').waitFor()
    const answered = page.waitForResponse((it) => it.request().postDataJSON()?.operationName === welcome.operations[0])
    await runWelcome(page)
    await panel.getByRole('heading', { name: welcome.operations[0] }).waitFor()
    const response = await answered
    const headers = await response.allHeaders()
    const figures = Object.fromEntries(
      await panel.locator('dl > div').evaluateAll((rows) => rows.map((row) => [...row.children].map((it) => it.textContent))),
    )
    const [, statements, database] = /db;desc="(\d+) statements";dur=([\d.]+)/.exec(headers['server-timing'])
    assert.equal(figures['SQL statements'], statements)
    assert.equal(figures['In SQL'], `${Number(database).toFixed(1)} ms`)
    assert.equal(figures['Records, of as many as may be'], /budget;desc="(\d+ of \d+) records"/.exec(headers['server-timing'])[1])
    assert.equal(figures['Answer, not compressed'], `${(await response.body()).length} bytes`)
    assert.equal(figures['Loads that no plan foresaw'], '0')
    assert.equal(figures['HTTP status'], '200')
    assert.equal(figures['Request id, as in the log'], headers['x-request-id'])
    await picture(page, 'cost')
    await end()
  })

  test('builds a query by clicks', async () => {
    const { page, end } = await visit()
    await page.getByRole('button', { name: 'New tab' }).click()
    await page.getByRole('button', { name: 'Show Query builder' }).click()
    await page.locator('.graphiql-plugin').getByText('Query builder').waitFor()
    const builder = page.locator('.graphiql-explorer-root')
    for (const path of ['viewer', 'viewer organization', 'viewer organization name']) {
      const fields = path.split(' ')
      await builder.locator(fields.map((field) => `.graphiql-explorer-${field}`).join(' ')).locator('[data-field-name]').first().click()
    }
    await page.waitForFunction(() => /organization {\s+name/.test(localStorage.getItem('graphiql:query')))
    assert.equal((await run(page, ['MyQuery'])).data.viewer.organization.name, 'Demo')
    await picture(page, 'builder')
    await end()
  })

  test('leads to the schema', async () => {
    const { page, end } = await visit()
    const link = page.getByRole('link', { name: 'Schema' })
    assert.equal(await link.getAttribute('href'), '/docs')
    assert.equal(await link.getAttribute('target'), '_blank')
    await end()
  })

  test('stands one above the other on a phone', async () => {
    const { page, end } = await visit({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
    await runWelcome(page)
    const query = await page.locator('.graphiql-editors').boundingBox()
    const result = await page.locator('.graphiql-response').boundingBox()
    assert.ok(query.y + query.height <= result.y, 'the result is below the query')
    for (const box of [query, result]) assert.ok(box.width > 250 && box.x + box.width <= 390, 'each has the width')
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, 'nothing is beyond the edge')
    await picture(page, 'phone')
    for (const name of ['Examples', 'Cost']) {
      await page.getByRole('button', { name: `Show ${name}` }).click()
      const panel = await page.getByRole('region', { name }).boundingBox()
      assert.ok(panel.width > 250 && panel.x + panel.width <= 390, 'the panel has the width')
      await picture(page, `phone-${name.toLowerCase()}`)
    }
    await page.getByRole('button', { name: 'Show Examples' }).click()
    await page.getByRole('region', { name: 'Examples' }).getByRole('button', { name: examples[1].title }).click()
    await tab(page, examples[1].operations[0]).waitFor()
    const chosen = await page.locator('.graphiql-editors').boundingBox()
    assert.deepEqual([chosen.x, chosen.width], [query.x, query.width], 'the panel made room for what was chosen')
    await end()
  })

  test('has examples that all find their companies', async () => {
    const { page, end } = await visit()
    for (const { part, title, operations } of examples) {
      const panel = await openPart(page, part)
      await panel.getByRole('button', { name: title }).click()
      await switchTo(page, operations[0])
      const answer = await run(page, operations)
      assert.equal(answer.errors, undefined, title)
      assert.notEqual(Object.values(answer.data)[0], null, title)
    }
    await end()
  })

  test('knows the schema', async () => {
    const { page, end } = await visit()
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.locator('.graphiql-doc-explorer', { hasText: 'Mutation' }).waitFor()
    await picture(page, 'documentation')
    await end()
  })

  test('asks with the key in the tab Headers', async () => {
    const { page, end } = await visit()
    const key = await makeKey(page)
    await typeHeaders(page, { Authorization: `Bearer ${key}` })
    assert.equal((await headersOf(page, welcome.operations)).authorization, `Bearer ${key}`)
    // Nothing of it stays, but what the user wants kept.
    await page.waitForFunction(() => localStorage.getItem('graphiql:queries')?.includes('Welcome'))
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /agk_/)
    await end()
  })

  test('gives each tab headers of its own, and keeps them after the visit only if told to', async () => {
    const { page, quiet, end } = await visit()
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.locator('#enable-persist-headers').click()
    await page.keyboard.press('Escape')
    const [first, second] = examples
    await typeHeaders(page, { 'X-Request-Id': 'first-tab' })
    assert.equal((await headersOf(page, first.operations))['x-request-id'], 'first-tab')
    await switchTo(page, second.operations[0])
    await typeHeaders(page, { 'X-Request-Id': 'second-tab' })
    assert.equal((await headersOf(page, second.operations))['x-request-id'], 'second-tab')
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState').includes('second-tab'))
    await page.waitForFunction(() => localStorage.getItem('graphiql:headers')?.includes('second-tab'))
    await quiet()
    await page.reload()
    await page.locator('.graphiql-query-editor .view-line').first().waitFor()
    await page.locator('.graphiql-tab-active', { hasText: second.operations[0] }).waitFor()
    assert.equal((await headersOf(page, second.operations))['x-request-id'], 'second-tab')
    await switchTo(page, first.operations[0])
    assert.equal((await headersOf(page, first.operations))['x-request-id'], 'first-tab')
    // Told otherwise, it forgets them, in the history too.
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.locator('#disable-persist-headers').click()
    await quiet()
    await page.reload()
    await page.waitForFunction(() => !/(first|second)-tab/.test(JSON.stringify(localStorage)))
    await end()
  })

  test('opens an example with the headers of the tab before, if they are kept', async () => {
    const { page, end } = await visit()
    const authorization = `Bearer ${await makeKey(page)}`
    const [unkept, withIds] = [examples.at(-1), examples.find(({ part, operations }) => part !== parts[0] && operations.includes('Ids'))]
    const open = async ({ part, title, operations }) => {
      await (await openPart(page, part)).getByRole('button', { name: title }).click()
      await switchTo(page, operations[0])
      return headersOf(page, operations)
    }
    await typeHeaders(page, { Authorization: authorization })
    assert.equal((await open(unkept)).authorization, undefined, 'they are not kept yet')
    await switchTo(page, welcome.operations[0])
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.locator('#enable-persist-headers').click()
    await page.keyboard.press('Escape')
    const asksIds = page.waitForRequest((it) => it.postDataJSON()?.operationName === 'Ids')
    assert.equal((await open(withIds)).authorization, authorization)
    assert.equal((await (await asksIds).allHeaders()).authorization, authorization)
    assert.equal((await open(unkept)).authorization, authorization, 'its tab had none')
    await switchTo(page, examples[1].operations[0])
    await typeHeaders(page, { 'X-Request-Id': 'its-own' })
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState').includes('its-own'))
    await open(withIds)
    const own = await open(examples[1])
    assert.deepEqual([own['x-request-id'], own.authorization], ['its-own', undefined])
    await end()
  })

  test('keeps what was typed right before the tab was left', async () => {
    const { page, end } = await visit()
    const [left, next] = examples.map(({ operations }) => operations[0])
    for (const [place, editor] of [['variables', '.graphiql-editor-tool'], ['query', '.graphiql-query-editor']]) {
      await switchTo(page, left)
      await page.locator(`${editor} .monaco-editor:visible`).click()
      await page.keyboard.press('ControlOrMeta+a')
      // In one go, in which no timer ends: what is typed, and a click.
      await page.evaluate(
        ({ text, next }) => {
          document.execCommand('insertText', false, text)
          const tabs = [...document.querySelectorAll('.graphiql-tab')]
          tabs.find((tab) => tab.textContent.startsWith(next)).querySelector('button').click()
        },
        { text: `# ${place}, at the last moment`, next },
      )
      await page.waitForFunction((name) => localStorage.getItem('graphiql:query')?.includes(` ${name}`), next)
      await page.locator('.graphiql-tab').first().click()
      await page.locator(`${editor} .view-lines:visible`, { hasText: `${place}, at the last moment` }).waitFor()
    }
    await end()
  })

  test('refuses the cycle, its ids filled in', async () => {
    const { page, end } = await visit()
    await switchTo(page, 'Cycle')
    await page.locator('.graphiql-editor-tool .view-lines', { hasText: '"acc_' }).waitFor()
    const { data } = await run(page, ['Cycle', 'Ids'])
    assert.deepEqual(
      data.moveAccount.userErrors.map(({ code }) => code),
      ['CYCLE'],
    )
    await page.locator('.graphiql-response .view-lines', { hasText: 'CYCLE' }).waitFor()
    await picture(page, 'cycle')
    await end()
  })

  test('keeps the active tab in sight', async () => {
    const { page, end } = await visit({ viewport: { width: 1024, height: 800 } })
    const last = examples.at(-1)
    const panel = await openPart(page, last.part)
    await panel.getByRole('button', { name: last.title }).click()
    await page.waitForFunction(() => {
      const tab = document.querySelector('.graphiql-tab-active').getBoundingClientRect()
      const tabs = document.querySelector('.graphiql-tabs').getBoundingClientRect()
      return tab.left >= tabs.left - 1 && tab.right <= tabs.right + 1
    })
    await end()
  })

  test('keeps the tabs of an earlier visit, and brings a closed example back', async () => {
    const { page, quiet, end } = await visit()
    await page.getByRole('button', { name: 'Close Tab' }).first().click()
    const closed = tab(page, 'Welcome')
    await closed.waitFor({ state: 'detached' })
    // Tabs are stored half a second after they changed.
    await page.waitForFunction(() => !localStorage.getItem('graphiql:tabState').includes('Welcome'))
    // A reload would abort what is still loading, which counts as a failed request.
    await quiet()
    await page.reload()
    await tab(page, 'DeepestChain').waitFor()
    assert.equal(await closed.count(), 0)
    await page.getByRole('button', { name: welcome.title }).click()
    await closed.waitFor()
    await runWelcome(page)
    await end()
  })

  for (const colorScheme of ['light', 'dark']) {
    test(`follows a ${colorScheme} system`, async () => {
      const { page, end } = await visit({ colorScheme })
      await runWelcome(page)
      assert.equal(await isDark(page), colorScheme === 'dark')
      await picture(page, colorScheme)
      await end()
    })
  }

  test('switches its theme by hand', async () => {
    const { page, end } = await visit({ colorScheme: 'light' })
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.getByRole('button', { name: 'Dark', exact: true }).click()
    await page.waitForFunction(() => document.body.classList.contains('graphiql-dark'))
    assert.equal(await isDark(page), true)
    await end()
  })
})

/** Whether the page's ground is darker than its text. */
function isDark(page) {
  return page.locator('.graphiql-container').evaluate((element) => {
    const lightness = (color) => color.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)
    const { backgroundColor, color } = getComputedStyle(element)
    return lightness(backgroundColor) < lightness(color)
  })
}
