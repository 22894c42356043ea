import t from 'tap'
import { csrf, Router, type RouteScope, type SessionOptions, session, text } from '../../../src/endpoint/index.ts'
import {
  csrfMetaTag,
  csrfToken,
  form,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  link,
  type RootLayout,
  rootLayout,
} from '../../../src/live-view/index.ts'
import { LiveViewTest, withRuntime } from '../../../src/testing/index.ts'
import { SECRET } from '../../support/live-endpoint.ts'

const SESSION: SessionOptions = { key: '_csrf_of_views', signingSalt: 'salt' }
const OWN_KEY: SessionOptions = { ...SESSION, csrfTokenKey: 'own' }

const Item = LiveComponent.define<{ n: number }>({
  render: ({ n }) => html`<li>${n} ${link({ href: '/saved', method: 'delete', id: 'in-component' }, 'delete')}</li>`,
})

const FormLive = LiveView.define({
  mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
  handleEvent: { more: (_value, socket) => socket.update('n', (n) => n + 1) },
  render: ({ n }) => html`<b>${n}</b>
    ${form({ id: 'f', action: '/saved' }, html`<input name="n" value=${n}>`)}
    <form id="own" action="/saved" method="post"><input type="hidden" name="_csrf_token" value=${csrfToken}></form>
    ${n > 0 && form({ id: 'later', action: '/saved' })} ${Item.use({ id: 1, n })}`,
})

const Page: RootLayout = ({ innerContent, conn }) =>
  html`<html lang="en"><head>${csrfMetaTag(conn)}</head><body>${link({ href: '/saved', method: 'delete', id: 'out' }, 'log out')}
    ${innerContent}</body></html>`

function routes(options: SessionOptions) {
  const build = (route: RouteScope) => {
    route.live('/', FormLive)
    route.post('/saved', () => text('saved'))
  }
  return Router.define((route) => route.scope('/', { pipe: [session(options), csrf(), rootLayout(Page)] }, build))
}

const tokensIn = (page: string) =>
  [...page.matchAll(/name="_csrf_token"[^>]* value="([^"]*)"|data-csrf="([^"]*)"/g)].map(([, a, b]) => a ?? b)

for (const [name, options] of [
  ['its session', SESSION],
  ['its client, when the session has another key', OWN_KEY],
] as const) {
  t.test(`LV-152 a connected form has a token that its page is let in with: of ${name}`, () =>
    withRuntime(async () => {
      const visitor = LiveViewTest.visit({ router: routes(options), session: options, secretKeyBase: SECRET })
      const page = await (await visitor.get('/')).text()
      const tokens = tokensIn(page)
      t.equal(tokens.length, 4, 'in the root layout, in forms, in a component')
      t.equal(new Set(tokens).size, 1, 'a page has one')
      const view = await visitor.live('/')
      const connected = tokensIn(await view.render())
      t.equal(connected.length, 3)
      t.equal(new Set(connected).size, 1)
      for (const token of [tokens[0], connected[0]]) {
        const body = new URLSearchParams({ _csrf_token: String(token) }).toString()
        t.equal((await visitor.submit({ method: 'POST', path: '/saved', body })).status, 200)
      }
      t.equal((await visitor.submit({ method: 'POST', path: '/saved', body: '_csrf_token=x' })).status, 403)
      await view.renderClick('more')
      t.same(new Set(tokensIn(await view.render())), new Set(connected), 'it stays the same')
      t.equal(tokensIn(await view.render()).length, 4)
      t.equal((await visitor.submit(view.form('#later').request())).status, 200)
    }),
  )
}

t.test('LV-152 without csrf() in the pipeline a form says what is missing', () =>
  withRuntime(async () => {
    const router = Router.define((route) => route.live('/', FormLive))
    const response = await LiveViewTest.visit({ router }).get('/')
    t.equal(response.status, 500)
    const debugged = Router.define((route) => route.live('/', FormLive), { debugErrors: true })
    t.match(await (await LiveViewTest.visit({ router: debugged }).get('/')).text(), 'needs csrf() in front of it')
  }),
)
