import t from 'tap'
import { csrf, flash, HttpError, type Plug, Router, session } from '../../src/endpoint/index.ts'
import {
  csrfMetaTag,
  html,
  LiveComponent,
  type LiveLayout,
  LiveView,
  type LiveViewSocket,
  mounted,
  type RootLayout,
  raw,
  renderWith,
  rootLayout,
} from '../../src/live-view/index.ts'
import { LiveViewTest, type LiveViewTestOptions, type LiveVisitor, withRuntime } from '../../src/testing/index.ts'
import { SECRET, SESSION } from '../support/live-endpoint.ts'

type Build = Parameters<typeof Router.define>[0]

function visitor(build: Build, options: Partial<LiveViewTestOptions> = {}): LiveVisitor {
  return LiveViewTest.visit({ router: Router.define(build), secretKeyBase: SECRET, ...options })
}

const ShowLive = LiveView.define({
  module: 'ShowLive',
  mount: (params, values, socket: LiveViewSocket<{ seen: unknown }>) =>
    void socket.assign({ seen: { params: { ...params }, values, connected: socket.connected } }),
  handleParams: (params, uri, socket) =>
    socket.assign({ seen: { ...(socket.assigns.seen as object), again: { ...params }, uri } }),
  render: ({ seen, liveAction }) => html`<p id="seen">${JSON.stringify(seen)}</p><i>${liveAction}</i>`,
})

const seenIn = (page: string): Record<string, unknown> =>
  JSON.parse(/<p id="seen">([^<]*)/.exec(page)?.[1]?.replaceAll('&quot;', '"').replaceAll('&amp;', '&') ?? 'null')

const FacesLive = LiveView.define({
  module: 'FacesLive',
  mount: ({ face }, _session, socket: LiveViewSocket<{ name: string }>) => {
    socket.assign({ name: 'Ann' })
    if (face === 'other') renderWith(socket, ({ name }) => html`<b>${name}, ${Wink.use({ id: 'wink' })}</b>`)
  },
  render: ({ name }) => html`<i>${name}</i>`,
})

const Wink = LiveComponent.define({
  module: 'Wink',
  mount: (socket) => renderWith(socket, () => html`<u>;-)</u>`),
  render: () => html`<u>:-)</u>`,
})

t.test('LV-001 a function that mount chose is what is rendered, over HTTP and connected', (t) =>
  withRuntime(async () => {
    const faces = visitor((route) => route.live('/', FacesLive))
    t.match(await faces.get('/?face=other').then((page) => page.text()), /<b>Ann, <u>;-\)<\/u><\/b>/)
    t.match(await (await faces.live('/?face=other')).render(), /<b>Ann, <u[^>]*>;-\)<\/u><\/b>/)
    t.match(await (await faces.live('/')).render(), /<i>Ann<\/i>/)
  }),
)

t.test('LV-001 a page is mounted without a connection, in its document, and forgotten', (t) =>
  withRuntime(async () => {
    const Root: RootLayout = ({ innerContent }) =>
      html`<!doctype html><html><body class="root">${innerContent}</body></html>`
    const visit = visitor((route) => route.scope('/', { pipe: rootLayout(Root) }, (r) => r.live('/', ShowLive)))
    const response = await visit.get('/?a=1')
    const page = await response.text()
    t.equal(response.status, 200)
    t.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
    t.equal(response.headers.get('cache-control'), 'max-age=0, private, must-revalidate')
    t.match(page, /^<!doctype html><html><body class="root"><div id="phx-[\w-]+" data-phx-main /)
    t.match(seenIn(page), { connected: false, params: { a: '1' }, uri: 'http://localhost/?a=1' })
    t.match(seenIn(await (await visit.live('/?a=1')).render()), { connected: true })
  }),
)

t.test('LV-002 the container says what the client needs, and no two pages have one id', (t) =>
  withRuntime(async () => {
    const visit = visitor((route) => route.live('/', ShowLive))
    const [one = '', two = ''] = await Promise.all([1, 2].map(async () => (await visit.get('/')).text()))
    const tag = /<div id="(phx-[\w-]+)" data-phx-main data-phx-session="[\w.-]+" data-phx-static="[\w.-]+">/
    t.match(one, tag)
    t.not(tag.exec(one)?.[1], tag.exec(two)?.[1])
    t.notMatch(one, /data-phx-(root-id|component|id|view|ref)/)
  }),
)

t.test('LV-003 a view may have another container, and its route yet another', (t) =>
  withRuntime(async () => {
    const Own = LiveView.define({
      module: 'Own',
      container: ['span', { style: 'a: "b"', class: ['foo', false, 'bar'], hidden: true, title: null }],
      render: () => html`x`,
    })
    const visit = visitor((route) => {
      route.live('/', Own)
      route.live('/route', Own, null, { container: ['section', { class: 'wide', lang: 'en' }] })
    })
    t.match(
      await (await visit.get('/')).text(),
      /<span style="a: &quot;b&quot;" class="foo bar" hidden id="phx-[^>]*>x<\/span>/,
    )
    t.match(
      await (await visit.get('/route')).text(),
      /<section style="a: &quot;b&quot;" class="wide" hidden lang="en" id="phx-/,
    )
    for (const container of ['p', ['p'], ['p', {}, {}], ['a b', {}], [1, {}]])
      t.throws(() => LiveView.define({ container: container as never, render: () => html`` }), {
        code: 'BEAMISH_BAD_ARGUMENT',
      })
  }),
)

t.test('LV-004 actions and params', (t) =>
  withRuntime(async () => {
    const visit = visitor((route) => {
      route.live('/show/:id', ShowLive)
      route.live('/edit/:id', ShowLive, 'edit')
    })
    const page = await (await visit.get('/show/7?id=8&b[c]=2')).text()
    t.match(page, /<i><\/i>/)
    t.same(seenIn(page)['params'], { id: '7', b: { c: '2' } }, 'the path wins')
    t.same(seenIn(page)['again'], { id: '7', b: { c: '2' } })
    t.match(await (await visit.get('/edit/7')).text(), /<i>edit<\/i>/)
    t.throws(() => Router.define((route) => route.live('/', ShowLive, 5 as never)), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Router.define((route) => route.live('/', {} as never)), { message: /a live view/ })
  }),
)

t.test('LV-006 the document knows the title that the view assigned', (t) =>
  withRuntime(async () => {
    const Titled = LiveView.define({
      module: 'Titled',
      mount: (_params, _session, socket) => void socket.assign({ pageTitle: 'a < b' }),
      render: () => html`x`,
    })
    const visit = visitor((route) => route.live('/', Titled))
    t.match(await (await visit.get('/')).text(), /<title>a &lt; b<\/title>/)
  }),
)

t.test('LV-007 the layout is that of mount, else of the live session, else of the view', (t) =>
  withRuntime(async () => {
    const named =
      (name: string): LiveLayout =>
      ({ innerContent, n }) =>
        html`<section id=${name}>${n}${innerContent}</section>`
    const view = (own: LiveLayout | undefined, ofMount: LiveLayout | false | undefined) =>
      LiveView.define({
        ...(own && { layout: own }),
        mount: (_params, _session, socket) => {
          socket.assign({ n: 1 })
          return ofMount === undefined ? undefined : mounted({ layout: ofMount })
        },
        handleEvent: { more: (_value, socket) => socket.update('n', (n) => n + 1) },
        render: () => html`x`,
      })
    const visit = visitor((route) => {
      route.live('/none', view(undefined, undefined))
      route.live('/view', view(named('view'), undefined))
      route.liveSession('s', { layout: named('session') }, (r) => {
        r.live('/session', view(named('view'), undefined))
        r.live('/mount', view(named('view'), named('mount')))
        r.live('/false', view(named('view'), false))
      })
    })
    for (const [path, id] of Object.entries({
      '/none': '',
      '/view': 'view',
      '/session': 'session',
      '/mount': 'mount',
      '/false': '',
    })) {
      const expected = id === '' ? 'x' : `<section id="${id}">1x</section>`
      t.match(await (await visit.get(path)).text(), new RegExp(`">${expected}</div>`), path)
      const live = await visit.live(path)
      t.equal(await live.render(), expected, path)
      if (id !== '') t.equal(await live.renderClick('more'), `<section id="${id}">2x</section>`, 'it is patched too')
    }
  }),
)

t.test('LV-010 a live session adds to the session', (t) =>
  withRuntime(async () => {
    const visit = visitor(
      (route) => {
        const plugs: Plug[] = [
          session(SESSION),
          (_request, conn, next) => {
            conn.session.put('user', 'of the cookie')
            return next()
          },
        ]
        route.scope('/', { pipe: plugs }, (r) => {
          r.live('/plain', ShowLive)
          r.liveSession('map', { session: { user: 'of the map', n: 1 } }, (s) => s.live('/map', ShowLive))
          r.liveSession('function', { session: (request) => ({ url: request.url }) }, (s) =>
            s.live('/function', ShowLive),
          )
        })
      },
      { session: SESSION },
    )
    const valuesOf = async (path: string) => {
      await visit.get(path)
      const overHttp = seenIn(await (await visit.get(path)).text())['values']
      t.same(seenIn(await (await visit.live(path)).render())['values'], overHttp, `${path}: connected as over HTTP`)
      return overHttp
    }
    t.same(await valuesOf('/plain'), { user: 'of the cookie' })
    t.same(await valuesOf('/map'), { user: 'of the map', n: 1 })
    t.same(await valuesOf('/function'), { user: 'of the cookie', url: 'http://localhost/function' })
  }),
)

t.test('LV-011 mistakes in live routes are refused where they are made', async (t) => {
  const define = (build: Build, message: RegExp) =>
    t.throws(() => Router.define(build), { code: 'BEAMISH_BAD_ARGUMENT', message })
  define((route) => {
    route.liveSession('a', {}, () => {})
    route.liveSession('a', {}, () => {})
  }, /a name that is not taken/)
  define((route) => route.liveSession('default', {}, () => {}), /not taken/)
  define(
    (route) => route.liveSession('a', {}, (r) => r.scope('/x', (s) => s.liveSession('b', {}, () => {}))),
    /outside of any other/,
  )
  define((route) => route.liveSession('a', { mount: 1 } as never, (r) => r.live('/', ShowLive)), /the options onMount/)
  define((route) => route.liveSession('a', { onMount: 1 } as never, (r) => r.live('/', ShowLive)), /onMount/)
  define((route) => route.liveSession('a', { session: { [Symbol('x')]: 1 } }, (r) => r.live('/', ShowLive)), /strings/)
  define((route) => route.live('/', ShowLive, null, { title: 'x' } as never), /the options container/)
  define((route) => route.live('/', ShowLive, null, { metadata: [] as never }), /metadata expects an object/)
})

t.test('LV-012 a mount that fails over HTTP is an error page', (t) =>
  withRuntime(async () => {
    const Failing = LiveView.define({
      module: 'Failing',
      mount: ({ status }) => {
        throw status === '404' ? new HttpError(404, 'gone') : new Error('crashed on demand')
      },
      render: () => html`never`,
    })
    const visit = visitor((route) => route.live('/:status', Failing))
    for (const status of [404, 500]) {
      const response = await visit.get(`/${status}`)
      t.equal(response.status, status)
      t.notMatch(await response.text(), /data-phx/)
    }
  }),
)

t.test('LV-013 text is escaped, over HTTP and when it changes; raw is not', (t) =>
  withRuntime(async () => {
    const evil = `O'Connor <b> "x" & y`
    const Escaped = LiveView.define({
      module: 'Escaped',
      mount: (_params, _session, socket) => void socket.assign({ text: evil }),
      handleEvent: { set: ({ text }, socket) => socket.assign({ text }) },
      render: ({ text }) => html`<p title=${text}>${text}</p>${raw('<hr>')}`,
    })
    const visit = visitor((route) => route.live('/', Escaped))
    const safe = 'O&#39;Connor &lt;b&gt; &quot;x&quot; &amp; y'
    t.match(await (await visit.get('/')).text(), `<p title="${safe}">${safe}</p><hr>`)
    const view = await visit.live('/')
    t.match(await view.renderClick('set', { text: '<script>' }), />&lt;script&gt;<\/p>/)
  }),
)

t.test('LV-014 assignNew takes what the request has, else makes it', (t) =>
  withRuntime(async () => {
    let made = 0
    const User = LiveView.define({
      module: 'User',
      mount: (_params, _session, socket: LiveViewSocket<{ user: string; greeting: string }>) => {
        socket.assignNew('user', () => `made ${++made}`)
        socket.assignNew('user', () => 'never')
        socket.assignNew('greeting', ({ user }) => `hello ${user}`)
      },
      render: ({ greeting }) => html`<p>${greeting}</p>`,
    })
    const plug: Plug = (_request, conn, next) => {
      conn.assign('user', 'of a plug')
      return next()
    }
    const visit = visitor((route) => route.scope('/', { pipe: plug }, (r) => r.live('/', User)))
    t.match(await (await visit.get('/')).text(), /<p>hello of a plug<\/p>/)
    t.equal(made, 0)
    t.equal(await (await visit.live('/')).render(), '<p>hello made 1</p>')
  }),
)

t.test('components stand in the page over HTTP, without marks', (t) =>
  withRuntime(async () => {
    const Inner = LiveComponent.define<{ text: string }>({
      update: async ({ id }, socket) => {
        await Promise.resolve()
        socket.assign({ text: `${id} ${socket.connected}` })
      },
      render: ({ text }) => html`<b>${text}</b>`,
    })
    const Outer = LiveComponent.define({ render: () => html`<p>${Inner.use({ id: 1 })}${Inner.use({ id: 2 })}</p>` })
    const visit = visitor((route) => route.live('/', LiveView.define({ render: () => html`${Outer.use({ id: 1 })}` })))
    t.match(await (await visit.get('/')).text(), /"><p><b>1 false<\/b><b>2 false<\/b><\/p><\/div>/)
    t.match(await (await visit.live('/')).render(), /<b data-phx-component="2">1 true<\/b>/)
  }),
)

t.test('the head of a document has the token that its client connects with', (t) =>
  withRuntime(async () => {
    const Root: RootLayout = ({ innerContent, conn }) =>
      html`<html><head>${csrfMetaTag(conn)}</head><body>${innerContent}</body></html>`
    const visit = visitor(
      (route) =>
        route.scope('/', { pipe: [session(SESSION), flash(), csrf(), rootLayout(Root)] }, (r) => r.live('/', ShowLive)),
      { session: SESSION },
    )
    t.match(await (await visit.get('/')).text(), /<meta name="csrf-token" content="[\w-]{56}">/)
    t.match(seenIn(await (await visit.live('/')).render())['values'], { _csrf_token: String })
    t.throws(() => rootLayout(5 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)
