import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

// A browser for tests, and for those who draw with one.

/** Where it is. `scripts/install --browser` installs Debian's. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** What it needs on a machine without a screen and without a network. */
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why browser tests are skipped; false when there is a browser. */
export const withoutBrowser: string | false = existsSync(CHROMIUM) ? false : `there is no browser at ${CHROMIUM}`

/** A browser. Whoever launches it closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

/** A browser until the test is over. */
export async function startBrowser(t: Test): Promise<Browser> {
  const browser = await launchBrowser()
  t.teardown(() => browser.close())
  return browser
}

/** A page that remembers what went wrong on it. */
export type WatchedPage = Page & { readonly errors: string[] }

/** A page in a browser of its own: nothing of it is shared with others. */
export async function openPage(browser: Browser, options?: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const errors: string[] = []
  const page = Object.assign(await context.newPage(), { errors })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return page
}

/** Waits until the page's live view is connected. */
export async function connected(page: Page): Promise<void> {
  await page.waitForSelector('[data-phx-main].phx-connected')
}
