import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from 'beamish'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { openPage, type WatchedPage } from '../../shared/browser.ts'
import { assets } from '../pages.ts'
import { AnnotationsApp } from '../tree.ts'

// The app on a folder of its own, people in browsers, and a network that can be cut.

/** A folder until the test is over. */
export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'annotations-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The app, until the test is over. */
export async function startApp(t: Test): Promise<{ readonly port: number; readonly url: string }> {
  await assets.make()
  // One that can be taken again: what listened at "any port" leaves it blocked for a while.
  const port = await freePort()
  Application.configure(AnnotationsApp, { port, folder: temporaryFolder(t) })
  await Application.start(AnnotationsApp)
  t.teardown(() => Application.stop(AnnotationsApp))
  return { port, url: `http://localhost:${port}` }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port // it listens at a port
}

/** Somebody gives a name in a browser of their own, and watches the first video. */
export async function watch(
  browser: Browser,
  url: string,
  name: string,
  options?: BrowserContextOptions,
): Promise<WatchedPage> {
  const page = await openPage(browser, options)
  await page.goto(url)
  await page.fill('#name', name)
  await page.click('main button')
  await live(page)
  return page
}

/** Waits until a page hears what is said. */
export const live = async (page: Page): Promise<void> => void (await page.waitForSelector('[data-status=live]'))

/** Says something about a moment. */
export async function say(page: Page, seconds: number, text: string): Promise<void> {
  await seek(page, seconds)
  await page.fill('#body', text)
  await page.press('#body', 'Enter')
}

/** Goes to a moment of the video, as its own controls do. */
export const seek = (page: Page, seconds: number): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    video.addEventListener('seeked', resolve, { once: true })
    video.currentTime = ${seconds}
  })`)

/** Waits until the page shows an annotation. */
export const sees = (page: Page, text: string): Promise<void> =>
  page.locator('.annotation .body', { hasText: text }).waitFor()

/** What the page shows, by moment. */
export const bodies = (page: Page): Promise<string[]> => page.locator('.annotation .body').allTextContents()

/** Waits until exactly these are seen watching. */
export const seesWatching = (page: Page, ...names: readonly string[]): Promise<unknown> =>
  page.waitForFunction(
    `Array.from(watchers.children, (item) => item.textContent).join() === ${JSON.stringify(names.join())}`,
  )

/** A way to a server that can be cut and mended. */
export interface Wire {
  readonly url: string
  /** Ends every connection, and lets none in. */
  cut(): void
  mend(): void
}

export async function wireTo(t: Test, port: number): Promise<Wire> {
  let isCut = false
  const open = new Set<Socket>()
  const server: Server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(end)
      end.pipe(other)
      end.on('error', () => other.destroy())
      end.on('close', () => {
        open.delete(end)
        other.destroy()
      })
    }
    return undefined
  })
  const ownPort = await listen(server)
  const cut = (): void => {
    isCut = true
    for (const end of open) end.destroy()
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  const mend = (): void => {
    isCut = false
  }
  return { url: `http://localhost:${ownPort}`, cut, mend }
}
