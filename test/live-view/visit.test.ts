import t from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import {
  cont,
  getConnectInfo,
  getConnectParams,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  liveRender,
  navigationType,
  type OnMount,
  renderPage,
  staticChanged,
} from '../../src/live-view/index.ts'
import { LiveViewTest, type LiveViewTestOptions, type LiveVisitor, withRuntime } from '../../src/testing/index.ts'
import { startLive } from '../support/live-endpoint.ts'
import { connectPage, joinPage, loadPage } from '../support/raw-page.ts'

type Ask = (socket: LiveViewSocket) => unknown

/** What the views of this file ask, and what they were told. */
let ask: Ask = () => {}
let told: unknown[] = []

function note(socket: LiveViewSocket): void {
  try {
    told.push(ask(socket))
  } catch (error) {
    told.push(error)
  }
}

const Asking = LiveView.define({
  module: 'Asking',
  mount: (_params, _session, socket) => note(socket),
  handleParams: () => {},
  handleEvent: { ask: (_value, socket) => note(socket) },
  render: () => html`<p>x</p>`,
})

function visitor(options: Partial<LiveViewTestOptions> = {}): LiveVisitor {
  told = []
  return LiveViewTest.visit({ router: Router.define((route) => route.live('/', Asking)), ...options })
}

const MOUNT_ONLY = { code: 'BEAMISH_MOUNT_ONLY' }

t.test('LV-015 what the client gave is known while a root is mounted, and never later', (t) =>
  withRuntime(async () => {
    ask = getConnectParams
    const view = await visitor({ connectParams: { zone: 'UTC' } }).live('/')
    t.match(told, [null, { zone: 'UTC', _mounts: 0 }])
    await view.renderClick('ask')
    t.match(told[2], { ...MOUNT_ONLY, message: /getConnectParams is for mount and onMount. Asking is mounted/ })
  }),
)

t.test('LV-015 in handleParams it is too late, over HTTP as well; in onMount it is not', (t) =>
  withRuntime(async () => {
    told = []
    ask = getConnectParams
    const early: OnMount = (_params, _session, socket) => {
      note(socket)
      return cont()
    }
    const Late = LiveView.define({
      module: 'Late',
      onMount: [early],
      handleParams: (_params, _uri, socket) => note(socket),
      render: () => html`x`,
    })
    const router = Router.define((route) => route.live('/', Late))
    await LiveViewTest.visit({ router, connectParams: { zone: 'UTC' } }).live('/')
    t.match(told, [null, MOUNT_ONLY, { zone: 'UTC' }, MOUNT_ONLY])
  }),
)

t.test('LV-015 what is known of the request, over HTTP all of it', (t) =>
  withRuntime(async () => {
    ask = (socket) => ({
      peer: getConnectInfo(socket, 'peerData'),
      x: getConnectInfo(socket, 'xHeaders'),
      trace: getConnectInfo(socket, 'traceContextHeaders'),
      protocols: getConnectInfo(socket, 'secWebsocketHeaders'),
      agent: getConnectInfo(socket, 'userAgent'),
      uri: getConnectInfo(socket, 'uri'),
      session: getConnectInfo(socket, 'session'),
      unknown: getConnectInfo(socket, 'unknown'),
    })
    const headers = { 'x-one': '1', traceparent: '00-1', 'user-agent': 'tap', other: 'no' }
    await visitor().request('/?a=1', { headers })
    t.same(told, [
      {
        peer: { address: '', port: 0 },
        x: { 'x-one': '1' },
        trace: { traceparent: '00-1' },
        protocols: {},
        agent: 'tap',
        uri: { scheme: 'http', host: 'localhost', port: 80, path: '/', query: 'a=1' },
        session: null,
        unknown: undefined,
      },
    ])
  }),
)

t.test('LV-015 connected: what the mount of the socket lists', (t) =>
  withRuntime(async () => {
    ask = (socket) => [getConnectInfo(socket, 'userAgent'), getConnectInfo(socket, 'xHeaders')]
    const view = await visitor({ connectInfo: { userAgent: 'tap' } }).live('/')
    t.same(told[1], ['tap', undefined])
    await view.renderClick('ask')
    t.match(told[2], MOUNT_ONLY)
  }),
)

t.test('LV-015 a view inside another one is not told, a sticky one and one in a plain page are', (t) =>
  withRuntime(async () => {
    const Inner = LiveView.define({
      module: 'Inner',
      mount: (_params, _session, socket) => note(socket),
      render: () => html`y`,
    })
    for (const isSticky of [false, true]) {
      told = []
      ask = getConnectParams
      const Outer = LiveView.define({
        module: 'Outer',
        render: () => html`<p>${liveRender(Inner, { id: 'inner', sticky: isSticky })}</p>`,
      })
      const router = Router.define((route) => route.live('/', Outer))
      const view = await LiveViewTest.visit({ router, connectParams: { zone: 'UTC' } }).live('/')
      await view.render()
      const refused = { ...MOUNT_ONLY, message: /Inner stands inside another view/ }
      t.match(told, isSticky ? [null, { zone: 'UTC' }] : [refused, refused])
    }
    told = []
    const router = Router.define((route) =>
      route.get('/', (request, conn) => renderPage(request, conn, html`<p>${liveRender(Inner)}</p>`)),
    )
    await LiveViewTest.visit({ router, connectParams: { zone: 'UTC' } }).live('/')
    t.match(told, [null, { zone: 'UTC' }])
  }),
)

// ── Static files ──

const NAMES = { 'app.js': 'app-0123456789abcdef0123.js', 'app.css': 'app-fedcba9876543210fedc.css' }

t.test('LV-016 a page has the static files of now, or others', (t) =>
  withRuntime(async () => {
    ask = staticChanged
    const cases: (readonly [readonly string[] | undefined, boolean])[] = [
      [['/assets/app.js', '/assets/app.css'], false],
      [[`http://localhost/assets/${NAMES['app.js']}?vsn=d`, '/assets/app.css?x'], false],
      [['/assets/app.js', '/assets/app-00000000000000000000.css'], true],
      [[], false],
      [undefined, false],
      ['no list' as never, false],
    ]
    for (const [tracked, isChanged] of cases) {
      const connectParams = tracked === undefined ? {} : { _track_static: tracked }
      await visitor({ cacheStaticManifest: NAMES, connectParams }).live('/')
      t.same(told, [false, isChanged], JSON.stringify(tracked))
    }
    const view = await visitor({ connectParams: { _track_static: ['/old.js'] } }).live('/')
    t.same(told, [false, false], 'without a manifest')
    await view.renderClick('ask')
    t.match(told[2], MOUNT_ONLY)
  }),
)

t.test('LV-016 the manifest is an option of the endpoint', (t) =>
  withRuntime(async () => {
    told = []
    ask = staticChanged
    const { port, endpoint } = await startLive((route) => route.live('/', Asking), { cacheStaticManifest: NAMES })
    t.equal(endpoint.staticPath('/app.js'), `/${NAMES['app.js']}?vsn=d`)
    const page = await loadPage(port, '/')
    const client = await connectPage(port, page)
    await joinPage(client, page, `http://127.0.0.1:${port}/`, { params: { _track_static: ['/app-old.js'] } })
    t.same(told, [false, true])
    client.close()
  }),
)

// ── Where links lead ──

const Other = LiveView.define({ module: 'Other', render: () => html`other` })
const Linked = LiveComponent.define<{ to: string }>({
  update: ({ to }, socket) => void socket.assign({ to: navigationType(socket, to as string) }),
  render: ({ to }) => html`<b>${to}</b>`,
})
const Linking = LiveView.define<{ types: string }>({
  module: 'Linking',
  mount: (_params, _session, socket) => {
    const paths = ['/same?a=1#x', '/same/2', '/other', '/admin', '/plain', '/missing', '/post']
    socket.assign({ types: paths.map((path) => navigationType(socket, path)).join(' ') })
  },
  handleParams: () => {},
  handleEvent: { ask: (_value, socket) => note(socket) },
  render: ({ types }) => html`<p>${types}</p>${Linked.use({ id: 1, to: '/other' })}`,
})

t.test('LV-102 how a link leads to an address', (t) =>
  withRuntime(async () => {
    const router = Router.define((route) => {
      route.liveSession('user', {}, (r) => {
        r.live('/same', Linking)
        r.live('/same/:id', Linking)
        r.live('/other', Other)
      })
      route.liveSession('admin', {}, (r) => r.live('/admin', Linking))
      route.get('/plain', () => new Response('plain'))
      route.post('/post', () => new Response('post'))
    })
    const visit = LiveViewTest.visit({ router })
    t.match(await (await visit.get('/same')).text(), /<p>href href href href href href href<\/p><b>href<\/b>/)
    const view = await visit.live('/same')
    t.match(await view.render(), /<p>patch patch navigate href href href href<\/p><b[^>]*>navigate<\/b>/)
    told = []
    for (const path of ['http://other.example/same', '//other.example/same', 'mailto:a@b', 'same', 7]) {
      ask = (socket) => navigationType(socket, path as string)
      await view.renderClick('ask')
    }
    for (const error of told) t.match(error, { code: 'BEAMISH_BAD_ARGUMENT', message: /navigationType: path/ })
    t.equal(told.length, 5)
  }),
)

t.test('LV-102 routes of a host are those of the page’s host', (t) =>
  withRuntime(async () => {
    const router = Router.define((route) => {
      route.live('/same', Linking)
      route.live('/other', Linking)
      route.scope('/', { host: 'admin.' }, (r) => {
        r.live('/same', Linking)
        r.liveSession('admin', {}, (inner) => inner.live('/admin', Linking))
        r.live('/other', Other)
      })
    })
    const types = async (origin: string) => {
      const view = await LiveViewTest.visit({ router, origin }).live('/same')
      return /<p>(.*?)<\/p>/
        .exec(await view.render())?.[1]
        ?.split(' ')
        .slice(0, 4)
    }
    t.same(await types('http://localhost'), ['patch', 'href', 'patch', 'href'])
    t.same(await types('https://admin.example.com:8443'), ['patch', 'href', 'navigate', 'href'])
    t.throws(() => LiveViewTest.visit({ router, origin: 'admin.example.com' }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('LV-102 a view that no route leads to has only plain links', (t) =>
  withRuntime(async () => {
    const Isolated = LiveView.define({
      mount: (_params, _session, socket) => void socket.assign({ type: navigationType(socket, '/same') }),
      render: ({ type }) => html`<p>${type}</p>`,
    })
    t.equal(await (await LiveViewTest.liveIsolated(Isolated)).render(), '<p>href</p>')
  }),
)
