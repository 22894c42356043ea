import t from 'tap'
import { HttpError } from '../../src/endpoint/index.ts'
import { monitor, type Pid, self, send } from '../../src/index.ts'
import {
  html,
  LiveView,
  type LiveViewModule,
  liveRender,
  pushEvent,
  pushNavigate,
  pushPatch,
  putFlash,
  redirect,
} from '../../src/live-view/index.ts'
import { assertReceive, withRuntime } from '../../src/testing/index.ts'
import { Gate } from '../support/gate.ts'
import { startLive } from '../support/live-endpoint.ts'
import type { RawClient, RawFrame } from '../support/raw-client.ts'
import { childTokens, connectPage, joinPage, loadPage } from '../support/raw-page.ts'

// Views in views on the wire: who joins when, who is told what, and in which order.

// biome-ignore lint/suspicious/noExplicitAny: a test's socket is of any view
type Run = (socket: any) => unknown
const doAsTold = (run: Run, socket: unknown) => Promise.resolve(run(socket)).then(() => {})

/** The processes of connected views, by id. */
const pids = new Map<string, Pid>()
/** What a child's mount waits for, if anything. */
const gates = new Map<string, Gate>()
/** What a child's mount does, beside that. */
let inMount: Run = () => {}

const ChildLive = LiveView.define<{ n: number }>({
  module: 'wire.ChildLive',
  mount: async (_params, _session, socket) => {
    socket.assign({ n: 0 })
    if (!socket.connected) return
    pids.set(socket.id, self())
    inMount(socket)
    await gates.get(socket.id)?.opened
  },
  handleEvent: {
    go: (_value, socket) =>
      void pushNavigate(
        putFlash(
          socket.update('n', (n) => n + 1),
          'info',
          'gone',
        ),
        { to: '/other' },
      ),
  },
  handleInfo: doAsTold,
  render: ({ n }) => html`<i>${n}</i>`,
})

const HomeLive = LiveView.define<{ ids: readonly string[]; at: string; n: number }>({
  module: 'wire.HomeLive',
  mount: (_params, _session, socket) => {
    socket.assign({ ids: ['a', 'b'], n: 0 })
    if (socket.connected) pids.set('home', self())
  },
  handleParams: ({ at }, _uri, socket) => socket.assign({ at: String(at ?? 'start') }),
  handleInfo: doAsTold,
  render: ({ ids, at, n }) =>
    html`<p>${at}${n}</p>${ids.map((id) => liveRender(id === 's' ? StickyLive : ChildLive, { id, sticky: id === 's' }))}`,
})

const StickyLive = LiveView.define<{ n: number }>({
  module: 'wire.StickyLive',
  layout: ({ innerContent }) => html`<main>${innerContent}</main>`,
  mount: (_params, _session, socket) => {
    socket.assign({ n: 0 })
    if (socket.connected) pids.set('s', self())
  },
  handleInfo: doAsTold,
  render: ({ n }) => html`<u>${n}</u>`,
})

interface Page {
  readonly client: RawClient
  readonly id: string
  readonly tokens: Map<string, string>
  readonly rendered: unknown
  join(id: string, over?: object): void
  joined(id: string, over?: object): Promise<RawFrame>
  port: number
}

async function open(home: LiveViewModule = HomeLive): Promise<Page> {
  pids.clear()
  gates.clear()
  inMount = () => {}
  const { port } = await startLive((route) => {
    route.live('/', home)
    route.live('/other', ChildLive)
  })
  const page = await loadPage(port, '/')
  const client = await connectPage(port, page)
  const answer = (await joinPage(client, page, `http://127.0.0.1:${port}/`)) as { response: { rendered: unknown } }
  const tokens = childTokens(answer.response.rendered)
  const join = (id: string, over: object = {}) =>
    client.send(`j${id}`, `j${id}`, `lv:${id}`, 'phx_join', {
      params: { _mounts: 0 },
      session: tokens.get(id),
      static: null,
      sticky: id === 's',
      ...over,
    })
  const joined = async (id: string, over?: object) => {
    join(id, over)
    return await client.next()
  }
  return {
    client,
    id: page.id,
    tokens,
    rendered: answer.response.rendered,
    join,
    joined,
    port,
  }
}

const pidOf = (id: string) => pids.get(id) as Pid
const responseOf = ([, , , , payload]: RawFrame) => payload

t.test('LV-133 the container of a connected child is text, with its token, and stays the same text', (t) =>
  withRuntime(async () => {
    const { client, id, rendered, tokens } = await open()
    t.match(
      JSON.stringify(rendered),
      /<div id=\\"a\\" data-phx-session=\\"[\w.-]+\\" data-phx-static=\\"\\" data-phx-parent-id=\\"phx-[\w-]+\\"><\/div>/,
    )
    t.same([...tokens.keys()], ['a', 'b'])
    send(pidOf('home'), (socket: { assign(update: object): void }) => socket.assign({ n: 1, ids: ['a', 'b'] }))
    t.same(await client.next(), ['1', null, `lv:${id}`, 'diff', { 1: '1' }], 'no container among what changed')
    client.close()
  }),
)

t.test('LV-023 a child that is slow to mount keeps nobody waiting', (t) =>
  withRuntime(async () => {
    const { client, id, join, joined } = await open()
    const gate = new Gate()
    gates.set('a', gate)
    join('a')
    const second = await joined('b')
    t.same([second[2], (second[4] as { status: string }).status], ['lv:b', 'ok'])
    client.send('1', '9', `lv:${id}`, 'cids_will_destroy', { cids: [] })
    t.same((await client.next())[1], '9', 'its parent goes on, too')
    gate.open()
    t.equal((await client.next())[2], 'lv:a')
    client.close()
  }),
)

t.test('LV-135 a child that crashes says so on its own topic, and joins again', (t) =>
  withRuntime(async () => {
    const { client, joined } = await open()
    await joined('a')
    send(pidOf('a'), () => {
      throw new Error('as asked')
    })
    t.same(await client.next(), ['ja', 'ja', 'lv:a', 'phx_error', { reason: 'channel_crash' }])
    t.match(responseOf(await joined('a', { params: { _mounts: 1 } })), { status: 'ok' }, 'with the token that it has')
    t.ok(pidOf('home').receiver !== undefined)
    client.close()
  }),
)

t.test('LV-135 children end with their parent, and say nothing: the page leaves them by itself', (t) =>
  withRuntime(async () => {
    const { client, id, joined } = await open()
    await joined('a')
    const ref = monitor(pidOf('a'))
    send(pidOf('home'), () => {
      throw new Error('as asked')
    })
    const down = (await assertReceive({ type: 'down', ref })) as { reason: unknown }
    t.same(down.reason, { type: 'shutdown', detail: 'parent_exited' })
    t.same(await client.next(), ['1', '1', `lv:${id}`, 'phx_error', { reason: 'channel_crash' }])
    client.send('ja', '5', 'lv:a', 'phx_leave', {})
    t.same(await client.next(), ['ja', '5', 'lv:a', 'phx_reply', { status: 'ok', response: {} }])
    t.same(responseOf(await joined('a')), { status: 'error', response: { reason: 'stale' } }, 'its parent is gone')
    client.close()
  }),
)

t.test('LV-135 a child that was busy when its parent ended and the page left it answers that, once', (t) =>
  withRuntime(async () => {
    const { client, joined } = await open()
    await joined('a')
    const gate = new Gate()
    send(pidOf('a'), () => gate.opened)
    const ref = monitor(pidOf('a'))
    send(pidOf('home'), () => {
      throw new Error('as asked')
    })
    t.equal((await client.next())[3], 'phx_error')
    client.send('ja', '5', 'lv:a', 'phx_leave', {})
    t.same(await client.rest(), [])
    gate.open()
    await assertReceive({ type: 'down', ref })
    t.same(await client.rest(), [['ja', '5', 'lv:a', 'phx_reply', { status: 'ok', response: {} }]])
    client.close()
  }),
)

t.test('LV-135 a child that joins while its parent goes elsewhere is told so', (t) =>
  withRuntime(async () => {
    const { client, join, joined } = await open()
    const gate = new Gate()
    send(pidOf('home'), async (socket: never) => {
      await gate.opened
      pushNavigate(socket, { to: '/other' })
    })
    join('a')
    t.same(await client.rest(), [], 'it waits for its parent')
    gate.open()
    const frames = await client.take(3)
    t.same(frames.filter(([, , topic]) => topic === 'lv:a').map(responseOf), [
      { status: 'error', response: { reason: 'parent_redirect' } },
    ])
    t.same(
      frames.filter(([, , topic]) => topic !== 'lv:a').map(([, , , event]) => event),
      ['live_redirect', 'phx_close'],
    )
    t.same(responseOf(await joined('b')), { status: 'error', response: { reason: 'parent_redirect' } }, 'later, too')
    client.close()
  }),
)

t.test('LV-135 a child whose parent crashes while it is asked may join again', (t) =>
  withRuntime(async () => {
    const { client, join } = await open()
    const gate = new Gate()
    send(pidOf('home'), async () => {
      await gate.opened
      throw new Error('as asked')
    })
    join('a')
    t.same(await client.rest(), [])
    gate.open()
    const frames = await client.take(2)
    t.same(frames.filter(([, , topic]) => topic === 'lv:a').map(responseOf), [
      { status: 'error', response: { reason: 'join crashed' } },
    ])
    client.close()
  }),
)

t.test('a token of a child is of one connection', (t) =>
  withRuntime(async () => {
    const { client, port, tokens } = await open()
    const page = await loadPage(port, '/')
    const other = await connectPage(port, page)
    const [, , , , answer] = await other.join('lv:a', '1', { params: {}, session: tokens.get('a'), static: null })
    t.same(answer, { status: 'error', response: { reason: 'stale' } })
    client.close()
    other.close()
  }),
)

t.test('a child that fails to mount is answered as any view is', (t) =>
  withRuntime(async () => {
    const { client, joined } = await open()
    inMount = () => {
      throw new HttpError(404, 'not here')
    }
    t.match(responseOf(await joined('a')), {
      status: 'error',
      response: { reason: 'reload', status: 404, token: String },
    })
    inMount = () => {
      throw new Error('as asked')
    }
    t.same(responseOf(await joined('a')), { status: 'error', response: { reason: 'join crashed' } })
    inMount = () => {}
    t.match(responseOf(await joined('b')), { status: 'ok' })
    client.close()
  }),
)

t.test('LV-090 a child may go elsewhere in its mount: its join is answered with that', (t) =>
  withRuntime(async () => {
    const { client, joined } = await open()
    inMount = (socket) => pushNavigate(pushEvent(socket, 'bye', { n: 1 }), { to: '/other', replace: true })
    t.same(responseOf(await joined('a')), {
      status: 'error',
      response: { live_redirect: { to: '/other', kind: 'replace' }, events: [['bye', { n: 1 }]] },
    })
    inMount = (socket) => redirect(socket, { to: '/other' })
    t.same(responseOf(await joined('a')), {
      status: 'error',
      response: { redirect: { to: '/other', status: 302 }, events: [] },
    })
    inMount = (socket) => redirect(socket, { external: 'https://example.com/' })
    t.same(responseOf(await joined('a')), {
      status: 'error',
      response: { redirect: { to: 'https://example.com/' }, events: [] },
    })
    client.close()
  }),
)

t.test('LV-091 a child cannot patch in its mount', (t) =>
  withRuntime(async () => {
    const { client, joined } = await open()
    inMount = (socket) => pushPatch(socket, { to: '/?at=there' })
    t.same(responseOf(await joined('a')), { status: 'error', response: { reason: 'join crashed' } })
    client.close()
  }),
)

const goes: Readonly<Record<string, [go: Run, event: string, payload: object]>> = {
  pushNavigate: [(socket) => pushNavigate(socket, { to: '/other' }), 'live_redirect', { to: '/other', kind: 'push' }],
  redirect: [(socket) => redirect(socket, { to: '/other' }), 'redirect', { to: '/other', status: 302 }],
  'an external redirect': [
    (socket) => redirect(socket, { external: 'https://example.com/' }),
    'redirect',
    { to: 'https://example.com/' },
  ],
}
for (const [name, [go, event, payload]] of Object.entries(goes)) {
  t.test(`LV-103 where a child goes is said on its own topic: ${name}`, (t) =>
    withRuntime(async () => {
      const { client, joined } = await open()
      await joined('a')
      send(pidOf('a'), go)
      t.same(await client.take(2), [
        ['ja', null, 'lv:a', event, payload],
        ['ja', 'ja', 'lv:a', 'phx_close', {}],
      ])
      client.close()
    }),
  )
}

t.test('LV-103 an event of a child is answered with where it goes', (t) =>
  withRuntime(async () => {
    const { client, joined } = await open()
    await joined('a')
    client.send('ja', '7', 'lv:a', 'event', { type: 'click', event: 'go', value: {} })
    const response = { live_redirect: { to: '/other', flash: String } }
    t.match(await client.next(), ['ja', '7', 'lv:a', 'phx_reply', { response }])
    client.close()
  }),
)

t.test('LV-103 a patch of a child is done by the root; what changed of the child is told as ever', (t) =>
  withRuntime(async () => {
    const { client, id, joined } = await open()
    await joined('a')
    send(
      pidOf('a'),
      (socket: never) =>
        void pushPatch((socket as { assign(a: object): never }).assign({ n: 5 }), { to: '/?at=there' }),
    )
    t.same(await client.take(3), [
      ['ja', null, 'lv:a', 'diff', { 0: '5' }],
      ['1', null, `lv:${id}`, 'live_patch', { to: '/?at=there', kind: 'push' }],
      ['1', null, `lv:${id}`, 'diff', { 0: 'there' }],
    ])
    client.close()
  }),
)

t.test('LV-073 what root and child tell the page as they are mounted comes with their joins', (t) =>
  withRuntime(async () => {
    const Telling = LiveView.define({
      module: 'wire.Telling',
      mount: (_params, _session, socket) => void pushEvent(socket, 'root', { n: 1 }),
      render: () => html`${liveRender(ChildLive, { id: 'a' })}`,
    })
    const { client, rendered, joined } = await open(Telling)
    t.match(rendered, { e: [['root', { n: 1 }]] })
    inMount = (socket) => pushEvent(socket, 'child', { n: 2 })
    t.match(responseOf(await joined('a')), { response: { rendered: { e: [['child', { n: 2 }]] } } })
    client.close()
  }),
)

t.test('LV-136 a sticky view has its own root and no layout, and goes on when it has sent the page elsewhere', (t) =>
  withRuntime(async () => {
    const Around = LiveView.define({
      module: 'wire.Around',
      render: () => html`${liveRender(StickyLive, { id: 's', sticky: true })}`,
    })
    const { client, rendered, joined } = await open(Around)
    t.match(
      JSON.stringify(rendered),
      /<div id=\\"s\\" data-phx-session=\\"[\w.-]+\\" data-phx-static=\\"\\" data-phx-sticky>/,
    )
    t.match(responseOf(await joined('s')), { response: { rendered: { s: ['<u>', '</u>'] } } })
    let kin: unknown
    send(pidOf('s'), (socket: { parentPid: Pid; rootPid: Pid; assign(a: object): never }) => {
      kin = [socket.parentPid, socket.rootPid]
      pushNavigate(socket.assign({ n: 1 }), { to: '/other' })
    })
    t.same(await client.take(2), [
      ['js', null, 'lv:s', 'live_redirect', { to: '/other', kind: 'push' }],
      ['js', null, 'lv:s', 'diff', { 0: '1' }],
    ])
    t.same(kin, [undefined, pidOf('s')])
    send(pidOf('s'), (socket: { assign(a: object): void }) => socket.assign({ n: 2 }))
    t.same(await client.next(), ['js', null, 'lv:s', 'diff', { 0: '2' }], 'it lives')
    const ref = monitor(pidOf('s'))
    send(pidOf('s'), (socket: never) => void redirect(socket, { to: '/other' }))
    await assertReceive({ type: 'down', ref })
    client.close()
  }),
)
