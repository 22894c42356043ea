import t from 'tap'
import { Token } from '../../src/endpoint/index.ts'
import { send, shutdown } from '../../src/index.ts'
import {
  html,
  LiveComponent,
  type LiveState,
  LiveView,
  type LiveViewSocket,
  pushEvent,
  pushNavigate,
  pushPatch,
  putFlash,
  redirect,
} from '../../src/live-view/index.ts'
import { self } from '../../src/runtime/current.ts'
import { assertReceive, settle, withRuntime } from '../../src/testing/index.ts'
import { SECRET, startLive } from '../support/live-endpoint.ts'
import { connectPage, joinPage, loadPage } from '../support/raw-page.ts'

// What goes over the wire, frame by frame, where its shape and its order matter.

// biome-ignore lint/suspicious/noExplicitAny: the view's or the component's
type AnySocket = LiveState<any>
type Order = (socket: AnySocket) => unknown

/** What the next event does, and what the next mount with a connection. */
let order: Order = () => {}
let inMount: (socket: LiveViewSocket) => unknown = () => {}

const obey = (_value: unknown, socket: AnySocket) => {
  order(socket)
}

const Part = LiveComponent.define<{ n: number }>({
  module: 'wire.Part',
  mount: (socket) => socket.assign({ n: 0 }),
  handleEvent: { obey },
  render: ({ n }) => html`<b>${n}</b>`,
})

const HomeLive = LiveView.define<{ n: number; seen: string }>({
  module: 'wire.Home',
  mount: (_params, _session, socket) => {
    socket.assign({ n: 0, seen: '' })
    if (socket.connected) inMount(socket)
  },
  handleParams: (params, _uri, socket) => socket.assign({ seen: JSON.stringify(params) }),
  handleEvent: { obey },
  handleInfo: (message, socket) => message(socket),
  render: ({ n, seen }) => html`<p>${n} ${seen}</p>${Part.use({ id: 1 })}`,
})

const DressedLive = LiveView.define({
  module: 'wire.Dressed',
  container: ['span', { style: 'a: "b"', class: ['foo', false, 'bar'], hidden: true, title: null }],
  render: () => html`dressed`,
})

async function open(path = '/home') {
  inMount = () => {}
  const { port, endpoint } = await startLive((route) => {
    route.live('/home', HomeLive)
    route.live('/home/:id', HomeLive)
    route.live('/dressed', DressedLive)
    route.live('/again', DressedLive, null, { container: ['section', { class: 'wide' }] })
    route.get('/sign-in', (_request, conn) => {
      conn.session.put('live_socket_id', 'user:7')
      return new Response('in')
    })
  })
  const url = (to: string) => `http://127.0.0.1:${port}${to}`
  const signedIn = await loadPage(port, '/sign-in')
  const page = await loadPage(port, path, signedIn.cookie)
  const client = await connectPage(port, page)
  const join = (over?: object) => joinPage(client, page, url(path), over as Record<string, unknown>)
  return { port, endpoint, url, page, client, join, topic: `lv:${page.id}` }
}

t.test('LV-003 a live navigation is told the container of its view, and of the route over that', (t) =>
  withRuntime(async () => {
    const { join, url, client } = await open()
    const own = { style: 'a: "b"', class: 'foo bar', hidden: '' }
    t.match(await join({ url: undefined, redirect: url('/dressed') }), {
      status: 'ok',
      response: { container: ['span', own] },
    })
    t.match(await join({ url: undefined, redirect: url('/again') }), {
      response: { container: ['section', { ...own, class: 'wide' }] },
    })
    client.close()
  }),
)

t.test('LV-003 a page that is loaded has its container already', (t) =>
  withRuntime(async () => {
    const { join, client, page } = await open('/again')
    t.match(page.html, /<section style="a: &quot;b&quot;" class="wide" hidden id="phx-/)
    const { response } = (await join()) as { response: object }
    t.notOk('container' in response)
    client.close()
  }),
)

t.test('LV-005 params are decoded in each way that leads to a view', (t) =>
  withRuntime(async () => {
    const path = '/home/Wm9uZTozNzYxOA%3D%3D?foo=bar+15%26'
    const seen = JSON.stringify({ foo: 'bar 15&', id: 'Wm9uZTozNzYxOA==' })
    const escaped = seen.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    const { join, client, topic, url, page } = await open(path)
    t.ok(page.html.includes(escaped), 'over HTTP')
    t.match(await join(), { response: { rendered: { 1: escaped } } }, 'at the join')
    client.send('1', '2', topic, 'live_patch', { url: url('/home/x') })
    t.match((await client.next())[4], { response: { diff: { 1: '{&quot;id&quot;:&quot;x&quot;}' } } })
    client.send('1', '3', topic, 'live_patch', { url: url(path) })
    t.match((await client.next())[4], { response: { diff: { 1: escaped } } }, 'by a patch link')
    order = (socket) => pushPatch(socket, { to: '/home/x' })
    client.send('1', '4', topic, 'event', { type: 'click', event: 'obey', value: {} })
    await client.take(2)
    order = (socket) => pushPatch(socket, { to: path })
    client.send('1', '5', topic, 'event', { type: 'click', event: 'obey', value: {} })
    const [patch, answer] = await client.take(2)
    t.same(patch?.[4], { to: path, kind: 'push' })
    t.match(answer?.[4], { response: { diff: { 1: escaped } } }, 'by pushPatch')
    client.close()
  }),
)

t.test(
  'LV-024 a broadcast of disconnect to the live_socket_id of a session ends its connections and their views',
  (t) =>
    withRuntime(async () => {
      const { client, join, endpoint } = await open()
      const test = self()
      inMount = () => {
        const { signal } = self()
        signal.addEventListener('abort', () => send(test, { ended: signal.reason }))
      }
      await join()
      endpoint.broadcast('user:8', 'disconnect', {})
      await settle()
      t.equal(client.received.length, 1, 'of somebody else')
      endpoint.broadcast('user:7', 'disconnect', {})
      t.match(await client.closed, 1001)
      t.same(await assertReceive((message) => 'ended' in message), { ended: shutdown('disconnected') })
    }),
)

t.test('LV-068 what changed of a component comes before where it goes', (t) =>
  withRuntime(async () => {
    const goes: (readonly [Order, object])[] = [
      [(socket) => pushNavigate(socket, { to: '/x' }), { live_redirect: { to: '/x', kind: 'push' } }],
      [(socket) => redirect(socket, { to: '/x' }), { redirect: { to: '/x', status: 302 } }],
      [(socket) => redirect(socket, { external: 'https://a.b/' }), { redirect: { to: 'https://a.b/' } }],
    ]
    const { client, join, topic } = await open()
    for (const [go, response] of goes) {
      await join()
      order = (socket) => go(socket.assign({ n: 7 }))
      client.send('1', '2', topic, 'event', { type: 'click', event: 'obey', value: {}, cid: 1 })
      t.same(await client.take(3), [
        ['1', null, topic, 'diff', { c: { 1: { 0: '7' } } }],
        ['1', '2', topic, 'phx_reply', { status: 'ok', response }],
        ['1', '1', topic, 'phx_close', {}],
      ])
    }
    await join()
    order = (socket) => pushPatch(socket.assign({ n: 8 }), { to: '/home?a=1' })
    client.send('1', '2', topic, 'event', { type: 'click', event: 'obey', value: {}, cid: 1 })
    t.same(await client.take(3), [
      ['1', null, topic, 'diff', { c: { 1: { 0: '8' } } }],
      ['1', null, topic, 'live_patch', { to: '/home?a=1', kind: 'push' }],
      ['1', '2', topic, 'phx_reply', { status: 'ok', response: { diff: { 1: '{&quot;a&quot;:&quot;1&quot;}' } } }],
    ])
    client.close()
  }),
)

t.test('LV-090 a connected mount may go elsewhere: its join is answered with that, and leaves no process', (t) =>
  withRuntime(async () => {
    const { client, join } = await open()
    const test = self()
    const going = (go: (socket: LiveViewSocket) => unknown) => {
      inMount = (socket) => {
        const { signal } = self()
        signal.addEventListener('abort', () => send(test, 'gone'))
        go(socket)
      }
    }
    going((socket) => pushNavigate(pushEvent(socket, 'bye', { n: 1 }), { to: '/other', replace: true }))
    t.same(await join(), {
      status: 'error',
      response: { live_redirect: { to: '/other', kind: 'replace' }, events: [['bye', { n: 1 }]] },
    })
    going((socket) => redirect(socket, { to: '/other' }))
    t.same(await join(), { status: 'error', response: { redirect: { to: '/other', status: 302 }, events: [] } })
    going((socket) => redirect(putFlash(socket, 'info', 'x'), { external: 'https://example.com/' }))
    t.match(await join(), { status: 'error', response: { redirect: { to: 'https://example.com/', flash: String } } })
    for (let count = 0; count < 3; count++) await assertReceive((message) => message === 'gone')
    client.close()
  }),
)

t.test('LV-094 a patch is told before what it changed, by whichever callback', (t) =>
  withRuntime(async () => {
    const { client, join, topic } = await open()
    const test = self()
    inMount = () => void send(test, { view: self() })
    await join()
    const { view } = await assertReceive((message) => 'view' in message)
    order = (socket) => pushPatch(socket.assign({ n: 1 }), { to: '/home?a=1', replace: true })
    client.send('1', '2', topic, 'event', { type: 'click', event: 'obey', value: {} })
    const changed = (n: number) => `{&quot;a&quot;:&quot;${n}&quot;}`
    t.same(await client.take(2), [
      ['1', null, topic, 'live_patch', { to: '/home?a=1', kind: 'replace' }],
      ['1', '2', topic, 'phx_reply', { status: 'ok', response: { diff: { 0: '1', 1: changed(1) } } }],
    ])
    send(view, (socket: LiveViewSocket) => void pushPatch(socket, { to: '/home?a=2' }))
    t.same(await client.take(2), [
      ['1', null, topic, 'live_patch', { to: '/home?a=2', kind: 'push' }],
      ['1', null, topic, 'diff', { 1: changed(2) }],
    ])
    client.close()
  }),
)

t.test('LV-099 a live navigation with an outdated token is stale, so that the page is loaded', (t) =>
  withRuntime(async () => {
    const { client, join, page, url } = await open()
    const opened = Token.verify(SECRET, 'live view session', page.session, { maxAgeSeconds: 'infinity' })
    if (opened.type !== 'ok') throw new Error('the token could not be read')
    const signedAtSeconds = Date.now() / 1000 - 15 * 86_400
    const session = Token.sign(SECRET, 'live view session', opened.data, { signedAtSeconds })
    const stale = { status: 'error', response: { reason: 'stale' } }
    t.same(await join({ url: undefined, redirect: url('/dressed'), session }), stale)
    t.equal((await loadPage(Number(new URL(url('/')).port), '/dressed')).status, 200, 'and there it is')
    client.close()
  }),
)
