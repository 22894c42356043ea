import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { Channel, ok, push, refuse } from '../../src/channel/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Token } from '../../src/endpoint/index.ts'
import { exit, self, send } from '../../src/index.ts'
import { attachHook, each, html, LiveSocket, LiveView, type LiveViewSocket } from '../../src/live-view/index.ts'
import { PubSub, Registry } from '../../src/pubsub/index.ts'
import { startSupervised, withRuntime } from '../../src/testing/index.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { clientAssets, SESSION, startLive } from '../support/live-endpoint.ts'

// A live view and a channel of the app's own on one connection, which find each other through a Registry: the view tells the channel
// of its page when something has been rendered, and the page's script does what only a script can.

const PAGES = 'pages'
const SALT = 'page channel'

/** A channel of one page. Who shows its token was given that page. */
const PageChannel = Channel.define<{ page: string }>({
  module: 'PageChannel',
  join: (_topic, { token }, socket) => {
    const verified = Token.verify(socket, SALT, token)
    if (verified.type === 'error') return refuse({ reason: verified.reason })
    socket.assign({ page: String(verified.data) })
    Registry.register(PAGES, socket.assigns.page)
    return ok()
  },
  handleIn: { crash: () => exit('as asked') },
  handleInfo: (message, socket) => {
    if (message.type === 'newMessage') push(socket, 'new_message', { id: message.id })
  },
})

interface Message {
  readonly id: number
  readonly text: string
  /** How the view tells its channel. */
  readonly by: 'afterRender' | 'handleInfo'
}

interface Room {
  token: string
  page: string
  messages: readonly Message[]
}

const RoomLive = LiveView.define<Room>({
  module: 'RoomLive',
  mount: (_params, session, socket) => {
    const page = String(session['page'])
    socket.assign({ page, token: Token.sign(socket, SALT, page), messages: [] })
    if (!socket.connected) return
    PubSub.subscribe('test', 'room')
    attachHook(socket, 'tell', 'afterRender', ({ assigns: { messages } }: LiveViewSocket<Room>) => {
      const last = messages.at(-1)
      if (last?.by === 'afterRender') tellPage(page, last.id)
    })
  },
  handleEvent: {
    say: ({ text, by }) => void PubSub.broadcast('test', 'room', { type: 'said', text, by }),
  },
  handleInfo: (message, socket) => {
    if (message.type === 'rendered') return tellPage(socket.assigns.page, message.id)
    const { text, by } = message
    const id = socket.assigns.messages.length + 1
    socket.update('messages', (messages) => [...messages, { id, text, by }])
    if (by === 'handleInfo') send(self(), { type: 'rendered', id })
  },
  render: ({ token, messages }) => html`<section id="room" phx-hook="Room" data-token=${token}><h1>Room</h1>
    <ul id="messages">${each(
      messages,
      ({ id }) => id,
      ({ id, text }) => html`<li id=${`message-${id}`}>${text}</li>`,
    )}</ul></section>`,
})

/** More than one channel may have a page's token: after a lost connection the one before is still there for a moment. */
function tellPage(page: string, id: number): void {
  for (const { pid } of Registry.lookup(PAGES, page)) send(pid, { type: 'newMessage', id })
}

// ── In the browser ──

/** Joins the channel of its page on the connection of the live views, and scrolls to what is new. */
const HOOKS = `{
  Room: {
    mounted() {
      window.told = []
      this.channel = liveSocket.getSocket().channel('page:own', { token: this.el.dataset.token })
      this.channel.on('new_message', ({ id }) => {
        const message = document.getElementById('message-' + id)
        message.scrollIntoView()
        window.told.push([id, message.innerText])
      })
      this.channel.join().receive('ok', () => { window.joins = (window.joins ?? 0) + 1 })
      window.say = (text, by) => this.pushEvent('say', { text, by })
      window.channel = this.channel
    },
    destroyed() { this.channel.leave() }
  }
}`

let browser: Browser | undefined
t.teardown(() => browser?.close())

interface Opened {
  readonly page: Page
  /** The topics that were heard of on each WebSocket of the page. */
  readonly topics: readonly Set<string>[]
}

async function inBrowser(t: Test, body: (open: () => Promise<Opened>) => Promise<void>): Promise<void> {
  const assets = await clientAssets(t, HOOKS)
  await withRuntime(
    async () => {
      await startSupervised(Registry.child({ name: PAGES, keys: 'duplicate' }))
      let pages = 0
      const { port } = await startLive(
        (route) => {
          route.liveSession('room', { session: () => ({ page: `page ${++pages}` }) }, (r) => r.live('/', RoomLive))
        },
        {
          static: { '/assets': assets },
          sockets: {
            '/live': {
              socket: LiveSocket.define({ channels: { 'page:own': PageChannel } }),
              connectInfo: { session: SESSION },
            },
          },
        },
      )
      browser ??= await launchChromium()
      const context = await browser.newContext()
      await body(async () => {
        const page = await context.newPage()
        page.setDefaultTimeout(10_000)
        const topics: Set<string>[] = []
        page.on('websocket', (socket) => {
          const heard = new Set<string>()
          topics.push(heard)
          socket.on('framereceived', ({ payload }) => heard.add(JSON.parse(String(payload))[2].replace(/phx-.*/, '*')))
        })
        await page.goto(`http://127.0.0.1:${port}/`)
        await joined(page, 1)
        return { page, topics }
      })
      await context.close()
    },
    { clock: systemClock },
  )
}

/** Each time that a channel of the page was let in. */
const joined = (page: Page, times: number) => page.waitForFunction(`window.joins === ${times}`)

t.test('a view tells the channel of its page what it has rendered', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const [{ page: ann, topics }, { page: bob }] = await Promise.all([open(), open()])
    await ann.evaluate('say("hello", "handleInfo")')
    await ann.waitForFunction('told.length === 1')
    await bob.waitForFunction('told.length === 1')
    await bob.evaluate('say("hello you", "afterRender")')
    await ann.waitForFunction('told.length === 2')
    await bob.waitForFunction('told.length === 2')
    const told = [
      [1, 'hello'],
      [2, 'hello you'],
    ]
    t.same(await ann.evaluate('told'), told, 'once each, when it was on the page')
    t.same(await bob.evaluate('told'), told, 'each by its own channel')
    t.ok(
      topics.some((heard) => heard.has('lv:*') && heard.has('page:own')),
      'on one connection',
    )
  }),
)

t.test('neither dies with the other, and both come back to each other', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const { page } = await open()
    await page.evaluate('window.sign = "the same page"')
    await page.evaluate('channel.push("crash", {})')
    await joined(page, 2)
    await page.evaluate('say("after the crash of the channel", "afterRender")')
    await page.waitForFunction('told.length === 1')
    await page.evaluate('liveSocket.main.channel.push("event", { type: "click", event: "unknown", value: {} })')
    await page.locator('#messages li').waitFor({ state: 'detached' })
    await page.evaluate('say("after the crash of the view", "handleInfo")')
    await page.waitForFunction('told.length === 2')
    await page.evaluate('liveSocket.getSocket().conn.close()')
    await joined(page, 3)
    await page.waitForSelector('.phx-connected:not(.phx-error)')
    await page.evaluate('say("after the connection", "afterRender")')
    await page.waitForFunction('told.length === 3')
    t.same(await page.evaluate('told.map(([, text]) => text)'), [
      'after the crash of the channel',
      'after the crash of the view',
      'after the connection',
    ])
    t.equal(await page.evaluate('window.sign'), 'the same page')
  }),
)

t.test('without the token of a page there is no channel', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (open) => {
    const { page } = await open()
    const join = (token: string) =>
      page.evaluate(`new Promise((done) => {
        const channel = liveSocket.getSocket().channel('page:own', { token: ${token} })
        channel.join().receive('error', (answer) => { channel.leave(); done(answer) }).receive('ok', () => done('ok'))
      })`)
    t.same(await join('undefined'), { reason: 'missing' })
    t.same(await join('document.querySelector("[data-phx-session]").dataset.phxSession'), { reason: 'invalid' })
  }),
)
