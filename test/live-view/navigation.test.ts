import t from 'tap'
import { Router, text } from '../../src/endpoint/index.ts'
import { GenServer, Process, send, shutdown } from '../../src/index.ts'
import {
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  link,
  noReply,
  pushEvent,
  pushNavigate,
  pushPatch,
  redirect,
  reply,
} from '../../src/live-view/index.ts'
import { LiveRedirect, LiveViewTest, type LiveVisitor, settle, TestView, withRuntime } from '../../src/testing/index.ts'

/** What happened, in order. */
let log: unknown[] = []

type Go = (socket: LiveViewSocket) => unknown
/** What a page does, by its query. */
const GO: Readonly<Record<string, Go>> = {
  navigate: (socket) => pushNavigate(socket, { to: '/other?x=1' }),
  replace: (socket) => pushNavigate(socket, { to: '/other', replace: true }),
  redirect: (socket) => redirect(socket, { to: '/plain' }),
  moved: (socket) => redirect(socket, { to: '/plain', status: 301 }),
  external: (socket) => redirect(socket, { external: 'https://example.com/x' }),
  patch: (socket) => pushPatch(socket, { to: '/thermo?patched=1' }),
}

const Button = LiveComponent.define<{ n: number }>({
  module: 'Button',
  mount: (socket) => socket.assign({ n: 0 }),
  handleEvent: {
    go: ({ how }, socket) => {
      socket.update('n', (n) => n + 1)
      GO[how]?.(socket as never)
    },
  },
  render: ({ n, myself }) => html`<button id="component" phx-click="go" phx-target=${myself}>${n}</button>`,
})

const ThermoLive = LiveView.define({
  module: 'ThermoLive',
  mount: (params, _session, socket) => {
    log.push(`mount ${socket.connected ? 'connected' : 'http'} ${params.id ?? ''}`.trim())
    if (params.at === 'mount' && (params.when === undefined || String(socket.connected) === params.when))
      GO[params.go]?.(socket)
    socket.assign({ params: {}, uri: '', n: 0 })
  },
  handleParams: (params, uri, socket) => {
    log.push(`params ${params.patched ?? ''}`.trim())
    socket.assign({ params: { ...params }, uri })
    if (params.at === 'params') GO[params.go]?.(socket)
    if (params.patched === 'again') pushPatch(socket, { to: '/thermo?patched=last' })
    if (params.patched === 'forever') pushPatch(socket, { to: '/thermo?patched=forever' })
  },
  handleEvent: {
    go: ({ how }, socket) => {
      log.push('event')
      GO[how]?.(socket)
    },
    to: ({ to }, socket) => pushPatch(socket, { to }),
    twice: (_value, socket) => redirect(redirect(socket, { to: '/a' }), { to: '/b' }),
    tell: (_value, socket) => {
      pushEvent(pushEvent(socket, 'one'), 'two', { n: 2 })
      pushNavigate(socket, { to: '/other' })
    },
  },
  handleInfo: (message, socket) => {
    log.push('info')
    if (typeof message === 'string') pushPatch(socket, { to: message })
  },
  handleCall: {
    patch: (to: string, socket) => {
      pushPatch(socket, { to })
      return reply(`params were ${JSON.stringify(socket.assigns['params'])}`)
    },
  },
  handleCast: { patch: (to: string, socket) => pushPatch(socket, { to }) },
  terminate: (reason) => void log.push(reason),
  render: ({ params, liveAction, uri }) =>
    html`<p id="action">${liveAction}</p><p id="params">${JSON.stringify(params)}</p><p id="uri">${uri}</p>
      <a id="edit" href="/thermo/7/edit?x=1" data-phx-link="patch" data-phx-link-state="push">edit</a>
      <a id="elsewhere" href="/other" data-phx-link="patch" data-phx-link-state="push">no patch</a>${Button.use({ id: 'b' })}`,
})
const OtherLive = LiveView.define({
  module: 'OtherLive',
  container: ['section', { class: ['a', 'b'] }],
  handleParams: (params, _uri, socket) => socket.assign({ x: params.x }),
  render: ({ x }) => html`<p>other ${x}</p>`,
})

function visitor(): LiveVisitor {
  log = []
  return LiveViewTest.visit({
    router: Router.define((route) => {
      route.live('/thermo', ThermoLive)
      route.live('/thermo/:id/edit', ThermoLive, 'edit')
      route.live('/counter/:id', ThermoLive)
      route.live('/other', OtherLive)
      route.get('/plain', () => text('plain'))
      route.liveSession('admin', {}, (r) => {
        r.live('/admin', ThermoLive)
        r.live('/admin/other', OtherLive)
      })
    }),
  })
}

const paramsOf = async (view: TestView) =>
  JSON.parse(
    (await view.element('#params').render())
      .replace(/<[^>]*>/g, '')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
  )

t.test('LV-090 a mount over HTTP may go elsewhere', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    for (const [go, status, location] of [
      ['navigate', 302, '/other?x=1'],
      ['redirect', 302, '/plain'],
      ['external', 302, 'https://example.com/x'],
    ] as const) {
      const response = await visit.get(`/thermo?at=mount&go=${go}`)
      t.equal(response.status, status, go)
      t.equal(response.headers.get('location'), location, go)
    }
  }),
)

t.test('LV-090 LV-074 so may a connected mount: the join is answered with where to', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const open = (go: string) => visit.tryLive(`/thermo?at=mount&go=${go}&when=true`)
    t.match(await open('navigate'), new LiveRedirect('navigate', '/other?x=1', {}, undefined))
    t.match(await open('redirect'), new LiveRedirect('redirect', '/plain', {}, undefined))
    t.match(await open('external'), new LiveRedirect('redirect', 'https://example.com/x', {}, undefined))
  }),
)

t.test('LV-091 a patch in mount is refused', (t) =>
  withRuntime(async ({ reports }) => {
    const visit = visitor()
    t.equal((await visit.get('/thermo?at=mount&go=patch')).status, 500)
    t.match(reports[0], { reason: { error: { code: 'BEAMISH_PATCH_IN_MOUNT', message: /live patch while mounting/ } } })
    await t.rejects(visit.tryLive('/thermo?at=mount&go=patch&when=true'), /join crashed/)
  }),
)

t.test('LV-092 handleParams may patch: 302 over HTTP, and the tree of the target when it is connected', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const response = await visit.get('/thermo?patched=again')
    t.equal(response.status, 302)
    t.equal(response.headers.get('location'), '/thermo?patched=last')
    t.equal((await visit.get('/thermo?at=params&go=moved')).status, 301)
    t.equal((await visit.get('/thermo?at=params&go=navigate')).headers.get('location'), '/other?x=1')
    const view = await visit.live('/thermo')
    log = []
    t.equal((await visit.liveRedirect(view, '/thermo?patched=again&id=mounted')) instanceof TestView, true)
    t.same(
      log.slice(1),
      ['mount connected mounted', 'params again', 'params last'],
      'mount has the params it was asked with',
    )
  }),
)

t.test('LV-092 a connected join tells of the patch', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = (await visit.liveRedirect(await visit.live('/thermo'), '/thermo?patched=again')) as TestView
    t.same(await view.assertPatch(), { to: '/thermo?patched=last', kind: 'push' })
    t.same(await paramsOf(view), { patched: 'last' })
  }),
)

t.test('LV-093 a patch link changes action and params, and mounts nothing', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = await visit.live('/thermo')
    log = []
    await view.element('#edit').renderClick()
    t.same(log, ['params'])
    t.equal(await view.element('#action').render(), '<p id="action">edit</p>')
    t.same(await paramsOf(view), { x: '1', id: '7' })
    log = []
    t.match(await view.element('#elsewhere').renderClick(), { type: 'navigate', to: '/other' })
    t.match(await view.renderPatch('/admin'), { type: 'navigate', to: '/admin' }, 'of another live session')
    t.match(await view.renderPatch('/plain'), { type: 'navigate', to: '/plain' })
    t.same(log, [])
    await t.rejects(view.renderPatch('/nowhere'), /crashed/)
  }),
)

t.test('LV-094 every callback may patch, and handleParams has run when its answer goes out', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = await visit.live('/thermo')
    const patchedTo = async (to: string) => {
      t.same(await view.assertPatch(to), { to, kind: 'push' })
      return (await paramsOf(view)).patched
    }
    await view.renderClick('go', { how: 'patch' })
    t.equal(await patchedTo('/thermo?patched=1'), '1')
    send(view.pid, '/thermo?patched=info')
    t.equal(await patchedTo('/thermo?patched=info'), 'info')
    log = []
    t.equal(await GenServer.call(view.pid, 'patch', '/thermo?patched=call'), 'params were {"patched":"info"}')
    t.same(log, ['params call'])
    t.equal(await patchedTo('/thermo?patched=call'), 'call')
    GenServer.cast(view.pid, 'patch', '/thermo?patched=cast')
    t.equal(await patchedTo('/thermo?patched=cast'), 'cast')
    const outcome = await view.element('#component').renderClick({ how: 'patch' })
    t.match(outcome, /<button[^>]*>1<\/button>/, 'LV-068: what changed of the component itself')
    t.equal(await patchedTo('/thermo?patched=1'), '1')
  }),
)

t.test('LV-095 a patch of handleParams comes before what waits in the mailbox; 21 in a row are too many', (t) =>
  withRuntime(async ({ reports }) => {
    const visit = visitor()
    const view = await visit.live('/thermo')
    log = []
    send(view.pid, '/thermo?patched=again')
    send(view.pid, 5)
    await view.render()
    t.same(log, ['info', 'params again', 'params last', 'info'])
    t.same((await paramsOf(view)).patched, 'last')
    log = []
    await t.rejects(view.renderClick('to', { to: '/thermo?patched=forever' }), /crashed/)
    t.equal(log.filter((entry) => entry === 'params forever').length, 20)
    t.match(
      reports.find(({ type }) => type === 'crash'),
      { reason: { error: { code: 'BEAMISH_TOO_MANY_PATCHES' } } },
    )
  }),
)

t.test('LV-096 LV-097 a fragment is no part of the params; the address is whole', (t) =>
  withRuntime(async () => {
    const view = await visitor().live('/thermo?a=1')
    t.equal(await view.element('#uri').render(), '<p id="uri">http://localhost/thermo?a=1</p>')
    await view.renderClick('to', { to: '/thermo?a=2#there' })
    t.same(await view.assertPatch(), { to: '/thermo?a=2#there', kind: 'push' })
    t.same(await paramsOf(view), { a: '2' })
    t.equal(await view.element('#uri').render(), '<p id="uri">http://localhost/thermo?a=2</p>')
    await view.renderPatch('http://localhost/thermo?a=3')
    t.equal(await view.element('#uri').render(), '<p id="uri">http://localhost/thermo?a=3</p>')
  }),
)

t.test('LV-097 of a route with a host: the address is that of the link, or of the page', (t) =>
  withRuntime(async () => {
    const Where = LiveView.define({
      handleParams: (_params, uri, socket) => void socket.assign({ uri }),
      render: ({ uri }) => html`<p>${uri}</p>`,
    })
    const router = Router.define((route) => {
      route.scope('/', { host: ['admin.', 'a.example'] }, (r) => r.live('/where', Where))
      route.get('/where', () => new Response('of any host'))
    })
    const view = await LiveViewTest.visit({ router, origin: 'http://admin.example:4000' }).live('/where')
    t.equal(await view.render(), '<p>http://admin.example:4000/where</p>')
    await view.renderPatch('https://a.example/where?full=1')
    t.equal(await view.render(), '<p>https://a.example/where?full=1</p>')
    await view.renderPatch('/where?path=1')
    t.equal(await view.render(), '<p>http://admin.example:4000/where?path=1</p>')
    t.equal(await (await LiveViewTest.visit({ router }).get('/where')).text(), 'of any host')
  }),
)

t.test('LV-005 params are decoded over HTTP, at the join and by a patch', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const path = '/counter/Wm9uZTozNzYxOA%3D%3D?foo=bar+15%26'
    const expected = { foo: 'bar 15&', id: 'Wm9uZTozNzYxOA==' }
    t.match(
      await (await visit.get(path)).text(),
      /&quot;foo&quot;:&quot;bar 15&amp;&quot;,&quot;id&quot;:&quot;Wm9uZTozNzYxOA==&quot;/,
    )
    t.same(await paramsOf(await visit.live(path)), expected)
    const view = await visit.live('/counter/other')
    await view.renderPatch(path)
    t.same(await paramsOf(view), expected)
  }),
)

t.test('LV-098 inside a live session a page goes on without being loaded', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = await visit.live('/thermo')
    const { pid } = view
    log = []
    const other = (await visit.liveRedirect(view, '/other?x=9')) as TestView
    t.equal(await other.render(), '<p>other 9</p>')
    t.equal(other.id, view.id, 'in the same container')
    t.notOk(Process.isAlive(pid))
    t.same(log, [shutdown('left')])
    await t.rejects(visit.liveRedirect(other, '/admin'), /unauthorized/, 'LV-099: another live session')
  }),
)

t.test('LV-100 a view that navigates says so, and ends', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    for (const [how, to, type] of [
      ['navigate', '/other?x=1', 'navigate'],
      ['redirect', '/plain', 'redirect'],
      ['external', 'https://example.com/x', 'redirect'],
    ] as const) {
      const view = await visit.live('/thermo')
      const { pid } = view
      log = []
      t.match(await view.renderClick('go', { how }), { type, to })
      await settle()
      t.notOk(Process.isAlive(pid))
      t.same(log, ['event', shutdown({ type: how === 'external' ? 'redirect' : how, to })])
    }
    const view = await visit.live('/thermo')
    t.match(await view.element('#component').renderClick({ how: 'navigate' }), { type: 'navigate', to: '/other?x=1' })
    t.match(view.html(), /<button[^>]*>1<\/button>/, 'LV-068: its own change came first')
  }),
)

t.test('LV-074 what is told to the page comes before it leaves', (t) =>
  withRuntime(async () => {
    const view = await visitor().live('/thermo')
    await view.renderClick('tell')
    t.same(await view.assertPushEvent('one'), {})
    t.same(await view.assertPushEvent('two'), { n: 2 })
    t.equal((await view.assertRedirect('/other')).type, 'navigate')
  }),
)

t.test('LV-101 where a view may go', (t) =>
  withRuntime(async ({ reports }) => {
    const socket = () => ({ redirect: undefined }) as never
    const bad = ['http://x', '//x', '/\t/x', '/%09/x', '/x\n', '/x\r', '/\\x', '\\/x', 'x', '', 5 as never]
    for (const to of bad) {
      for (const go of [pushPatch, pushNavigate, redirect])
        t.throws(() => go(socket(), { to }), { code: 'BEAMISH_BAD_ARGUMENT' }, `${go.name} ${JSON.stringify(to)}`)
    }
    for (const external of ['javascript:alert(1)', 'JavaScript:alert(1)', 'data:x', '/x', ''])
      t.throws(() => redirect(socket(), { external }), { code: 'BEAMISH_BAD_ARGUMENT' }, external)
    t.match(redirect(socket(), { external: ['javascript', 'alert(1)'] }), { redirect: { to: 'javascript:alert(1)' } })
    t.match(redirect(socket(), { external: 'mailto:a@b' }), { redirect: { to: 'mailto:a@b' } })
    t.throws(() => pushPatch(socket(), { to: '/x', by: 1 } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => redirect(socket(), { to: '/x', status: 200 }), { code: 'BEAMISH_BAD_ARGUMENT' })
    const visit = visitor()
    await t.rejects((await visit.live('/thermo')).renderClick('twice'), /crashed/)
    await t.rejects((await visit.live('/thermo')).renderClick('to', { to: '/other' }), /crashed/)
    await t.rejects((await visit.live('/thermo')).renderClick('to', { to: '/plain' }), /crashed/)
    const errors = reports.flatMap((report) =>
      report.type === 'crash' ? [(report.reason as { error: Error }).error] : [],
    )
    t.match(errors, [
      { code: 'BEAMISH_REDIRECTED' },
      { code: 'BEAMISH_FOREIGN_PATCH', message: /ThermoLive cannot patch to "\/other", which is OtherLive/ },
      { code: 'BEAMISH_FOREIGN_PATCH', message: /which is no live view/ },
    ])
    t.ok(noReply())
  }),
)

t.test('LV-093 a link may lead to another query of the address that the page has', (t) =>
  withRuntime(async () => {
    const TabsLive = LiveView.define({
      handleParams: ({ tab = 'none' }, _uri, socket) => socket.assign({ tab }),
      render: ({ tab }) => html`<b>${tab}</b>${link({ patch: '?tab=two' }, 'two')}`,
    })
    const view = await LiveViewTest.visit({ router: Router.define((route) => route.live('/tabs/:id', TabsLive)) }).live(
      '/tabs/7?tab=one',
    )
    t.match(await view.element('a').renderClick(), '<b>two</b>')
    t.equal((await view.assertPatch()).to, '/tabs/7?tab=two')
  }),
)
