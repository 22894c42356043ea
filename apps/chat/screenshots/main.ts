import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'beamish'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { connected, launchBrowser } from '../../shared/browser.ts'
import { freePort } from '../../shared/free-port.ts'
import { assets } from '../pages.ts'
import { openRoom } from '../rooms/rooms.ts'
import { ChatApp } from '../tree.ts'

// Draws the pictures of the README: a chat on a fresh folder, people who talk in it, and what they see.
//
//   node dist/apps/chat/screenshots/main.js [folder]     default: docs/screenshots

const TARGET = process.argv[2] ?? fileURLToPath(new URL('../../../../docs/screenshots/', import.meta.url))
const PASSWORD = 'correct horse'
const DESK = { viewport: { width: 1120, height: 700 }, locale: 'en-GB' }
const PHONE = { viewport: { width: 390, height: 760 }, isMobile: true, hasTouch: true, locale: 'en-GB' }

/** What is said, and by whom. */
const TALK: readonly (readonly [name: string, text: string])[] = [
  ['Ann', 'Good morning! The new greenhouse is up.'],
  ['Bob', 'Already? I thought they would come on Friday.'],
  ['Ann', 'They came early. The tomatoes move in this afternoon, if somebody helps me carry.'],
  ['Cleo', 'I will. What time?'],
  ['Ann', 'Three o’clock, by the gate.'],
  [
    'Bob',
    'Count me in. I wrote down what goes where:\nleft: tomatoes, basil\nright: cucumbers, the peppers from last year',
  ],
  ['Cleo', 'How far apart do they want to stand? https://example.com/tomatoes says 50 cm.'],
  ['Bob', 'Fifty is right.'],
]

class Person {
  readonly page: Page
  private readonly context: BrowserContext

  private constructor(page: Page) {
    this.page = page
    this.context = page.context()
  }

  /** Somebody with an account of their own, in the lobby. */
  static async signUp(browser: Browser, url: string, name: string): Promise<Person> {
    const page = await (await browser.newContext(DESK)).newPage()
    await page.goto(`${url}/sign-up`)
    await page.fill('[name=name]', name)
    await page.fill('[name=password]', PASSWORD)
    await page.click('button.primary')
    await connected(page)
    return new Person(page)
  }

  async enter(title: string): Promise<void> {
    await this.page.locator('nav .room', { hasText: title }).click()
    await this.page.locator('.talk h1', { hasText: title }).waitFor()
    await this.page.waitForSelector('#composer-body')
  }

  async say(text: string): Promise<void> {
    const before = await this.page.locator('.message.mine').count()
    await this.page.fill('#composer-body', text)
    await this.page.press('#composer-body', 'Enter')
    await this.page.locator('.message.mine').nth(before).waitFor()
  }

  /** The same person on a phone, where they are. */
  async onPhone(browser: Browser): Promise<Page> {
    const context = await browser.newContext({ ...PHONE, storageState: await this.context.storageState() })
    const page = await context.newPage()
    await page.goto(this.page.url())
    await connected(page)
    return page
  }
}

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  await page.evaluate('document.fonts.ready')
  await page.screenshot({ path: join(TARGET, `${name}.png`), animations: 'disabled', caret: 'hide' })
  console.log(`${name}.png`)
}

async function draw(browser: Browser, url: string): Promise<void> {
  const [ann, bob, cleo] = [
    await Person.signUp(browser, url, 'Ann'),
    await Person.signUp(browser, url, 'Bob'),
    await Person.signUp(browser, url, 'Cleo'),
  ]
  const people: Readonly<Record<string, Person>> = { Ann: ann, Bob: bob, Cleo: cleo }
  for (const person of [ann, bob, cleo]) await person.enter('Garden')
  for (const [name, text] of TALK) await people[name]?.say(text)
  await bob.enter('Workshop')
  await bob.say('Has anybody seen the long drill?')
  await bob.enter('Garden')
  await cleo.page.locator('#composer-body').pressSequentially('Then I')
  await ann.page.locator('.typing', { hasText: 'Cleo is writing…' }).waitFor()
  await picture(ann.page, 'room')
  await ann.page.emulateMedia({ colorScheme: 'dark' })
  await picture(ann.page, 'room-dark')
  await ann.page.emulateMedia({ colorScheme: 'light' })
  const phone = await ann.onPhone(browser)
  await picture(phone, 'phone')
  await ann.page.click('.brand')
  await ann.page.locator('.lobby h1').waitFor()
  await connected(ann.page)
  await picture(ann.page, 'lobby')
}

mkdirSync(TARGET, { recursive: true })
const folder = mkdtempSync(join(tmpdir(), 'chat-screenshots-'))
await assets.make()
const port = await freePort()
Application.configure(ChatApp, { port, folder })
await Application.start(ChatApp)
await openRoom({ title: 'Recipes' })
const browser = await launchBrowser()
try {
  await draw(browser, `http://localhost:${port}`)
} finally {
  await browser.close()
  await Application.stop(ChatApp)
  rmSync(folder, { recursive: true, force: true })
}
