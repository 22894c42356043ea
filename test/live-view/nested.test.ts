import t from 'tap'
import { csrf, type Plug, Router, session } from '../../src/endpoint/index.ts'
import { GenServer, monitor, type Pid, self, send } from '../../src/index.ts'
import {
  csrfMetaTag,
  each,
  html,
  LiveComponent,
  type LiveLayout,
  type LiveStream,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  liveRender,
  mounted,
  pushNavigate,
  pushPatch,
  putFlash,
  type RootLayout,
  redirect,
  renderPage,
  reply,
  rootLayout,
  stream,
  streamConfigure,
  streamInsert,
} from '../../src/live-view/index.ts'
import { assertReceive, LiveViewTest, type LiveVisitor, type TestView, withRuntime } from '../../src/testing/index.ts'
import { SECRET, SESSION } from '../support/live-endpoint.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test's socket is of any view
type Run = (socket: any) => unknown

/** A view that does what it is told. */
const runs = { handleInfo: (run: Run, socket: unknown) => void run(socket) }

const ClockLive = LiveView.define<{ zone: string; hour: number; connected: boolean }>({
  module: 'nested.ClockLive',
  container: ['section', { class: 'clock' }],
  mount: (_params, { zone = 'UTC' }, socket) => {
    socket.assign({ zone, hour: 12, connected: socket.connected })
  },
  handleEvent: {
    later: (_value, socket) => socket.update('hour', (hour) => hour + 1),
    crash: () => {
      throw new Error('as asked')
    },
  },
  ...runs,
  render: ({ zone, hour, connected }) =>
    html`<p>${zone} ${hour}:00 ${connected ? 'connected' : 'alone'}</p><button id=${`later-${zone}`} phx-click="later">+</button>`,
})

interface Home {
  zones: readonly string[]
  n: number
  at: unknown
}

const HomeLive = LiveView.define<Home>({
  module: 'nested.HomeLive',
  mount: (_params, _session, socket) => socket.assign({ zones: ['Oslo', 'Rome'], n: 0 }),
  handleParams: (params, _uri, socket) => socket.assign({ at: params['at'] ?? 'start' }),
  ...runs,
  render: ({ zones, n, at }) =>
    html`<h1 class=${`n${n}`}>${n} at ${at}</h1><ul>${each(
      zones,
      (zone) => zone,
      (zone) => html`<li>${liveRender(ClockLive, { id: `clock-${zone}`, session: { zone } })}</li>`,
    )}</ul>`,
})

function visitor(views: Readonly<Record<string, LiveViewModule>>): LiveVisitor {
  const router = Router.define((route) =>
    route.scope('/', { pipe: [session(SESSION)] }, (r) => {
      for (const [path, view] of Object.entries(views)) r.live(path, view)
    }),
  )
  return LiveViewTest.visit({ router, secretKeyBase: SECRET, session: SESSION })
}

async function tell(view: TestView, run: Run): Promise<string> {
  send(view.pid, run)
  return await view.render()
}

async function ended(pid: Pid, act: () => unknown): Promise<unknown> {
  const ref = monitor(pid)
  await act()
  return ((await assertReceive({ type: 'down', ref })) as { reason: unknown }).reason
}

t.test('LV-133 over HTTP a view stands in the page of another one, with a static token and no session', (t) =>
  withRuntime(async () => {
    const page = await (await visitor({ '/': HomeLive }).get('/')).text()
    const main = /id="(phx-[\w-]+)"/.exec(page)?.[1]
    t.match(page, /<h1 class="n0">0 at start<\/h1>/)
    const child = new RegExp(
      `<li><section class="clock" id="clock-Oslo" data-phx-session="" data-phx-static="[\\w.-]+" data-phx-parent-id="${main}"><p>Oslo 12:00 alone</p>`,
    )
    t.match(page, child)
  }),
)

t.test('LV-133 connected, each view joins on its own topic and has its own process', (t) =>
  withRuntime(async () => {
    const home = await visitor({ '/': HomeLive }).live('/')
    const [oslo, rome] = await home.liveChildren()
    t.match(await home.render(), /Oslo 12:00 connected.*Rome 12:00 connected/)
    t.same([oslo?.id, rome?.id, new Set([home.pid, oslo?.pid, rome?.pid]).size], ['clock-Oslo', 'clock-Rome', 3])
    await (await home.findLiveChild('clock-Rome')).element('#later-Rome').renderClick()
    t.match(await home.render(), /Oslo 12:00 connected.*Rome 13:00 connected/)
    t.match(await tell(home, (socket) => socket.assign({ n: 5 })), /<h1 class="n5">5 at start<\/h1>.*Rome 13:00/)
    await t.rejects(home.findLiveChild('clock-Paris'), {
      message: /no live child clock-Paris. It has clock-Oslo, clock-Rome/,
    })
  }),
)

t.test('LV-133 two views of one id are a mistake that tests find', (t) =>
  withRuntime(async () => {
    const home = await visitor({ '/': HomeLive }).live('/')
    const twice = LiveView.define({
      module: 'nested.Twice',
      render: () => html`${liveRender(ClockLive, { id: 'a' })}${liveRender(ClockLive, { id: 'a' })}`,
    })
    t.ok(await home.render())
    const view = await visitor({ '/': twice }).live('/')
    await t.rejects(view.render(), { message: /two elements of the page have the id a/ })
  }),
)

t.test('LV-134 a view stays, however the one around it renders, until it is taken away', (t) =>
  withRuntime(async () => {
    const home = await visitor({ '/': HomeLive }).live('/')
    const rome = await home.findLiveChild('clock-Rome')
    const oslo = await home.findLiveChild('clock-Oslo')
    const { pid } = rome
    await rome.renderClick('later')
    await tell(home, (socket) => socket.assign({ zones: ['Rome', 'Bonn', 'Oslo'], n: 1 }))
    t.match(await home.render(), /Rome 13:00 connected.*Bonn 12:00 connected.*Oslo 12:00/)
    t.equal((await home.findLiveChild('clock-Rome')).pid, pid)
    t.same(await ended(oslo.pid, () => tell(home, (socket) => socket.assign({ zones: ['Rome'] }))), {
      type: 'shutdown',
      detail: 'left',
    })
    t.same(
      (await home.liveChildren()).map(({ id }) => id),
      ['clock-Rome'],
    )
    await tell(home, (socket) => socket.assign({ zones: ['Rome', 'Oslo'] }))
    t.match(await home.render(), /Rome 13:00 connected.*Oslo 12:00 connected/, 'added later, it joins')
  }),
)

t.test('LV-134 other attributes of the element reach the page, and the view stays', (t) =>
  withRuntime(async () => {
    const Around = LiveView.define<{ kind: string; zone: string }>({
      module: 'nested.Around',
      mount: (_params, _session, socket) => socket.assign({ kind: 'a', zone: 'Oslo' }),
      ...runs,
      render: ({ kind, zone }) =>
        html`${liveRender(ClockLive, { id: 'c', session: { zone }, container: ['div', { class: kind }] })}`,
    })
    const view = await visitor({ '/': Around }).live('/')
    const { pid } = await view.findLiveChild('c')
    const token = () => /data-phx-session="([^"]+)"/.exec(view.html())?.[1]
    const before = token()
    t.match(await tell(view, (socket) => socket.assign({ kind: 'b' })), /<div class="b" id="c"/)
    t.equal(token(), before, 'the same token')
    await tell(view, (socket) => socket.assign({ zone: 'Rome' }))
    t.not(token(), before, 'for another session another one, for when it is joined again')
    t.equal((await view.findLiveChild('c')).pid, pid)
    t.match(view.html(), /Oslo 12:00 connected/)
  }),
)

t.test('a view in another one is given an id, and what it may be given', (t) =>
  withRuntime(async () => {
    const options = [
      { id: 'a b' },
      { id: '' },
      { session: [] },
      { session: () => ({}) },
      { container: 'p' },
      { sticky: 1 },
      { x: 1 },
      5,
    ]
    for (const wrong of options) t.throws(() => liveRender(ClockLive, wrong as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => liveRender({} as never), { message: /a live view \(LiveView\.define\)/ })
    const Nameless = LiveView.define({ module: 'nested.Nameless', render: () => html`${liveRender(ClockLive)}` })
    const response = await visitor({ '/': Nameless }).get('/')
    t.equal(response.status, 500)
  }),
)

// ── What a child is given ──

t.test('LV-008 a layout of the view or of its live session is not for children; one that mount says is', (t) =>
  withRuntime(async () => {
    const named =
      (name: string): LiveLayout =>
      ({ innerContent }) =>
        html`<b id=${name}>${innerContent}</b>`
    const child = (name: string, ofMount: boolean) =>
      LiveView.define({
        module: `nested.layout.${name}`,
        layout: named(`${name}-own`),
        mount: () => (ofMount ? mounted({ layout: named(`${name}-mount`) }) : undefined),
        render: () => html`<i>${name}</i>`,
      })
    const [Plain, Dressed, Sticky] = [child('plain', false), child('dressed', true), child('sticky', false)]
    const Home = LiveView.define({
      render: () =>
        html`${liveRender(Plain, { id: 'p' })}${liveRender(Dressed, { id: 'd' })}${liveRender(Sticky, { id: 's', sticky: true })}`,
    })
    const router = Router.define((route) =>
      route.liveSession('s', { layout: named('session') }, (r) => r.live('/', Home)),
    )
    const visit = LiveViewTest.visit({ router, secretKeyBase: SECRET })
    const layouts = (page: string) => [...page.matchAll(/<b id="([^"]*)"/g)].map(([, name]) => name)
    t.same(layouts(await (await visit.get('/')).text()), ['session', 'dressed-mount'])
    t.same(layouts(await (await visit.live('/')).render()), ['session', 'dressed-mount'])
  }),
)

t.test('LV-014 a child finds what its parent assigned, over HTTP and when the page is connected', (t) =>
  withRuntime(async () => {
    const Child = LiveView.define<{ user: string; id: string; greeting: string; streams: unknown }>({
      module: 'nested.Heir',
      mount: (_params, { name }, socket) => {
        socket.assign({ id: name })
        socket.assignNew('user', () => 'of the child')
        socket.assignNew('greeting', ({ user }) => `hello ${user}`)
      },
      render: ({ id, user, greeting, streams }) =>
        html`<p id=${id}>${user}, ${greeting}, ${Object.keys(streams as object).length}</p>`,
    })
    const Parent = LiveView.define<{ user: string; more: boolean }>({
      module: 'nested.Testator',
      mount: (_params, _session, socket) => {
        socket.assignNew('user', () => 'of the parent')
        stream(socket.assign({ more: false }), 'rows', [])
      },
      ...runs,
      render: ({ more }) =>
        html`${liveRender(Child, { id: 'one', session: { name: 'first' } })}${more && liveRender(Child, { id: 'two', session: { name: 'second' } })}`,
    })
    const signIn: Plug = (_request, conn, next) => {
      conn.assign({ user: 'of the request' })
      return next()
    }
    const router = Router.define((route) => route.scope('/', { pipe: [signIn] }, (r) => r.live('/', Parent)))
    const visit = LiveViewTest.visit({ router, secretKeyBase: SECRET })
    t.match(await (await visit.get('/')).text(), '<p id="first">of the request, hello of the request, 0</p>')
    const view = await visit.live('/')
    t.match(await view.render(), '<p id="first">of the parent, hello of the parent, 0</p>')
    const later = await tell(view, (socket) => socket.assign({ more: true }))
    t.match(later, '<p id="second">of the child, hello of the child, 0</p>', 'nothing was shared over HTTP')
  }),
)

t.test('LV-015 a child knows its parent and its root, and nothing of the address', (t) =>
  withRuntime(async () => {
    const seen: Record<string, unknown> = {}
    const note = (name: string) => (params: unknown, _session: unknown, socket: LiveViewSocket) => {
      if (!socket.connected) seen[`${name} over HTTP`] = [socket.parentPid, socket.rootPid, socket.isChild]
      else
        seen[name] = {
          params,
          pid: self(),
          parent: socket.parentPid,
          root: socket.rootPid,
          origin: socket.origin,
          isChild: socket.isChild,
        }
    }
    const Leaf = LiveView.define({ mount: note('leaf'), render: () => html`leaf` })
    const Branch = LiveView.define({ mount: note('branch'), render: () => html`${liveRender(Leaf, { id: 'leaf' })}` })
    const Root = LiveView.define({ mount: note('root'), render: () => html`${liveRender(Branch, { id: 'branch' })}` })
    const root = await visitor({ '/': Root }).live('/?a=1')
    const branch = await root.findLiveChild('branch')
    const leaf = await branch.findLiveChild('leaf')
    t.match(seen['root'], { params: { a: '1' }, pid: root.pid, parent: undefined, root: root.pid })
    t.match(seen['branch'], { pid: branch.pid, parent: root.pid, root: root.pid, origin: 'http://localhost' })
    t.match(seen['leaf'], { params: {}, pid: leaf.pid, parent: branch.pid, root: root.pid })
    t.same((seen['leaf'] as { params: object }).params, {})
    t.same(
      [seen['root over HTTP'], seen['leaf over HTTP']],
      [
        [undefined, undefined, false],
        [undefined, undefined, true],
      ],
    )
    t.same(
      [seen['root'], seen['leaf']].map((it) => (it as { isChild: boolean }).isChild),
      [false, true],
    )
  }),
)

t.test('a view that stands in another page has no handleParams', (t) =>
  withRuntime(async () => {
    const Home = LiveView.define({ render: () => html`${liveRender(HomeLive, { id: 'x' })}` })
    t.equal((await visitor({ '/': Home }).get('/')).status, 500)
    await t.rejects(LiveViewTest.liveIsolated(HomeLive), { message: /500/ })
  }),
)

// ── Where a child goes ──

const went: Readonly<Record<string, readonly [Run, string, number]>> = {
  pushNavigate: [(socket) => pushNavigate(socket, { to: '/clock' }), '/clock', 302],
  redirect: [(socket) => redirect(socket, { to: '/clock', status: 303 }), '/clock', 303],
  'an external redirect': [
    (socket) => redirect(socket, { external: 'https://example.com/' }),
    'https://example.com/',
    302,
  ],
}
for (const [name, [go, to, status]] of Object.entries(went)) {
  t.test(`LV-090 ${name} in the mount of a child is for the whole page`, (t) =>
    withRuntime(async () => {
      const Leaving = LiveView.define<{ early: boolean }>({
        mount: (_params, { early }, socket) => {
          if (early || socket.connected) go(socket)
        },
        render: () => html`never shown`,
      })
      const around = (early: boolean) =>
        LiveView.define({
          module: `nested.around.${early}`,
          render: () => html`<p>around</p>${liveRender(Leaving, { id: 'l', session: { early } })}`,
        })
      const visit = visitor({ '/early': around(true), '/late': around(false), '/clock': ClockLive })
      const response = await visit.get('/early')
      t.same([response.status, response.headers.get('location')], [status, to])
      const page = await visit.live('/late')
      t.match(await page.assertRedirect(), { to, type: name === 'pushNavigate' ? 'navigate' : 'redirect' })
    }),
  )
}

t.test('LV-091 a child cannot patch while it is mounted', (t) =>
  withRuntime(async () => {
    const Patching = LiveView.define({
      mount: (_params, _session, socket) => void pushPatch(socket, { to: '/?at=1' }),
      render: () => html`x`,
    })
    const Home = LiveView.define({ render: () => html`${liveRender(Patching, { id: 'p' })}` })
    const response = await visitor({ '/': Home }).get('/')
    t.equal(response.status, 500)
  }),
)

t.test('LV-103 the page goes where a child goes', (t) =>
  withRuntime(async () => {
    const visit = visitor({ '/': HomeLive, '/clock': ClockLive })
    const page = await visit.live('/')
    const clock = await page.findLiveChild('clock-Oslo')
    send(clock.pid, (socket: LiveViewSocket) => void pushNavigate(putFlash(socket, 'info', 'bye'), { to: '/clock' }))
    const where = await page.assertRedirect('/clock')
    t.match(where, { type: 'navigate', flash: { info: 'bye' } })
  }),
)

t.test('LV-103 a patch of a child, with its flash, is done by the root', (t) =>
  withRuntime(async () => {
    const Home = LiveView.define<{ at: string }>({
      handleParams: ({ at }, _uri, socket) => socket.assign({ at: String(at) }),
      render: ({ at, flash }) => html`<p>${at} ${flash['info']}</p>${liveRender(ClockLive, { id: 'c' })}`,
    })
    const page = await visitor({ '/': Home, '/clock': ClockLive }).live('/?at=start')
    const clock = await page.findLiveChild('c')
    send(clock.pid, (socket: LiveViewSocket) => void pushPatch(putFlash(socket, 'info', 'hi'), { to: '/?at=there' }))
    t.match(await page.assertPatch('/?at=there'), { kind: 'push' })
    t.match(await page.render(), /<p>there hi<\/p>.*connected/)
    t.equal((await page.findLiveChild('c')).pid, clock.pid)
    const ref = monitor(page.pid)
    send(clock.pid, (socket: LiveViewSocket) => void pushPatch(socket, { to: '/clock' }))
    const { reason } = (await assertReceive({ type: 'down', ref })) as { reason: { error: Error } }
    t.match(reason.error, { code: 'BEAMISH_FOREIGN_PATCH' }, 'elsewhere is no patch')
  }),
)

// ── Components and streams ──

const RowComponent = LiveComponent.define<{ label: string; open: boolean }>({
  module: 'nested.Row',
  mount: (socket) => socket.assign({ open: true }),
  handleEvent: { toggle: (_value, socket) => socket.update('open', (open) => !open) },
  render: ({ id, label, open, myself }) =>
    html`<div id=${id}><button phx-click="toggle" phx-target=${myself}>${label}</button>${open && liveRender(FoldLive, { id: `in-${id}`, session: { label } })}</div>`,
})

const FoldLive = LiveView.define<{ label: string; rows: readonly string[] }>({
  module: 'nested.FoldLive',
  mount: (_params, { label }, socket) => socket.assign({ label, rows: ['x', 'y'] }),
  ...runs,
  render: ({ label, rows }) => html`<i>${label}</i>${rows.map((id) => LeafComponent.use({ id: `${label}-${id}` }))}`,
})

const LeafComponent = LiveComponent.define({ module: 'nested.Leaf', render: ({ id }) => html`<s id=${id}>${id}</s>` })

t.test('LV-069 views in components, and components in views in them, come and go', (t) =>
  withRuntime(async () => {
    const Home = LiveView.define<{ rows: readonly string[] }>({
      module: 'nested.Rows',
      mount: (_params, _session, socket) => socket.assign({ rows: ['a', 'b'] }),
      ...runs,
      render: ({ rows }) => html`${rows.map((id) => RowComponent.use({ id, label: id }))}`,
    })
    const visit = visitor({ '/': Home })
    t.match(await (await visit.get('/')).text(), /<i>a<\/i><s id="a-x">a-x<\/s>/)
    const page = await visit.live('/')
    const inA = await page.findLiveChild('in-a')
    t.match(await page.render(), /<i>a<\/i>.*a-y.*<i>b<\/i>/)
    await page.element('#a button').renderClick()
    t.notMatch(page.html(), /<i>a<\/i>/)
    t.equal(inA.isOver, true)
    await page.element('#a button').renderClick()
    t.match(await page.render(), /<i>a<\/i>.*a-y/, 'it is joined anew')
    const again = await page.findLiveChild('in-a')
    await tell(again, (socket) => socket.assign({ rows: [] }))
    t.notMatch(await page.render(), /a-y/, 'components of a view in a component are removed')
    const { pid } = await page.findLiveChild('in-b')
    t.same(await ended(pid, () => tell(page, (socket) => socket.assign({ rows: ['a'] }))), {
      type: 'shutdown',
      detail: 'left',
    })
    t.match(await tell(page, (socket) => socket.assign({ rows: ['b', 'a'] })), /<i>b<\/i>.*<i>a<\/i>/)
  }),
)

t.test('LV-116 the items of a stream of a child stay, however often its parent renders', (t) =>
  withRuntime(async () => {
    const Log = LiveView.define<{ streams: { lines: LiveStream<{ id: number }> } }>({
      module: 'nested.Log',
      mount: (_params, _session, socket) => void stream(socket, 'lines', [{ id: 1 }, { id: 2 }]),
      ...runs,
      render: ({ streams }) =>
        html`<ul id="lines" phx-update="stream">${each(streams.lines, ({ id }, domId) => html`<li id=${domId}>${id}</li>`)}</ul>`,
    })
    const Busy = LiveView.define<{ n: number; streams: { lines: LiveStream<{ id: number }> } }>({
      module: 'nested.Busy',
      mount: (_params, _session, socket) => {
        streamConfigure(socket.assign({ n: 0 }), 'lines', { domId: ({ id }: { id: number }) => `own-${id}` })
        stream(socket, 'lines', [{ id: 9 }])
      },
      ...runs,
      render: ({ n, streams }) =>
        html`<p>${n}</p>${liveRender(Log, { id: 'log' })}<ol id="own" phx-update="stream">${each(streams.lines, ({ id }, domId) => html`<li id=${domId}>${id}</li>`)}</ol>`,
    })
    const page = await visitor({ '/': Busy }).live('/')
    const log = await page.findLiveChild('log')
    for (let n = 1; n <= 200; n++) send(page.pid, (socket: { assign(a: object): void }) => socket.assign({ n }))
    send(log.pid, (socket: never) => void streamInsert(socket, 'lines', { id: 3 }))
    for (let n = 201; n <= 400; n++) send(page.pid, (socket: { assign(a: object): void }) => socket.assign({ n }))
    const items =
      /<p>400<\/p>.*<li id="lines-1">1<\/li><li id="lines-2">2<\/li><li id="lines-3">3<\/li>.*<li id="own-9">9/
    t.match(await page.render(), items)
  }),
)

// ── Sticky ──

const PlayerLive = LiveView.define<{ song: number }>({
  module: 'nested.PlayerLive',
  mount: (_params, _session, socket) => socket.assign({ song: 1 }),
  handleEvent: { next: (_value, socket) => socket.update('song', (song) => song + 1) },
  ...runs,
  render: ({ song }) => html`<button phx-click="next">song ${song}</button>`,
})

const pageWithPlayer = (name: string, isShown = true) =>
  LiveView.define({
    module: `nested.${name}`,
    ...runs,
    render: () => html`<h1>${name}</h1>${isShown && liveRender(PlayerLive, { id: 'player', sticky: true })}`,
  })

t.test('LV-136 a sticky view stays while the page goes from view to view, until one does not show it', (t) =>
  withRuntime(async () => {
    const [One, Two, Three] = [pageWithPlayer('One'), pageWithPlayer('Two'), pageWithPlayer('Three', false)]
    const visit = visitor({ '/1': One, '/2': Two, '/3': Three })
    t.match(
      await (await visit.get('/1')).text(),
      /<div id="player" data-phx-session="[\w.-]+" data-phx-static="[\w.-]+" data-phx-sticky><button phx-click="next">song 1</,
    )
    const one = await visit.live('/1')
    const player = await one.findLiveChild('player')
    const { pid } = player
    await player.element('button').renderClick()
    send(one.pid, (socket: LiveViewSocket) => void pushNavigate(socket, { to: '/2' }))
    await one.assertRedirect('/2')
    const two = (await visit.liveRedirect(one, '/2')) as TestView
    t.match(await two.render(), /Two.*song 2/)
    t.equal((await two.findLiveChild('player')).pid, pid)
    send(pid, (socket: LiveViewSocket) => void pushNavigate(socket, { to: '/1' }))
    await two.assertRedirect('/1')
    t.ok(pid.receiver, 'it lives on when it sent the page elsewhere itself')
    const three = (await visit.liveRedirect(two, '/3')) as TestView
    t.match(await three.render(), /Three/)
    t.same(await three.liveChildren(), [])
    t.equal(pid.receiver, undefined)
  }),
)

// ── Pages that are no live view ──

t.test('LV-009 a plain page with views in it: each is a root, and none the main one', (t) =>
  withRuntime(async () => {
    const Root: RootLayout = ({ innerContent, pageTitle, conn }) =>
      html`<!doctype html><html><head>${csrfMetaTag(conn)}<title>${pageTitle}</title></head><body>${innerContent}</body></html>`
    const shout = (text: string) => html`<b>${text.toUpperCase()}</b>`
    const Widget = LiveView.define<{ user: string; zone: string; connected: boolean }>({
      module: 'nested.Widget',
      layout: ({ innerContent }) => html`<section>${innerContent}</section>`,
      mount: (_params, { zone, user }, socket) => {
        socket.assign({ zone, connected: socket.connected })
        socket.assignNew('user', () => user)
      },
      render: ({ zone, user, connected }) =>
        html`${user} in ${zone} ${connected ? 'on' : 'off'}${liveRender(ClockLive, { id: 'clock' })}`,
    })
    const router = Router.define((route) => {
      route.pipeline('browser', [session(SESSION), csrf(), rootLayout(Root)])
      route.scope('/', { pipe: 'browser' }, (r) =>
        r.get('/:status', (request, conn) => {
          conn.session.put('user', 'ann')
          conn.assign({ user: 'ann of the request' })
          const options = { id: 'w', session: { zone: 'Oslo' }, container: ['aside', { class: ['a', 'b'] }] } as const
          const content = html`${shout('hi')} ${liveRender(Widget, options)} ${liveRender(ClockLive)}`
          return renderPage(request, conn, content, {
            status: Number(conn.params.status),
            assigns: { pageTitle: 'a & b' },
          })
        }),
      )
    })
    const visit = LiveViewTest.visit({ router, secretKeyBase: SECRET, session: SESSION })
    const response = await visit.get('/201')
    const page = await response.text()
    t.equal(response.status, 201)
    t.match(
      page,
      /<title>a &amp; b<\/title><\/head><body><b>HI<\/b> <aside class="a b" id="w" data-phx-session="[\w.-]+" /,
    )
    t.match(page, /<section>ann of the request in Oslo off<section class="clock" id="clock" data-phx-session=""/)
    t.match(page, /<section class="clock" id="phx-[\w-]+" data-phx-session="[\w.-]+"/, 'an id is made up')
    t.notMatch(page, /data-phx-main/)
    t.match(await (await visit.live('/200')).render(), /<section>ann in Oslo on.*UTC 12:00 connected/)
  }),
)

t.test('LV-009 one view alone may be the page of a handler: the document knows what it assigned', (t) =>
  withRuntime(async () => {
    const Root: RootLayout = ({ innerContent, pageTitle, zone, extra }) =>
      html`<title>${pageTitle}</title><body class=${zone}>${extra}${innerContent}</body>`
    const Titled = LiveView.define<{ zone: string }>({
      module: 'nested.Titled',
      mount: (_params, { zone }, socket) => socket.assign({ zone, pageTitle: 'Dashboard' }),
      render: ({ zone }) => html`<p>${zone}</p>`,
    })
    const router = Router.define((route) =>
      route.scope('/', { pipe: [rootLayout(Root)] }, (r) =>
        r.get('/', (request, conn) =>
          renderPage(request, conn, liveRender(Titled, { session: { zone: 'oslo' } }), { assigns: { extra: 'more' } }),
        ),
      ),
    )
    const visit = LiveViewTest.visit({ router, secretKeyBase: SECRET })
    const page = await (await visit.get('/')).text()
    t.match(page, /<title>Dashboard<\/title><body class="oslo">more<div id="phx-[\w-]+" data-phx-session="[\w.-]+"/)
    t.equal(await (await visit.live('/')).render(), '<p>oslo</p>')
  }),
)

t.test('LV-009 where a view of a plain page goes, the page goes; a view without a route cannot patch', (t) =>
  withRuntime(async () => {
    const Leaving = LiveView.define({
      mount: (_params, _session, socket) => void redirect(socket, { to: '/there' }),
      render: () => html`x`,
    })
    const Staying = LiveView.define({ module: 'nested.Staying', ...runs, render: () => html`x` })
    const router = Router.define((route) => {
      route.get('/', (request, conn) =>
        renderPage(request, conn, html`<p>${liveRender(Leaving)}</p>`, { layout: false }),
      )
      route.live('/staying', Staying)
    })
    const response = await LiveViewTest.visit({ router }).get('/')
    t.same([response.status, response.headers.get('location')], [302, '/there'])
    const view = await LiveViewTest.liveIsolated(Staying, { router, id: 'me' })
    t.equal(view.id, 'me')
    const reason = await ended(view.pid, () =>
      send(view.pid, (socket: LiveViewSocket) => void pushPatch(socket, { to: '/staying' })),
    )
    t.match(reason, { error: { code: 'BEAMISH_NOT_ROUTED' } })
  }),
)

t.test('a root layout may have views in it, and a plain page may not have what needs a live view', (t) =>
  withRuntime(async () => {
    const Root: RootLayout = ({ innerContent }) =>
      html`<body>${innerContent}${liveRender(PlayerLive, { id: 'player', sticky: true })}</body>`
    const router = Router.define((route) =>
      route.scope('/', { pipe: [rootLayout(Root)] }, (r) => {
        r.live('/', ClockLive)
        r.get('/bad', (request, conn) => renderPage(request, conn, html`${LeafComponent.use({ id: 1 })}`))
        r.get('/wrong', (request, conn) => renderPage(request, conn, 'text' as never))
      }),
    )
    const visit = LiveViewTest.visit({ router, secretKeyBase: SECRET })
    const page = await (await visit.get('/')).text()
    t.match(page, /<div id="player" data-phx-session="[\w.-]+" data-phx-static="[\w.-]+" data-phx-sticky><button/)
    t.same([(await visit.get('/bad')).status, (await visit.get('/wrong')).status], [500, 500])
  }),
)

t.test('two views of one name do not stand in for one another', (t) =>
  withRuntime(async () => {
    const card = (text: string) => LiveView.define({ render: () => html`<p>${text}</p>` })
    const [One, Two] = [card('one'), card('two')]
    const page = (view: LiveViewModule, sticky: boolean) =>
      LiveView.define({ render: () => html`${liveRender(view, { id: 'x', sticky })}` })
    const paths = { '/one': page(One, false), '/one/sticky': page(One, true), '/two': page(Two, false) }
    const visit = visitor(paths)
    for (const path of ['/one', '/one/sticky']) t.equal((await visit.get(path)).status, 500)
    t.match(await (await visit.live('/two')).render(), /two/)
  }),
)

// ── Depth ──

t.test('LV-134 a view that is added later brings those in it along, and they talk to the views around them', (t) =>
  withRuntime(async () => {
    const Controls = LiveView.define({
      module: 'nested.Controls',
      handleEvent: { snooze: (_value, { parentPid }) => void (parentPid && send(parentPid, later)) },
      render: () => html`<button phx-click="snooze">snooze</button>`,
    })
    const later: Run = (socket) => socket.update('minutes', (minutes: number) => minutes + 5)
    const Alarm = LiveView.define<{ minutes: number }>({
      module: 'nested.Alarm',
      mount: (_params, _session, socket) => socket.assign({ minutes: 0 }),
      handleCall: {
        set: (minutes: number, socket) => {
          socket.assign({ minutes })
          return reply('done')
        },
      },
      ...runs,
      render: ({ minutes }) => html`<p>12:0${minutes}</p>${liveRender(Controls, { id: 'controls' })}`,
    })
    const Home = LiveView.define<{ isOpen: boolean }>({
      module: 'nested.AlarmHome',
      mount: (_params, _session, socket) => socket.assign({ isOpen: false }),
      ...runs,
      render: ({ isOpen }) => html`<h1>alarm</h1>${isOpen && liveRender(Alarm, { id: 'alarm' })}`,
    })
    const home = await visitor({ '/': Home }).live('/')
    t.notMatch(await home.render(), /12:0/)
    await tell(home, (socket) => socket.assign({ isOpen: true }))
    const alarm = await home.findLiveChild('alarm')
    const controls = await alarm.findLiveChild('controls')
    t.equal(await controls.renderClick('snooze'), '<button phx-click="snooze">snooze</button>')
    t.match(await home.render(), /12:05.*snooze/)
    t.equal(await GenServer.call(alarm.pid, 'set', 7), 'done')
    t.match(await home.render(), /12:07/)
    const reason = await ended(controls.pid, () => tell(home, (socket) => socket.assign({ isOpen: false })))
    t.same(reason, { type: 'shutdown', detail: 'left' })
    t.same([alarm.isOver, controls.isOver, await home.liveChildren()], [true, true, []])
  }),
)

t.test('LV-135 when a parent ends, so do the views in it, whatever their depth', (t) =>
  withRuntime(async () => {
    const Leaf = LiveView.define({ module: 'nested.deep.Leaf', render: () => html`leaf` })
    const Branch = LiveView.define({
      module: 'nested.deep.Branch',
      render: () => html`${liveRender(Leaf, { id: 'leaf' })}`,
    })
    const Root = LiveView.define({
      module: 'nested.deep.Root',
      ...runs,
      render: () => html`${liveRender(Branch, { id: 'branch' })}`,
    })
    const root = await visitor({ '/': Root }).live('/')
    const leaf = await (await root.findLiveChild('branch')).findLiveChild('leaf')
    const reason = await ended(leaf.pid, () =>
      send(root.pid, () => {
        throw new Error('as asked')
      }),
    )
    t.match(
      reason,
      { type: 'shutdown', detail: /parent_exited|left/ },
      'of itself, or because the page left it: who is first',
    )
    await t.rejects(root.render(), { message: /crashed/ })
  }),
)

t.test('liveIsolated shows a view on a page of its own', (t) =>
  withRuntime(async () => {
    const view = await LiveViewTest.liveIsolated(ClockLive, { session: { zone: 'Oslo' } })
    t.match(await view.render(), /Oslo 12:00 connected/)
    const visit = visitor({ '/': ClockLive })
    const another = await visit.liveIsolated(ClockLive, { id: 'here', session: { zone: 'Rome' } })
    t.match([another.id, await another.render()], ['here', /Rome 12:00 connected/])
    await t.rejects(LiveViewTest.liveIsolated(ClockLive, { nope: 1 } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    const Twice = LiveView.define({ module: 'nested.twice', render: () => html`<i id="a"></i><b id="a"></b>` })
    await t.rejects(
      LiveViewTest.liveIsolated(Twice).then((it) => it.render()),
      { message: /two elements .* the id a/ },
    )
    const Away = LiveView.define({
      mount: (_params, _session, socket) => void redirect(socket, { to: '/there' }),
      render: () => html`x`,
    })
    await t.rejects(LiveViewTest.liveIsolated(Away), { message: /found a live view that went to \/there/ })
  }),
)
