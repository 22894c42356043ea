import t from 'tap'
import { flash, Router, type RouteScope, session, text } from '../../src/endpoint/index.ts'
import {
  clearFlash,
  html,
  LiveComponent,
  LiveView,
  liveFlash,
  liveRender,
  pushNavigate,
  pushPatch,
  putFlash,
  redirect,
} from '../../src/live-view/index.ts'
import {
  type LiveRedirect,
  LiveViewTest,
  type LiveVisitor,
  type TestView,
  withRuntime,
} from '../../src/testing/index.ts'
import { SECRET, SESSION } from '../support/live-endpoint.ts'

const shown = (flashes: object) => html`<p class="flash">${JSON.stringify(flashes)}</p>`

const Box = LiveComponent.define({
  module: 'Box',
  handleEvent: {
    put: (_value, socket) => putFlash(socket, 'info', 'in the box'),
    go: (_value, socket) => pushNavigate(putFlash(socket, 'info', 'of the box'), { to: '/there' }),
    patch: (_value, socket) => pushPatch(putFlash(socket, 'info', 'of the box'), { to: '/here?patched=1' }),
  },
  render: ({ flash: flashes, myself }) => html`<div id="box" phx-hook="B" phx-target=${myself}>
    <button id="clear" phx-click="lv:clear-flash" phx-target=${myself}></button>${shown(flashes)}</div>`,
})

const HereLive = LiveView.define({
  module: 'HereLive',
  mount: (params, _session, socket) => {
    if (params.mount === 'go' && socket.connected)
      pushNavigate(putFlash(socket, 'info', 'of the mount'), { to: '/there' })
    if (params.mount === 'away') redirect(putFlash(socket, 'info', [1, true, null]), { to: '/there' })
  },
  handleParams: () => {},
  handleEvent: {
    put: ({ kind = 'info', text: message }, socket) => putFlash(socket, kind, message),
    clear: ({ kind }, socket) => clearFlash(socket, kind),
    navigate: (_value, socket) => pushNavigate(putFlash(socket, 'info', { a: ['b'] }), { to: '/there' }),
    redirect: (_value, socket) => redirect(putFlash(socket, 'info', 'over HTTP'), { to: '/plain' }),
    patch: (_value, socket) => pushPatch(putFlash(socket, 'error', 'of the patch'), { to: '/here?patched=1' }),
    quiet: (_value, socket) => pushPatch(socket, { to: '/here?patched=2' }),
    away: (_value, socket) => pushNavigate(socket, { to: '/there' }),
  },
  render: ({ flash: flashes }) => html`<main>${shown(flashes)}${Box.use({ id: 1 })}</main>`,
})
const ThereLive = LiveView.define({ module: 'ThereLive', render: ({ flash: flashes }) => shown(flashes) })

/** A visitor of routes behind the plugs that flash messages need. */
function visitorOf(routes: (r: RouteScope) => void): LiveVisitor {
  return LiveViewTest.visit({
    session: SESSION,
    secretKeyBase: SECRET,
    router: Router.define((route) => {
      route.pipeline('browser', [session(SESSION), flash(), liveFlash()])
      route.scope('/', { pipe: 'browser' }, routes)
    }),
  })
}

function visitor(): LiveVisitor {
  return visitorOf((r) => {
    r.live('/here', HereLive)
    r.live('/there', ThereLive)
    r.get('/plain', (_request, conn) => text(JSON.stringify(conn.flash.toObject())))
    r.get('/put', (_request, conn) => {
      conn.flash.put('info', 'of a handler')
      return new Response(null, { status: 302, headers: { location: '/there' } })
    })
  })
}

const flashOf = async (view: TestView, selector = 'main > .flash') =>
  JSON.parse((await view.element(selector).render()).replace(/<[^>]*>/g, '').replaceAll('&quot;', '"'))

t.test('LV-105 what a callback puts is shown where it goes', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = await visit.live('/here')
    await view.renderClick('put', { text: 'stays' })
    t.same(await flashOf(view), { info: 'stays' })
    await view.renderClick('patch')
    t.same(await flashOf(view), { error: 'of the patch' }, 'LV-106: what is older is gone')
    const navigated = await view.renderClick('navigate')
    t.match(navigated, { to: '/there', flash: { info: { a: ['b'] } } })
    const { flashToken } = navigated as LiveRedirect
    const there = (await visit.liveRedirect(await visit.live('/here'), '/there', flashToken)) as TestView
    t.same(await flashOf(there, '.flash'), { info: { a: ['b'] } })
  }),
)

t.test('LV-105 what is no text goes along too, where the page is loaded: over HTTP, and from HTTP', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = await visit.live('/here')
    const { flashToken } = (await view.renderClick('navigate')) as LiveRedirect
    const cookie = `__phoenix_flash__=${flashToken}`
    t.same(await (await visit.request('/plain', { headers: { cookie } })).json(), { info: { a: ['b'] } })
    t.equal((await visit.get('/here?mount=away')).headers.get('location'), '/there')
    t.same(await flashOf(await visit.live('/there'), '.flash'), { info: [1, true, null] })
  }),
)

t.test('LV-105 so it is from a mount, and from a component, whose own flash is empty then', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    t.match(await visit.tryLive('/here?mount=go'), { to: '/there', flash: { info: 'of the mount' } })
    const view = await visit.live('/here')
    await view.element('#box').renderHook('put')
    t.same(await flashOf(view, '#box .flash'), { info: 'in the box' })
    t.same(await flashOf(view), {}, 'it is its own')
    await view.element('#box').renderHook('patch')
    t.same(await flashOf(view), { info: 'of the box' })
    t.same(await flashOf(view, '#box .flash'), {})
    t.match(await view.element('#box').renderHook('go'), { to: '/there', flash: { info: 'of the box' } })
  }),
)

/** Views that go on to the next address by themselves. */
function relay(): LiveVisitor {
  const StopLive = LiveView.define({
    module: 'flash.Stop',
    mount: ({ mount }, _session, socket) => {
      if (mount === 'clear') clearFlash(socket)
      if (mount !== undefined) pushNavigate(putFlash(socket, 'error', 'on the way'), { to: '/end' })
    },
    handleParams: ({ go }, _uri, socket) => {
      if (go === 'patch') pushPatch(socket, { to: '/stop?go=again' })
      if (go === 'again') pushPatch(socket, { to: '/stop?at=last' })
      if (go === 'navigate') pushNavigate(socket, { to: '/end' })
    },
    handleEvent: {
      put: (_value, socket) => putFlash(socket, 'info', 'old'),
      go: ({ to }, socket) => pushPatch(putFlash(socket, 'info', 'saved'), { to }),
    },
    render: ({ flash: flashes }) => shown(flashes),
  })
  return visitorOf((r) => {
    r.live('/stop', StopLive)
    r.live('/end', ThereLive)
    r.live('/here', HereLive)
    r.get('/put', ({ url }, conn) => {
      conn.flash.put('info', 'of a handler')
      return new Response(null, { status: 302, headers: { location: new URL(url).search.slice(1) } })
    })
  })
}

t.test('LV-105 what a page comes with goes along when its mount, or its first handleParams, goes on', (t) =>
  withRuntime(async () => {
    for (const [address, flashes] of Object.entries({
      '/stop?mount=go': { info: 'of a handler', error: 'on the way' },
      '/stop?mount=clear': { error: 'on the way' },
      '/stop?go=navigate': { info: 'of a handler' },
      '/stop?go=again': { info: 'of a handler' },
    })) {
      const visit = relay()
      const { status, headers } = await visit.get(`/put?${address}`)
      t.equal(status, 302)
      const next = await visit.get(String(headers.get('location')))
      t.equal(next.status, 302, address)
      t.same(await flashOf(await visit.live(String(next.headers.get('location'))), '.flash'), flashes, address)
    }
  }),
)

t.test('LV-105 so it is where the page was navigated to', (t) =>
  withRuntime(async () => {
    const visit = relay()
    const view = await visit.live('/here')
    const tokenOf = async (to: string) => {
      const { flashToken } = (await view.renderClick('navigate', { to })) as LiveRedirect
      return flashToken
    }
    const token = await tokenOf('/stop')
    const come = async (to: string) => await visit.liveRedirect(await visit.live('/here'), to, token)
    t.match(await come('/stop?mount=go'), { to: '/end', flash: { info: { a: ['b'] }, error: 'on the way' } })
    t.match(await come('/stop?go=navigate'), { to: '/end', flash: { info: { a: ['b'] } } })
    t.same(await flashOf((await come('/stop?go=patch')) as TestView, '.flash'), { info: { a: ['b'] } })
  }),
)

t.test('LV-105 what a callback puts goes along over each patch that follows, and what is older does not', (t) =>
  withRuntime(async () => {
    const view = await relay().live('/stop')
    await view.renderClick('put')
    await view.renderClick('go', { to: '/stop?go=patch' })
    t.same(await flashOf(view, '.flash'), { info: 'saved' })
    await view.renderClick('put')
    t.match(await view.renderClick('go', { to: '/stop?go=navigate' }), { to: '/end', flash: { info: 'saved' } })
  }),
)

t.test('LV-105 and from a view in a view: the page goes, and takes along what the child put', (t) =>
  withRuntime(async () => {
    const Child = LiveView.define({
      module: 'flash.Child',
      handleEvent: {
        navigate: (_value, socket) => pushNavigate(putFlash(socket, 'info', { n: 1 }), { to: '/there' }),
        redirect: (_value, socket) => redirect(putFlash(socket, 'error', 'sorry'), { to: '/there' }),
        patch: (_value, socket) => pushPatch(putFlash(socket, 'info', 'of the child'), { to: '/?a=1' }),
      },
      render: ({ flash: flashes }) => html`<div id="in">${shown(flashes)}</div>`,
    })
    const Around = LiveView.define({
      module: 'flash.Around',
      handleParams: () => {},
      render: ({ flash: flashes }) => html`<main>${shown(flashes)}${liveRender(Child, { id: 'child' })}</main>`,
    })
    const router = Router.define((route) => {
      route.live('/', Around)
      route.live('/there', ThereLive)
    })
    const visit = LiveViewTest.visit({ router })
    const open = async () => {
      const view = await visit.live('/')
      return { view, child: await view.findLiveChild('child') }
    }
    const navigating = await open()
    t.match(await navigating.child.renderClick('navigate'), { to: '/there', flash: { info: { n: 1 } } })
    const redirecting = await open()
    t.match(await redirecting.child.renderClick('redirect'), {
      type: 'redirect',
      to: '/there',
      flash: { error: 'sorry' },
    })
    const { view, child } = await open()
    await child.renderClick('patch')
    await view.assertPatch('/?a=1')
    t.same(await flashOf(view), { info: 'of the child' })
  }),
)

t.test('LV-106 what is older than the callback does not travel', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const view = await visit.live('/here')
    await view.renderClick('put', { text: 'older' })
    await view.renderClick('quiet')
    t.same(await flashOf(view), {})
    await view.renderClick('put', { text: 'older' })
    await view.renderPatch('/here?patched=3')
    t.same(await flashOf(view), {}, 'a patch link clears it')
    await view.renderClick('put', { text: 'older' })
    t.match(await view.renderClick('away'), { to: '/there', flash: {}, flashToken: undefined })
  }),
)

t.test('LV-107 flash goes from plain pages to live views, and back', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    await visit.get('/put')
    const page = await visit.live('/there')
    t.same(await flashOf(page, '.flash'), { info: 'of a handler' }, 'in the first connected mount')
    const again = await visit.live('/there')
    t.same(await flashOf(again, '.flash'), {}, 'and not in the next page')
    const view = await visit.live('/here')
    const { flashToken } = (await view.renderClick('redirect')) as LiveRedirect
    const plain = await visit.request('/plain', { headers: { cookie: `__phoenix_flash__=${flashToken}` } })
    t.same(await plain.json(), { info: 'over HTTP' })
    t.match(plain.headers.getSetCookie(), [/^__phoenix_flash__=; Max-Age=0/])
  }),
)

t.test('LV-108 a page clears the flash by itself: all, one kind, that of a component', (t) =>
  withRuntime(async () => {
    const view = await visitor().live('/here')
    await view.renderClick('put', { kind: 'info', text: 'a' })
    await view.renderClick('put', { kind: 'error', text: 'b' })
    await view.renderClick('lv:clear-flash', { key: 'info' })
    t.same(await flashOf(view), { error: 'b' })
    await view.element('#box').renderHook('put')
    await view.element('#clear').renderClick()
    t.same(await flashOf(view, '#box .flash'), {})
    t.same(await flashOf(view), { error: 'b' })
    await view.renderClick('lv:clear-flash')
    t.same(await flashOf(view), {})
    await view.renderClick('put', { kind: 'info', text: 'a' })
    await view.renderClick('clear', { kind: 'info' })
    t.same(await flashOf(view), {})
  }),
)

t.test('LV-109 a flash token that is none is no flash, and a page without a session has an empty one', (t) =>
  withRuntime(async () => {
    const visit = visitor()
    const plain = await visit.request('/plain', { headers: { cookie: '__phoenix_flash__=garbage' } })
    t.same(await plain.json(), {})
    const there = (await visit.liveRedirect(await visit.live('/here'), '/there', 'garbage')) as TestView
    t.same(await flashOf(there, '.flash'), {})
    const bare = LiveViewTest.visit({ router: Router.define((route) => route.live('/', ThereLive)) })
    t.same(await flashOf(await bare.live('/'), '.flash'), {})
    t.throws(() => putFlash({ assigns: {}, newFlash: {} } as never, 5 as never, 'x'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)
