// The page of the schema in a real browser, from a running server (BASE_URL). CHROMIUM is the browser, by default /usr/bin/chromium.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { chromium } from 'playwright-core'

const { BASE_URL: baseURL = 'http://127.0.0.1:8080', CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env

let browser
before(async () => {
  browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
})
after(() => browser?.close())

/** Opens the page, and collects what went wrong: a violation of the Content-Security-Policy is an error of the console. */
async function visit(hash = '', options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const problems = []
  page.on('console', (message) => problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL)) problems.push(`asks ${request.url()}`)
  })
  await page.goto(`${baseURL}/docs${hash}`)
  return { page, problems, target: () => page.evaluate(() => document.querySelector(':target')?.id) }
}

const isInView = (page, id) =>
  page.evaluate((id) => {
    const { top, bottom } = document.getElementById(id).getBoundingClientRect()
    return top >= document.querySelector('header').getBoundingClientRect().bottom && bottom <= innerHeight
  }, id)

describe('the page of the schema', () => {
  for (const id of ['Account', 'Account.parent', 'UserErrorCode.CYCLE', '@key', 'BAD_USER_INPUT']) {
    test(`an address leads to ${id}`, async () => {
      const { page, problems, target } = await visit(`#${id}`)
      assert.equal(await target(), id)
      assert.ok(await isInView(page, id))
      assert.deepEqual(problems, [])
    })
  }

  test('a name in the path leads there too', async () => {
    const { page, target } = await visit('/Account.parent')
    assert.equal(await target(), 'Account.parent')
    assert.ok(await isInView(page, 'Account.parent'))
  })

  test('a code of an error leads to what it means', async () => {
    const { page, target } = await visit('#Mutation.moveAccount')
    await page.locator('article', { has: page.locator('[id="Mutation.moveAccount"]') }).getByRole('link', { name: 'CYCLE', exact: true }).click()
    assert.equal(await target(), 'UserErrorCode.CYCLE')
  })

  test('the search is used by keys alone', async () => {
    const { page, problems, target } = await visit()
    await page.keyboard.press('/')
    await page.keyboard.type('PARENT')
    assert.equal(await page.locator('#found a').first().textContent(), 'Account.parent')
    await page.keyboard.press('Enter')
    assert.equal(await target(), 'Account.parent')
    assert.ok(await isInView(page, 'Account.parent'))
    assert.ok(await page.locator('#found').isHidden())

    await page.keyboard.press('/')
    await page.keyboard.type('accountfilter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    assert.equal(await target(), 'AccountFilter')

    await page.keyboard.press('/')
    await page.keyboard.type('nothing like it')
    assert.equal(await page.locator('#found p').textContent(), '0 found')
    await page.keyboard.press('Escape')
    assert.ok(await page.locator('#found').isHidden())
    assert.deepEqual(problems, [])
  })

  test('a type leads to itself', async () => {
    const { page, target } = await visit('#Account.owner')
    await page.locator('h4[id="Account.owner"] a', { hasText: 'User' }).click()
    assert.equal(await target(), 'User')
  })

  for (const colorScheme of ['light', 'dark']) {
    test(`it fits a phone, ${colorScheme}`, async () => {
      const { page, problems } = await visit('', { viewport: { width: 390, height: 844 }, colorScheme })
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
      const [text, ground] = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body)
        return [color, backgroundColor].map((rgb) => Math.max(...rgb.match(/\d+/g).slice(0, 3).map(Number)))
      })
      assert.ok(colorScheme === 'light' ? text < ground : text > ground, `text ${text}, ground ${ground}`)
      assert.ok(await page.locator('nav a').first().isHidden())
      await page.locator('nav summary').first().click()
      assert.ok(await page.locator('nav a').first().isVisible())
      assert.deepEqual(problems, [])
    })
  }

  test('without JavaScript it is all there, but for the search', async () => {
    const { page } = await visit('#Account.parent', { javaScriptEnabled: false })
    assert.ok(await page.locator('[id="Account.parent"]').isVisible())
    assert.ok(await page.locator('#search').isHidden())
  })
})
