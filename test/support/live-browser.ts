import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { systemClock } from '../../src/core/clock.ts'
import type { RouteScope } from '../../src/endpoint/index.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { launchChromium } from './chromium.ts'
import { clientAssets, startLive } from './live-endpoint.ts'

/** A page of the browser, and what went on in it. */
export interface Opened {
  readonly page: Page
  /** What its scripts threw. */
  readonly problems: string[]
  /** What its client sent, in order: the messages as they are on the wire. */
  readonly sent: string[]
}

/** The pages of one test file. */
export interface LivePages {
  readonly routes: (route: RouteScope) => void
  /** Routes behind no plugs. */
  readonly outside?: (route: RouteScope) => void
  /** Source of an object of hooks. */
  readonly hooks?: string
}

/** Opens a page, and waits until its live view is connected. `transport`: how its client is connected; by default over WebSocket. */
export type Open = (path: string, transport?: 'websocket' | 'longpoll') => Promise<Opened>

/** Pages in a browser, for the tests of one file: the browser is started once, and each test has a server of its own. */
export function liveBrowser(t: Test, pages: LivePages): (body: (open: Open) => Promise<void>) => Promise<void> {
  let browser: Browser | undefined
  let assets: Promise<string> | undefined
  t.teardown(() => browser?.close())
  return async (body) => {
    assets ??= clientAssets(t, pages.hooks)
    const folder = await assets
    await withRuntime(
      async () => {
        const { port } = await startLive(pages.routes, { static: { '/assets': folder } }, pages.outside)
        browser ??= await launchChromium()
        const context = await browser.newContext()
        await body((path, transport) => openPage(context, `http://127.0.0.1:${port}${path}`, transport))
        await context.close()
      },
      { clock: systemClock },
    )
  }
}

async function openPage(context: BrowserContext, url: string, transport = 'websocket'): Promise<Opened> {
  const page = await context.newPage()
  if (transport === 'longpoll') await page.addInitScript('window.isToPoll = true')
  const opened: Opened = { page, problems: [], sent: [] }
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => opened.problems.push(String(error)))
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => opened.sent.push(String(payload))))
  await page.goto(url)
  await page.waitForSelector('.phx-connected')
  return opened
}

/** Cuts the connection, waits until the page has noticed, and takes it up again. */
export async function reconnect({ page, sent }: Opened): Promise<void> {
  await page.evaluate('new Promise((resolve) => liveSocket.disconnect(resolve))')
  await page.locator('.phx-client-error').first().waitFor()
  sent.length = 0
  await page.evaluate('liveSocket.connect()')
  await page.locator('[data-phx-main].phx-connected').waitFor()
}

/** The form events that a page sent: name, fields as they travelled, and where to. */
export function formEventsIn(sent: readonly string[]): { event: string; value: string; cid?: number; meta?: object }[] {
  return sent
    .map(
      (text) => JSON.parse(text) as [unknown, unknown, string, string, { type: string; event: string; value: string }],
    )
    .filter(([, , , name, payload]) => name === 'event' && payload.type === 'form')
    .map(([, , , , payload]) => payload)
}
