import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/core/clock.ts'
import { type Pid, self, send } from '../../src/index.ts'
import {
  each,
  html,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  liveRender,
  pushNavigate,
  stream,
  streamInsert,
} from '../../src/live-view/index.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { clientAssets, startLive } from '../support/live-endpoint.ts'

// Views in views in a real browser, with the unmodified client.

/** Notes how often it was put onto a page. */
const Hooks = `{ Mounts: { mounted() { window.mounts = (window.mounts ?? 0) + 1 }, destroyed() { window.gone = true } } }`

/** Processes of connected views, in the order of their mounts, by the ids of their elements; the main one is called so. */
const pids = new Map<string, Pid[]>()
const known = (id: string, { connected }: LiveViewSocket) =>
  connected && pids.set(id, [...(pids.get(id) ?? []), self()])

// biome-ignore lint/suspicious/noExplicitAny: a test's socket is of any view
type Run = (socket: any) => unknown
const latest = (id: string) => pids.get(id)?.at(-1) as Pid
const tell = (id: string, run: Run) => send(latest(id), run)
const fails = () => {
  throw new Error('as asked')
}

const ChildLive = LiveView.define<{ count: number }>({
  module: 'browser.ChildLive',
  mount: (_params, _session, socket) => {
    known(socket.id, socket)
    socket.assign({ count: 0 })
  },
  handleEvent: { inc: (_value, socket) => socket.update('count', (count) => count + 1) },
  handleInfo: (run: Run, socket) => void run(socket),
  render: ({ count }) => html`<b class="count">${count}</b><button phx-click="inc">+</button>`,
})

const HomeLive = LiveView.define<{ ids: readonly string[]; n: number }>({
  module: 'browser.HomeLive',
  mount: (_params, _session, socket) => {
    known('main', socket)
    socket.assign({ ids: ['a', 'b'], n: 0 })
  },
  handleInfo: (run: Run, socket) => void run(socket),
  render: ({ ids, n }) =>
    html`<p id="n">${n}</p>${each(
      ids,
      (id) => id,
      (id) => html`<div class="place">${liveRender(ChildLive, { id })}</div>`,
    )}`,
})

const PlayerLive = LiveView.define<{ count: number; streams: { songs: LiveStream<{ id: number }> } }>({
  module: 'browser.PlayerLive',
  mount: (_params, _session, socket) => {
    known('player', socket)
    stream(socket.assign({ count: 0 }), 'songs', [{ id: 1 }])
  },
  handleEvent: {
    inc: (_value, socket) => {
      socket.update('count', (count) => count + 1)
      streamInsert(socket, 'songs', { id: socket.assigns.count + 1 })
    },
    go: (_value, socket) => pushNavigate(socket, { to: '/two' }),
  },
  handleInfo: (run: Run, socket) => void run(socket),
  render: ({ count, streams }) => html`<b class="count">${count}</b><button class="inc" phx-click="inc">+</button>
    <button class="go" phx-click="go">go</button><i id="hook" phx-hook="Mounts"></i>
    <ul id="songs" phx-update="stream">${each(streams.songs, ({ id }, domId) => html`<li id=${domId}>${id}</li>`)}</ul>`,
})

const withPlayer = (name: string) =>
  LiveView.define({
    module: `browser.${name}`,
    mount: (_params, _session, socket) => void known(name, socket),
    handleInfo: (run: Run, socket) => void run(socket),
    render:
      () => html`<h1>${name}</h1><a id="to-one" href="/one" data-phx-link="redirect" data-phx-link-state="push">one</a>
      <a id="to-bare" href="/bare" data-phx-link="redirect" data-phx-link-state="push">bare</a>
      ${liveRender(PlayerLive, { id: 'player', sticky: true })}`,
  })

const BareLive = LiveView.define({ module: 'browser.BareLive', render: () => html`<h1>bare</h1>` })
const [OneLive, TwoLive] = [withPlayer('one'), withPlayer('two')]

let browser: Browser | undefined

async function inBrowser(t: Test, body: (open: (path: string) => Promise<Page>) => Promise<void>): Promise<void> {
  const assets = await clientAssets(t, Hooks)
  pids.clear()
  await withRuntime(
    async () => {
      const { port } = await startLive(
        (route) => {
          route.live('/', HomeLive)
          route.live('/one', OneLive)
          route.live('/two', TwoLive)
          route.live('/bare', BareLive)
          route.liveSession('other', {}, (r) => r.live('/other', OneLive))
        },
        { static: { '/assets': assets } },
      )
      browser ??= await launchChromium()
      const context = await browser.newContext()
      await body(async (path) => {
        const page = await context.newPage()
        page.setDefaultTimeout(10_000)
        await page.goto(`http://127.0.0.1:${port}${path}`)
        await page.waitForSelector('.phx-connected[data-phx-main]')
        await page.evaluate('window.sameDocument = true')
        return page
      })
      await context.close()
    },
    { clock: systemClock },
  )
}

t.teardown(() => browser?.close())

const count = (page: Page, id: string) => page.innerText(`#${id} .count`)
const counts = (page: Page, id: string, text: string) => page.waitForSelector(`#${id} .count:text-is("${text}")`)
const isSameDocument = (page: Page) => page.evaluate('window.sameDocument === true')
const mark = (page: Page, selector: string) =>
  page.$eval(selector, (element) => Object.assign(element, { marked: true }))
const isMarked = (page: Page, selector: string) =>
  page.$eval(selector, (element) => (element as { marked?: boolean }).marked === true)

t.test('LV-134 children stay as they are, wherever the parent puts them', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const page = await open('/')
    await page.click('#a button')
    await counts(page, 'a', '1')
    await mark(page, '#a')
    tell('main', (socket) => socket.assign({ ids: ['c', 'b', 'a'], n: 1 }))
    await page.waitForSelector('#c.phx-connected')
    t.equal(await page.innerText('#n'), '1')
    t.same(await page.$$eval('.place > div', (places) => places.map(({ id }) => id)), ['c', 'b', 'a'])
    t.equal(await count(page, 'a'), '1')
    t.ok(await isMarked(page, '#a'))
    await page.click('#a button')
    await counts(page, 'a', '2')
    await page.click('#c button')
    await counts(page, 'c', '1')
    t.equal(pids.get('a')?.length, 1, 'it was joined once')
  }),
)

t.test('LV-135 a child that crashes joins again by itself', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const page = await open('/')
    await page.click('#a button')
    await page.click('#b button')
    await counts(page, 'a', '1')
    await counts(page, 'b', '1')
    tell('a', fails)
    await counts(page, 'a', '0')
    await page.waitForSelector('#a.phx-connected')
    t.equal(await count(page, 'b'), '1')
    t.same([pids.get('main')?.length, pids.get('a')?.length, pids.get('b')?.length], [1, 2, 1])
    await page.click('#a button')
    await counts(page, 'a', '1')
    t.ok(await isSameDocument(page))
  }),
)

t.test('LV-135 when the parent crashes it joins again, and then its children', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const page = await open('/')
    await page.click('#a button')
    await counts(page, 'a', '1')
    const [main, child] = [latest('main'), latest('a')]
    tell('main', fails)
    await counts(page, 'a', '0')
    await page.waitForSelector('#a.phx-connected')
    await page.waitForSelector('#b.phx-connected')
    t.same([main.receiver, child.receiver], [undefined, undefined])
    t.same([pids.get('main')?.length, pids.get('a')?.length, pids.get('b')?.length], [2, 2, 2])
    await page.click('#b button')
    await counts(page, 'b', '1')
    t.ok(await isSameDocument(page))
  }),
)

t.test('LV-136 a sticky view stays while the page goes from view to view', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const page = await open('/one')
    await page.waitForSelector('#player.phx-connected')
    await page.click('#player .inc')
    await counts(page, 'player', '1')
    await mark(page, '#player')
    await page.click('#player .go')
    await page.waitForSelector('h1:text-is("two")')
    await page.click('#player .inc')
    await counts(page, 'player', '2')
    await page.click('#to-one')
    await page.waitForSelector('h1:text-is("one")')
    await page.click('#player .inc')
    await counts(page, 'player', '3')
    t.ok(await isMarked(page, '#player'), 'the same element')
    t.equal(pids.get('player')?.length, 1, 'the same process')
    t.same(await page.$$eval('#songs li', (items) => items.map(({ id }) => id)), [
      'songs-1',
      'songs-2',
      'songs-3',
      'songs-4',
    ])
    t.same(await page.evaluate('[window.mounts, window.gone]'), [1, undefined], 'its hook was never gone')
    const { pid } = { pid: latest('player') }
    tell('player', fails)
    await counts(page, 'player', '0')
    await page.waitForSelector('#player.phx-connected')
    t.equal(pid.receiver, undefined, 'it joins again with the token that the last view gave it')
    await page.click('#to-bare')
    await page.waitForSelector('h1:text-is("bare")')
    t.equal(await page.$('#player'), null)
    t.ok(await isSameDocument(page))
  }),
)

t.test(
  'LV-136 outside of the live session the page is loaded, and the sticky view is another',
  { skip: withoutChromium },
  (t) =>
    inBrowser(t, async (open) => {
      const page = await open('/one')
      await page.waitForSelector('#player.phx-connected')
      const first = latest('player')
      tell('one', (socket) => pushNavigate(socket, { to: '/other' }))
      await page.waitForURL('**/other')
      await page.waitForFunction('window.sameDocument === undefined')
      await page.waitForSelector('#player.phx-connected')
      t.equal(first.receiver, undefined)
      t.equal(pids.get('player')?.length, 2)
    }),
)
