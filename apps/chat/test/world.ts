import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, DynamicSupervisor, exit, Process } from 'beamish'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { connected, openPage, type WatchedPage } from '../../shared/browser.ts'
import { freePort } from '../../shared/free-port.ts'
import { assets } from '../pages.ts'
import { ChatApp } from '../tree.ts'

// A chat on a folder of its own, and people in browsers.

/** A chat that runs, until the test is over. */
export interface RunningChat {
  readonly url: string
  readonly folder: string
}

export async function startChat(t: Test): Promise<RunningChat> {
  await assets.make()
  const folder = mkdtempSync(join(tmpdir(), 'chat-'))
  const port = await freePort()
  Application.configure(ChatApp, { port, folder })
  await start()
  t.teardown(async () => {
    await Application.stop(ChatApp)
    rmSync(folder, { recursive: true, force: true })
  })
  return { url: `http://localhost:${port}`, folder }
}

async function start(): Promise<void> {
  const started = await Application.start(ChatApp)
  if (started.type !== 'started') throw new Error(`the chat was not started: ${JSON.stringify(started)}`)
}

/** The chat goes down, and up again where it was. */
export async function restart(): Promise<void> {
  await Application.stop(ChatApp)
  await start()
}

/**
 * Kills what stands for pages and programs.
 * @param supervisor - `/live` of pages, `/socket` of programs: their `channels`, or the `sockets` these are on.
 * @param kind - only those that this is a part of: `LiveView`, `PageChannel`. Default: all.
 * @returns how many there were.
 */
export async function killAll(
  supervisor: `/${'live' | 'socket'} ${'channels' | 'sockets'}`,
  kind = '',
): Promise<number> {
  const children = await DynamicSupervisor.whichChildren(`chat ${supervisor}`)
  let count = 0
  for (const { child } of children) {
    if (child === undefined || child === 'restarting') continue
    if (!String(Process.info(child)?.initialCall).includes(kind)) continue
    exit(child, 'kill')
    count++
  }
  return count
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
