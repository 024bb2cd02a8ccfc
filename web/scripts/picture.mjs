// Takes the README's picture of the page on the demo's companies, from a running server:
//   BASE_URL=http://127.0.0.1:8080 node scripts/picture.mjs ../docs/graphiql.webp
// CHROMIUM is the browser; default /usr/bin/chromium.
import { writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const { BASE_URL: baseURL = 'http://127.0.0.1:8080', CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env
const [, , file] = process.argv
if (!file) throw new Error('usage: node scripts/picture.mjs FILE.webp')

const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, deviceScaleFactor: 1.5, colorScheme: 'light' })
await page.goto(baseURL)
await page.locator('.graphiql-query-editor .view-line').first().waitFor()
await page.locator('.graphiql-response .monaco-editor').waitFor()
await page.locator('.graphiql-tab', { hasText: /^WhoseCustomer/ }).click()
await page.waitForFunction(() => localStorage.getItem('graphiql:query')?.includes(' WhoseCustomer'))
// The first run pays for what is new to the server; its figures would be those of no other.
for (let runs = 0; runs < 3; runs++) {
  const answer = page.waitForResponse((it) => it.request().postDataJSON()?.operationName === 'WhoseCustomer')
  await page.locator('.graphiql-execute-button').click()
  await (await answer).finished()
  await page.locator('.graphiql-execute-button[aria-label^="Execute"]').waitFor()
}
await page.locator('.graphiql-response .view-lines', { hasText: 'NOAA Storm Prediction Center' }).waitFor()
await page.mouse.move(640, 740)
// Colours come from a worker, and nothing tells when they are all there.
await page.waitForTimeout(2000)
// Playwright knows no WebP, the browser does.
const devtools = await page.context().newCDPSession(page)
const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 85 })
writeFileSync(file, Buffer.from(data, 'base64'))
await browser.close()
