import { Application, exit, type Pid } from 'beamish'
import { attach } from 'beamish/telemetry'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startBrowser, withoutBrowser } from '../../shared/browser.ts'
import { AnnotationsApp } from '../tree.ts'
import { bodies, live, say, seek, sees, seesWatching, startApp, watch, wireTo } from './world.ts'

interface Join {
  readonly pid: Pid
  readonly person: string
  readonly params: unknown
}

t.test('three pages about one video', { skip: withoutBrowser }, async (t) => {
  const app = await startApp(t)
  const joins: Join[] = []
  attach('joins', 'beamish.channel.joined', (_event, _measurements, { socket, params }) => {
    joins.push({ pid: socket.channelPid, person: socket.assigns['person'].name, params })
  })
  const lastJoinOf = (person: string) => joins.findLast((join) => join.person === person) as Join
  const wire = await wireTo(t, app.port)
  const browser = await startBrowser(t)
  // Ann is at the end of a network that is not good.
  const ann = await watch(browser, `${wire.url}/videos/1`, 'Ann')
  const bob = await watch(browser, `${app.url}/videos/1`, 'Bob')
  for (const page of [ann, bob]) await page.evaluate(RECORD)

  await t.test('annotations come in order and once, stand by their moments, and are text', async (t) => {
    for (const [page, seconds] of [
      [ann, 6],
      [bob, 2],
      [ann, 4],
      [bob, 8],
      [ann, 0],
    ] as const)
      await say(page, seconds, `at <b>${seconds}</b>`)
    for (const page of [ann, bob]) {
      for (const seconds of [0, 2, 4, 6, 8]) await sees(page, `at <b>${seconds}</b>`)
      t.same(
        await bodies(page),
        [0, 2, 4, 6, 8].map((seconds) => `at <b>${seconds}</b>`),
      )
      t.equal(await page.locator('.annotation b').count(), 0)
      t.same(await arrived(page), sorted(await arrived(page)))
      t.equal(await page.locator('.mark').count(), 5)
    }
    t.equal(await ann.inputValue('#body'), '')
    t.equal(await ann.locator('#annotations').getAttribute('aria-live'), 'polite', 'what others say is read out')
  })

  await t.test('on a phone nothing sticks out, whatever people call themselves and say', async (t) => {
    const page = await watch(browser, app.url.concat('/videos/2'), 'W'.repeat(32), {
      viewport: { width: 390, height: 844 },
    })
    await say(page, 1, 'z'.repeat(280))
    await sees(page, 'zzz')
    const out = `Array.from(document.querySelectorAll('body *'))
      .filter((element) => element.getBoundingClientRect().right > innerWidth)
      .map(({ tagName, className }) => tagName + '.' + className)`
    t.same(await page.evaluate(out), [])
    await page.context().close()
  })

  await t.test('the list follows the video, and a click on it seeks', async (t) => {
    const now = () => bob.locator('.annotation.now .body').textContent()
    await seek(bob, 5)
    await bob.locator('.annotation.now', { hasText: 'at <b>4</b>' }).waitFor()
    t.equal(await bob.locator('.annotation.later').count(), 2)
    t.equal(await bob.locator('#caption').isVisible(), true)
    await bob.locator('.annotation button', { hasText: 'at <b>8</b>' }).click()
    await bob.waitForFunction('video.currentTime === 8 && !video.seeking')
    await bob.locator('.annotation.now', { hasText: 'at <b>8</b>' }).waitFor()
    t.equal(await bob.locator('.annotation.later').count(), 0)
    t.equal(await bob.evaluate('video.duration'), 10)
    await seek(bob, 1.5)
    await bob.evaluate('video.play()')
    await bob.locator('.annotation.now', { hasText: 'at <b>2</b>' }).waitFor()
    await bob.evaluate('video.pause()')
    t.equal(await now(), 'at <b>2</b>')
    const part = await bob.context().request.get(`${app.url}/clips/sunrise.webm`, { headers: { range: 'bytes=0-3' } })
    t.equal(part.status(), 206)
    t.same(await part.body(), Buffer.of(0x1a, 0x45, 0xdf, 0xa3))
  })

  await t.test('who watches is seen, a person with several tabs as one', async () => {
    await seesWatching(bob, 'Ann', 'Bob')
    const tab = await ann.context().newPage()
    await tab.goto(`${wire.url}/videos/1`)
    for (const page of [ann, bob, tab]) await seesWatching(page, 'Ann (2)', 'Bob')
    await tab.close()
    for (const page of [ann, bob]) await seesWatching(page, 'Ann', 'Bob')
  })

  await t.test('a cut of the network loses nothing that was said, here or there', async (t) => {
    const known = (await arrived(ann)).at(-1)
    wire.cut()
    await ann.waitForSelector('[data-status=away]')
    await seesWatching(bob, 'Bob')
    await say(bob, 1, 'first while cut')
    await say(bob, 9, 'second while cut')
    // Her player has the clip already.
    await ann.fill('#body', 'from the dark')
    await ann.press('#body', 'Enter')
    await ann.locator('#unsent', { hasText: 'One annotation is on its way.' }).waitFor()
    await sees(bob, 'second while cut')
    wire.mend()
    await live(ann)
    for (const page of [ann, bob]) {
      for (const text of ['first while cut', 'second while cut', 'from the dark']) await sees(page, text)
      t.equal((await bodies(page)).length, 8)
      t.same(await arrived(page), sorted(await arrived(page)))
    }
    await ann.locator('#unsent').waitFor({ state: 'hidden' })
    t.same(lastJoinOf('Ann').params, { last_seen_id: known })
    await seesWatching(bob, 'Ann', 'Bob')
  })

  await t.test('a channel that is killed comes back where it was', async (t) => {
    const { pid } = lastJoinOf('Ann')
    exit(pid, 'kill')
    await ann.waitForSelector('[data-status=away]')
    await say(bob, 3, 'while it was dead')
    await sees(ann, 'while it was dead')
    t.not(lastJoinOf('Ann').pid, pid)
    await seesWatching(bob, 'Ann', 'Bob')
    t.equal(new Set(await arrived(ann)).size, 9)
  })

  await t.test('a server that is started again has everything', async (t) => {
    await Application.stop(AnnotationsApp)
    for (const page of [ann, bob]) await page.waitForSelector('[data-status=away]')
    await ann.fill('#body', 'to nobody')
    await ann.press('#body', 'Enter')
    await Application.start(AnnotationsApp)
    for (const page of [ann, bob]) {
      await live(page)
      await sees(page, 'to nobody')
      t.same(await arrived(page), sorted(await arrived(page)))
      t.equal((await bodies(page)).length, 10)
    }
    await seesWatching(bob, 'Ann', 'Bob')
  })

  await t.test('long polling is the other way to the same', async (t) => {
    const cid = await watch(browser, `${app.url}/videos/1`, 'Cid')
    let webSockets = 0
    cid.on('websocket', () => webSockets++)
    await cid.goto(`${app.url}/videos/1?transport=longpoll`)
    await live(cid)
    t.equal((await bodies(cid)).length, 10)
    await seesWatching(bob, 'Ann', 'Bob', 'Cid')
    await say(cid, 7, 'by long polling')
    await say(bob, 7.5, 'by WebSocket')
    for (const page of [ann, bob, cid]) {
      await sees(page, 'by long polling')
      await sees(page, 'by WebSocket')
    }
    t.equal(webSockets, 0)
    t.same(cid.errors, [])
  })

  await t.test('a token that is wrong opens nothing', async (t) => {
    const poll = await fetch(`${app.url}/socket/longpoll?vsn=2.0.0&token=wrong`)
    t.match(await poll.json(), { status: 403 })
    await bob.addInitScript(`
      new MutationObserver(() => {
        document.querySelector('meta[name=user-token]')?.setAttribute('content', 'wrong')
      }).observe(document, { subtree: true, childList: true })`)
    const refused = bob.waitForEvent('console', (message) => /403/.test(message.text()))
    await bob.reload()
    await refused
    await bob.waitForSelector('[data-status=away]')
    t.equal(await bob.locator('.annotation').count(), 0)
  })

  t.same(
    ann.errors.filter((error) => !/WebSocket|ERR_/.test(error)),
    [],
  )
})

/** The ids of annotations as they come. */
const RECORD = `
  window.arrived = Array.from(document.querySelectorAll('.annotation'), ({ dataset }) => Number(dataset.id)).sort((a, b) => a - b)
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const { dataset } of addedNodes) arrived.push(Number(dataset.id))
  }).observe(document.getElementById('annotations'), { childList: true })`

const arrived = (page: Page): Promise<number[]> => page.evaluate('window.arrived')
const sorted = (ids: readonly number[]): number[] => Array.from(new Set(ids)).sort((a, b) => a - b)
