import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from 'beamish'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { connected, openPage, type WatchedPage } from '../../shared/browser.ts'
import { assets } from '../pages.ts'
import { ChatApp, ChatEndpoint } from '../tree.ts'

// A chat on a folder of its own, and people in browsers.

/** A chat that runs, until the test is over. */
export interface RunningChat {
  readonly url: string
  readonly folder: string
}

export async function startChat(t: Test): Promise<RunningChat> {
  await assets.make()
  const folder = mkdtempSync(join(tmpdir(), 'chat-'))
  Application.configure(ChatApp, { port: 0, folder })
  await Application.start(ChatApp)
  t.teardown(async () => {
    await Application.stop(ChatApp)
    rmSync(folder, { recursive: true, force: true })
  })
  const { port } = await ChatEndpoint.serverInfo()
  return { url: `http://localhost:${port}`, folder }
}

export const PASSWORD = 'correct horse'

/** Somebody opens an account in a browser of their own, and sees the lobby. */
export async function signUp(
  browser: Browser,
  chat: RunningChat,
  name: string,
  options?: BrowserContextOptions,
): Promise<WatchedPage> {
  const page = await openPage(browser, options)
  await page.goto(`${chat.url}/sign-up`)
  await page.fill('[name=name]', name)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
  await connected(page)
  return page
}

export async function enterRoom(page: Page, title: string): Promise<void> {
  await page.locator('nav .room', { hasText: title }).click()
  await page.locator('.talk h1', { hasText: title }).waitFor()
  await page.waitForSelector('#composer-body')
}

export async function say(page: Page, text: string): Promise<void> {
  await page.fill('#composer-body', text)
  await page.press('#composer-body', 'Enter')
}

/** What stands in the room, oldest first. */
export const bodies = (page: Page): Promise<string[]> => page.locator('.message .body').allTextContents()

/** Waits until the page shows a message. */
export const sees = (page: Page, text: string): Promise<void> =>
  page.locator('.message .body', { hasText: text }).waitFor()
