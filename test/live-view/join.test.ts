import t from 'tap'
import { HttpError, Token } from '../../src/endpoint/index.ts'
import type { Pid } from '../../src/index.ts'
import { monitor, receive, self, send } from '../../src/index.ts'
import { html, LiveView, type LiveViewSocket } from '../../src/live-view/index.ts'
import { assertReceive, settle, withRuntime } from '../../src/testing/index.ts'
import { Gate } from '../support/gate.ts'
import { SECRET, startLive } from '../support/live-endpoint.ts'
import { connectPage, joinPage, loadPage, type RawPage } from '../support/raw-page.ts'

/** The views that were mounted with a connection, and how they ended. */
const pids: Pid[] = []
const ends: unknown[] = []

const OneLive = LiveView.define({
  module: 'OneLive',
  mount: ({ fail }, _session, socket: LiveViewSocket<{ n: number }>) => {
    socket.assign({ n: 0 })
    if (!socket.connected) return
    pids.push(self())
    if (fail === '404') throw new HttpError(404, 'not here any more')
    if (fail === '500') throw new Error('crashed on demand')
  },
  handleEvent: { inc: (_value, socket) => socket.update('n', (n) => n + 1) },
  terminate: (reason) => void ends.push(reason),
  render: ({ n }) => html`<p>${n}</p>`,
})
const OtherLive = LiveView.define({ module: 'OtherLive', render: () => html`<p>other</p>` })

async function world() {
  pids.length = 0
  ends.length = 0
  const { port, endpoint } = await startLive((route) => {
    route.live('/one', OneLive)
    route.live('/other', OtherLive)
    route.live('/one/again', OneLive)
    route.liveSession('admin', {}, (r) => r.live('/admin', OneLive))
    route.get('/plain', () => new Response('plain'))
  })
  const url = (path: string) => `http://127.0.0.1:${port}${path}`
  return { port, endpoint, url }
}

const STALE = { status: 'error', response: { reason: 'stale' } }
const UNAUTHORIZED = { status: 'error', response: { reason: 'unauthorized' } }

t.test('LV-017 with the tokens of the page the whole tree comes', (t) =>
  withRuntime(async () => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one')
    t.equal(page.status, 200)
    const client = await connectPage(port, page)
    t.same(await joinPage(client, page, url('/one')), {
      status: 'ok',
      response: { rendered: { s: ['<p>', '</p>'], 0: '0' }, liveview_version: '1.2.12' },
    })
    client.send('1', '2', `lv:${page.id}`, 'event', { type: 'click', event: 'inc', value: {} })
    t.same(await client.next(), [
      '1',
      '2',
      `lv:${page.id}`,
      'phx_reply',
      { status: 'ok', response: { diff: { 0: '1' } } },
    ])
    t.match(JSON.stringify(client.received.at(-1)), /"status":"ok","response"/, 'LV-020: the status comes first')
    client.close()
  }),
)

t.test('LV-018 a token that is not the one of this page is stale, and nothing is mounted', (t) =>
  withRuntime(async () => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one')
    const other = await loadPage(port, '/one', page.cookie)
    const data = (token: string) => {
      const opened = Token.verify(SECRET, 'live view session', token, { maxAgeSeconds: 'infinity' })
      return opened.type === 'ok' ? (opened.data as [number, object]) : t.fail('the token could not be read')
    }
    const [version, said] = data(page.session) as [number, never]
    const sign = (...args: [string, never, object?]) => Token.sign(args[0], 'live view session', args[1], args[2])
    const old = Date.now() / 1000 - 15 * 86_400
    const stale: Record<string, Partial<RawPage>> = {
      garbage: { session: 'garbage' },
      'another secret': { session: sign(SECRET.toUpperCase(), [version, said] as never) },
      'another version': { session: sign(SECRET, [version + 1, said] as never) },
      'older than two weeks': { session: sign(SECRET, [version, said] as never, { signedAtSeconds: old }) },
      'of another page': { session: other.session },
      'a static token of another page': { static: other.static },
      'a static token that is none': { static: 'garbage' },
    }
    for (const [name, over] of Object.entries(stale)) {
      const client = await connectPage(port, page)
      t.same(await joinPage(client, { ...page, ...over }, url('/one')), STALE, name)
      client.close()
    }
    const client = await connectPage(port, { ...page, csrfToken: 'none' })
    t.same(await joinPage(client, page, url('/one')), STALE, 'without a session')
    client.close()
    t.same(pids, [])
    const fine = await connectPage(port, page)
    t.match(await joinPage(fine, page, url('/one'), { static: null }), { status: 'ok' }, 'without a static token')
    fine.close()
  }),
)

t.test('LV-019 a page is joined as what it was made for', (t) =>
  withRuntime(async () => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one')
    for (const path of ['/other', '/admin', '/plain', '/nowhere']) {
      const client = await connectPage(port, page)
      t.same(await joinPage(client, page, url(path)), UNAUTHORIZED, path)
      client.close()
    }
    for (const address of [undefined, 'nonsense', 'ftp://127.0.0.1/one', `http://${'a'.repeat(300)}/one`]) {
      const client = await connectPage(port, page)
      t.same(await joinPage(client, page, address), UNAUTHORIZED, String(address))
      client.close()
    }
    const client = await connectPage(port, page)
    t.match(await joinPage(client, page, url('/one/again?x=1')), { status: 'ok' }, 'at another address of the view')
    client.close()
  }),
)

t.test('LV-099 a page goes to another view of its live session, and to no other', (t) =>
  withRuntime(async () => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one')
    const join = async (path: string) => {
      const client = await connectPage(port, page)
      const answer = await joinPage(client, page, undefined, { redirect: url(path) })
      client.close()
      return answer
    }
    t.match(await join('/other'), {
      status: 'ok',
      response: { container: ['div', {}], rendered: { s: ['<p>other</p>'] } },
    })
    for (const path of ['/admin', '/plain', '/nowhere']) t.same(await join(path), UNAUTHORIZED, path)
  }),
)

t.test('LV-021 a mount that fails with 404 when it is connected has the page loaded anew, which is 404 then', (t) =>
  withRuntime(async ({ reports }) => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one?fail=404')
    const client = await connectPage(port, page)
    const answer = (await joinPage(client, page, url('/one?fail=404'))) as { response: { token: string } }
    t.match(answer, { status: 'error', response: { reason: 'reload', status: 404 } })
    client.close()
    await settle()
    t.same(
      reports.filter(({ type }) => type === 'crash'),
      [],
      'no crash',
    )
    const load = (token: string) =>
      fetch(url('/one'), { headers: { cookie: `__phoenix_reload_status__=${token}; ${page.cookie}` } })
    const loaded = await load(answer.response.token)
    t.equal(loaded.status, 404)
    t.match(loaded.headers.getSetCookie(), [/^__phoenix_reload_status__=; Max-Age=0/])
    t.equal((await load('garbage')).status, 500)
  }),
)

t.test('LV-022 a mount that fails otherwise is a crash of this view alone', (t) =>
  withRuntime(async ({ reports }) => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one?fail=500')
    const other = await loadPage(port, '/one', page.cookie)
    const client = await connectPage(port, page)
    t.same(await joinPage(client, page, url('/one?fail=500')), {
      status: 'error',
      response: { reason: 'join crashed' },
    })
    t.match(await joinPage(client, other, url('/one')), { status: 'ok' })
    await settle()
    t.match(
      reports.find(({ type }) => type === 'serverTerminate'),
      { behaviour: 'LiveView', module: 'OneLive', reason: { error: { message: 'crashed on demand' } } },
    )
    t.equal(pids[0]?.signal.aborted, true, 'no process is left')
    client.close()
  }),
)

t.test('LV-024 a view ends with its page, and says goodbye when it is left', (t) =>
  withRuntime(async () => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one')
    const client = await connectPage(port, page)
    await joinPage(client, page, url('/one'))
    client.send('1', '2', `lv:${page.id}`, 'phx_leave', {})
    t.same(await client.take(2), [
      ['1', '1', `lv:${page.id}`, 'phx_close', {}],
      ['1', '2', `lv:${page.id}`, 'phx_reply', { status: 'ok', response: {} }],
    ])
    await joinPage(client, page, url('/one'))
    client.close()
    await client.closed
    await settle()
    t.same(ends, [
      { type: 'shutdown', detail: 'left' },
      { type: 'shutdown', detail: 'closed' },
    ])
  }),
)

t.test('LV-024 one whose connection ends while it is mounted looks at no message any more', (t) =>
  withRuntime(async ({ reports }) => {
    const test = self()
    const gate = new Gate()
    const seen: unknown[] = []
    const SlowLive = LiveView.define({
      module: 'SlowLive',
      mount: async (_params, _session, socket: LiveViewSocket<{ n: number }>) => {
        socket.assign({ n: 0 })
        if (!socket.connected) return
        send(self(), 'of the mount')
        send(test, { view: self(), transport: socket.transportPid })
        await gate.opened
      },
      handleInfo: (message, socket) => {
        seen.push(message)
        socket.update('n', (n) => n + 1)
      },
      render: ({ n }) => html`<p>${n}</p>`,
    })
    const { port } = await startLive((route) => route.live('/slow', SlowLive))
    const page = await loadPage(port, '/slow')
    const client = await connectPage(port, page)
    joinPage(client, page, `http://127.0.0.1:${port}/slow`).catch(() => {})
    const { view, transport } = (await receive()) as { view: Pid; transport: Pid }
    const [ofTransport, ofView] = [monitor(transport), monitor(view)]
    client.close()
    await assertReceive({ type: 'down', ref: ofTransport })
    gate.open()
    const { reason } = (await assertReceive({ type: 'down', ref: ofView })) as { reason: unknown }
    t.same(reason, { type: 'shutdown', detail: 'closed' })
    t.same(seen, [])
    t.notOk(reports.some(({ level }) => level === 'error'))
  }),
)

t.test('LV-156 what no page would say is answered with an error, and the view goes on', (t) =>
  withRuntime(async () => {
    const { port, url } = await world()
    const page = await loadPage(port, '/one')
    const client = await connectPage(port, page)
    await joinPage(client, page, url('/one'))
    const bad: [string, unknown][] = [
      ['event', 'text'],
      ['event', {}],
      ['event', { event: 5 }],
      ['event', { event: 'inc', cid: 'x' }],
      ['event', { event: 'inc', type: 'form', value: { a: 1 } }],
      ['event', { event: 'inc', type: 'form', value: 'a=%zz' }],
      ['live_patch', {}],
      ['cids_will_destroy', { cids: 'all' }],
      ['cids_destroyed', { cids: [1.5] }],
    ]
    for (const [event, payload] of bad) {
      client.send('1', '2', `lv:${page.id}`, event, payload)
      t.match(
        await client.next(),
        [String, String, String, 'phx_reply', { status: 'error', response: { reason: 'bad request' } }],
        event,
      )
    }
    client.send('1', '2', `lv:${page.id}`, 'event', { type: 'click', event: 'inc', value: null, cid: 99 })
    t.match(
      await client.next(),
      [String, String, String, 'phx_reply', { status: 'ok', response: {} }],
      'LV-062: a component that is gone',
    )
    client.send('1', '3', `lv:${page.id}`, 'event', { type: 'click', event: 'inc', value: null })
    t.match(await client.next(), [String, String, String, 'phx_reply', { response: { diff: { 0: '1' } } }])
    for (const [event, payload] of [
      ['nonsense', {}],
      ['event', { event: 'lv:nonsense', value: {} }],
      ['event', { event: 'unknown', value: {} }],
    ] as const) {
      client.send('1', '4', `lv:${page.id}`, event, payload)
      t.match(
        await client.next(),
        [String, String, String, 'phx_error', { reason: 'channel_crash' }],
        `LV-026: ${event}`,
      )
      await joinPage(client, page, url('/one'))
    }
    client.close()
  }),
)
