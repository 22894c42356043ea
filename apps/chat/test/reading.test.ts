import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startBrowser, withoutBrowser } from '../../shared/browser.ts'
import { userWith } from '../accounts/accounts.ts'
import { MOST_FILE_BYTES } from '../live/message-files.ts'
import { say as sayInRoom } from '../rooms/messages.ts'
import { openRoom, roomFor } from '../rooms/rooms.ts'
import { bodies, enterRoom, say, sees, signUp, startChat } from './world.ts'

const MANY = 150

/** The first account says many things, without a page. */
async function fillLobby(): Promise<void> {
  const user = await userWith(1)
  const room = user && (await roomFor(user, 'lobby'))
  if (user === undefined || room === undefined) throw new Error('there is nobody, or no lobby')
  for (let n = 0; n < MANY; n++) await sayInRoom(user, room, { body: `message ${n}`, nonce: randomUUID() })
}

/** How far below the top of the list a message stands, in pixels. */
const placeOf = (page: Page, text: string): Promise<number> =>
  page.locator('.message', { has: page.getByText(text, { exact: true }) }).evaluate((message) => {
    const list = message.parentElement as { getBoundingClientRect(): { top: number } }
    return message.getBoundingClientRect().top - list.getBoundingClientRect().top
  })

t.test('reading and writing', { skip: withoutBrowser }, async (t) => {
  const chat = await startChat(t)
  const browser = await startBrowser(t)
  const ann = await signUp(browser, chat, 'Ann')
  await fillLobby()
  const bob = await signUp(browser, chat, 'Bob', {
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
  })
  await enterRoom(ann, 'Lobby')

  await t.test('who scrolls up gets the history: in order, once, and what was read stays in its place', async (t) => {
    t.equal((await bodies(ann)).length, 50)
    await ann.locator('.message', { hasText: 'message 149' }).waitFor()
    for (const oldest of [100, 50]) {
      await ann.locator('#messages').evaluate((list) => list.scrollTo({ top: 0 }))
      await sees(ann, `message ${oldest - 50}`)
      t.equal((await bodies(ann)).length, MANY - oldest + 50)
      const place = await placeOf(ann, `message ${oldest}`)
      t.ok(Math.abs(place) < 100, `what stood at the top stands there still, ${place} pixels below it`)
    }
    t.same(
      await bodies(ann),
      Array.from({ length: MANY }, (_, n) => `message ${n}`),
    )
    for (const top of [300, 0]) await ann.locator('#messages').evaluate((list, y) => list.scrollTo({ top: y }), top)
    await ann.waitForFunction("!document.getElementById('messages').hasAttribute('phx-viewport-top')")
    t.equal((await bodies(ann)).length, MANY, 'there is nothing before that')
  })

  await t.test('on a phone the rooms are behind a button, and go when one is chosen', async (t) => {
    const isOpen = () => bob.locator('#rooms').evaluate((rooms) => rooms.getBoundingClientRect().right > 0)
    t.equal(await isOpen(), false)
    for (const title of ['Garden', 'Lobby']) {
      await bob.locator('.menu').tap()
      await bob.locator('#rooms .room', { hasText: title }).tap()
      await bob.locator('.talk h1', { hasText: title }).waitFor()
      await bob.waitForFunction("document.getElementById('rooms').getBoundingClientRect().right <= 0")
    }
    for (const close of [() => bob.keyboard.press('Escape'), () => bob.locator('.close').tap()]) {
      await bob.locator('.menu').tap()
      await bob.waitForFunction("document.getElementById('rooms').contains(document.activeElement)")
      t.equal(await bob.locator('.menu').getAttribute('aria-expanded'), 'true')
      await close()
      await bob.waitForFunction("document.activeElement.matches('.menu[aria-expanded=false]')")
      await bob.waitForFunction("document.getElementById('rooms').getBoundingClientRect().right <= 0")
    }
    t.equal(await bob.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing sticks out')
    const send = await bob.locator('.composer .primary').boundingBox()
    t.ok(send !== null && send.y + send.height <= 800, 'the composer is on the screen')
  })

  await t.test('what others say comes into the same live region, and takes nobody’s focus', async (t) => {
    await ann.focus('#composer-body')
    await ann.keyboard.type('I am still wri')
    for (let n = 0; n < 4; n++) await ann.keyboard.press('ArrowLeft')
    await ann.evaluate(`
      window.changes = { added: 0, removed: 0 }
      const list = document.getElementById('messages')
      new MutationObserver((records) => {
        for (const { addedNodes, removedNodes } of records) {
          changes.added += [...addedNodes].filter(({ nodeType }) => nodeType === 1).length
          changes.removed += [...removedNodes].filter(({ nodeType }) => nodeType === 1).length
        }
      }).observe(list, { childList: true })
    `)
    for (const text of ['one', 'two', 'three']) await say(bob, text)
    await sees(ann, 'three')
    t.same(await ann.evaluate('changes'), { added: 3, removed: 0 }, 'a reader of the screen hears what is new, no more')
    t.same(
      await ann
        .locator('[aria-live]')
        .evaluateAll((regions) => regions.map((region) => region.getAttribute('aria-live'))),
      ['polite', 'polite'],
      'the messages, and who writes',
    )
    const focus = '[document.activeElement.id, document.activeElement.value, document.activeElement.selectionStart]'
    t.same(await ann.evaluate(focus), ['composer-body', 'I am still wri', 10])
    await ann.keyboard.type('X')
    await ann.press('#composer-body', 'Enter')
    await sees(bob, 'I am stillX wri')
    t.equal(await ann.evaluate('document.activeElement.id'), 'composer-body', 'also after one has said something')
  })

  await t.test('by keyboard alone one’s message is edited and deleted, and one stays at its place', async (t) => {
    const mine = ann.locator('.message.mine').last()
    const id = await mine.getAttribute('id')
    const press = async (...keys: string[]) => {
      for (const key of keys) await ann.keyboard.press(key)
    }
    const isAt = async (selector: string) => {
      await ann.waitForFunction(`document.activeElement.matches('${selector}')`, undefined, { timeout: 5000 })
      t.pass(selector)
    }
    await ann.focus('#composer-body')
    await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab')
    await isAt(`#${id} [aria-label=Edit]`)
    await press('Enter')
    await isAt(`#${id}-body`)
    await press('Escape')
    await mine.locator('.body').waitFor()
    await isAt(`#${id}`)
    await press('Tab', 'Enter')
    await isAt(`#${id}-body`)
    await press('Control+a')
    await ann.keyboard.type('I wrote')
    await press('Tab', 'Enter')
    await sees(bob, 'I wrote')
    await mine.locator('.body').waitFor()
    await isAt(`#${id}`)
    ann.once('dialog', (dialog) => dialog.accept())
    await press('Tab', 'Tab', 'Enter')
    await mine.locator('.gone').waitFor()
    await isAt(`#${id}`)
  })

  await t.test('what people call things sticks out nowhere', async (t) => {
    const isIn = `Array.from(document.querySelectorAll('.page *'))
      .every((element) => element.getBoundingClientRect().right <= innerWidth)`
    await ann.setInputFiles('input[type=file]', [
      { name: `${'long'.repeat(40)}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') },
      { name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(MOST_FILE_BYTES + 1) },
    ])
    await ann.locator('.chosen .problem', { hasText: 'larger than 20.0 MB' }).waitFor()
    t.equal(await ann.evaluate(isIn), true)
    await openRoom({ title: 'W'.repeat(40) })
    await bob.goto(chat.url)
    await bob.locator('.cards', { hasText: 'WWW' }).waitFor()
    t.equal(await bob.evaluate(isIn), true)
  })

  t.same([...ann.errors, ...bob.errors], [])
})
