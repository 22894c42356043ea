import { existsSync } from 'node:fs'
import { Application } from 'beamish'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import t from 'tap'
import { makePages } from '../pages.ts'
import { ChatApp, ChatEndpoint } from '../tree.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium' // as test/support/chromium.ts, which an app cannot import
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const skip = existsSync(CHROMIUM) ? false : `there is no browser at ${CHROMIUM}`

t.test('two browsers in one room', { skip }, async (t) => {
  await makePages()
  Application.configure(ChatApp, { port: 0 })
  await Application.start(ChatApp)
  const { port } = await ChatEndpoint.serverInfo()
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  t.teardown(async () => {
    await browser.close()
    await Application.stop(ChatApp)
  })

  const [ann, bob] = await Promise.all([enter(browser, port, 'Ann'), enter(browser, port, 'Bob')])

  await t.test('they see what the other says, and markup is text', async (t) => {
    await say(ann, 'Hello Bob')
    await say(bob, 'Hello <b>Ann</b>')
    for (const page of [ann, bob]) {
      await page.locator('.bubble', { hasText: 'Hello Bob' }).waitFor()
      await page.locator('.bubble', { hasText: 'Hello <b>Ann</b>' }).waitFor()
      t.equal(await page.locator('.bubble b').count(), 0)
      t.same(await page.locator('.bubble').allTextContents(), ['Hello Bob', 'Hello <b>Ann</b>'])
    }
  })

  await t.test(
    'a crash takes down one channel, which comes back by itself; the other page only hears of it',
    async (t) => {
      await say(ann, '/crash')
      await ann.locator('.notice[data-kind=crash]').waitFor()
      await bob.locator('.notice', { hasText: 'Ann’s channel crashed' }).waitFor()
      t.equal(await bob.locator('#status').getAttribute('data-state'), 'joined')
      await say(bob, 'Are you there?') // said while Ann is away
      await ann.locator('.notice[data-kind=recovered]').waitFor()
      await ann.locator('.bubble', { hasText: 'Are you there?' }).waitFor()
      await say(ann, 'I am')
      await bob.locator('.bubble', { hasText: 'I am' }).waitFor()
      t.equal(await bob.locator('.notice[data-kind=crash]').count(), 0)
    },
  )

  await t.test('a page that comes later sees what was said', async (t) => {
    const eve = await enter(browser, port, 'Eve')
    await eve.locator('.bubble', { hasText: 'I am' }).waitFor()
    t.same(await eve.locator('.bubble').allTextContents(), ['Hello Bob', 'Hello <b>Ann</b>', 'Are you there?', 'I am'])
    await eve.context().close()
    await ann.locator('.notice', { hasText: 'Eve left' }).waitFor()
  })

  await t.test('other rooms are other rooms', async (t) => {
    await bob.locator('#rooms a', { hasText: 'garden' }).click()
    await bob.locator('#status[data-state=joined]').waitFor()
    await say(bob, 'Only for the garden')
    await bob.locator('.bubble', { hasText: 'Only for the garden' }).waitFor()
    t.same(await bob.locator('.bubble').allTextContents(), ['Only for the garden'])
    t.equal(await ann.locator('.bubble', { hasText: 'garden' }).count(), 0)
  })

  await t.test('by whichever way a page is connected, it is the same room', async (t) => {
    const ways = [
      '?name=Ws',
      '?name=Mp&serializer=msgpack',
      '?name=Lp&transport=longpoll',
      '?name=Lm&transport=longpoll&serializer=msgpack',
    ]
    const pages = await Promise.all(ways.map((query) => open(browser, port, `${query}#attic`)))
    t.same(await Promise.all(pages.map((page) => page.locator('#status').textContent())), [
      'live',
      'live by MessagePack',
      'live by long poll',
      'live by long poll, MessagePack',
    ])
    for (const [index, page] of pages.entries()) {
      const text = `The way is ${ways[index]}`
      await say(page, text)
      for (const other of pages) await other.locator('.bubble', { hasText: text }).waitFor()
    }
    await Promise.all(pages.map((page) => page.context().close()))
  })

  await t.test('nothing went wrong in the pages', async (t) => {
    t.same(problems, [])
  })
})

const problems: string[] = []

function enter(browser: Browser, port: number, name: string): Promise<Page> {
  return open(browser, port, `?name=${name}`)
}

async function open(browser: Browser, port: number, query: string): Promise<Page> {
  const context: BrowserContext = await browser.newContext()
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(`${query}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${query}: ${message.text()}`)
  })
  await page.goto(`http://localhost:${port}/${query}`)
  await page.locator('#status[data-state=joined]').waitFor()
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator('#text').fill(text)
  await page.locator('#text').press('Enter')
}
