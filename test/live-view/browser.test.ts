import t from 'tap'
import { redirect as httpRedirect, text } from '../../src/endpoint/index.ts'
import {
  each,
  html,
  JS,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  pushEvent,
  pushNavigate,
  pushPatch,
  putFlash,
  redirect,
  reply,
} from '../../src/live-view/index.ts'
import { withoutChromium } from '../support/chromium.ts'
import { liveBrowser } from '../support/live-browser.ts'

// Pages in a real browser, with the unmodified client.

const Hooks = `{
  Asker: { mounted() {
    this.el.addEventListener('click', () => this.pushEvent('ask', { n: 2 }, (answer) => { this.el.innerText = JSON.stringify(answer) }))
    this.handleEvent('saved', ({ id }) => { this.el.dataset.saved = id })
  } }
}`

interface Counting {
  count: number
}

const Row = LiveComponent.define<{ count: number; name: string }>({
  module: 'Row',
  mount: (socket) => socket.assign({ count: 0 }),
  handleEvent: {
    more: (_value, socket) => socket.update('count', (count) => count + 1),
    leave: (_value, socket) => pushNavigate(putFlash(socket, 'info', 'from a component'), { to: '/list' }),
  },
  render: ({ id, count, name, myself }) =>
    html`<li id=${`row-${id}`}>${name} <b>${count}</b>
      <button class="more" phx-click="more" phx-target=${myself}>more</button>
      <button class="leave" phx-click="leave" phx-target=${myself}>leave</button></li>`,
})

const CounterLive = LiveView.define({
  module: 'CounterLive',
  mount: (
    _params,
    _session,
    socket: LiveViewSocket<Counting & { names: string[]; text: string; mounted: boolean }>,
  ) => {
    socket.assign({ count: 0, names: ['a', 'b'], text: '', mounted: socket.connected, pageTitle: 'Counter' })
  },
  handleEvent: {
    inc: (_value, socket) => socket.update('count', (count) => count + 1),
    swap: (_value, socket) => socket.update('names', (names) => [...names].reverse()),
    validate: ({ text }, socket) => socket.assign({ text }),
    save: ({ text }, socket) => {
      socket.assign({ text: `saved ${text}`, pageTitle: 'Saved' })
      pushEvent(socket, 'saved', { id: 7 })
    },
    ask: ({ n }) => reply({ twice: n * 2 }),
    boom: () => {
      throw new Error('crashed on demand')
    },
    away: (_value, socket) => redirect(putFlash(socket, 'info', 'over HTTP'), { to: '/plain' }),
    go: (_value, socket) => pushNavigate(putFlash(socket, 'info', 'hello'), { to: '/list?page=1' }),
  },
  render: ({ count, names, text, mounted, flash }) => html`
    <p id="count" data-mounted=${String(mounted)}>${count}</p><p id="flash">${flash['info']}</p>
    <button id="inc" phx-click="inc">+</button> <button id="swap" phx-click="swap">swap</button>
    <button id="boom" phx-click="boom">boom</button> <button id="away" phx-click="away">away</button>
    <button id="go" phx-click="go">go</button>
    <button id="js" phx-click=${JS.push('inc').addClass('done', { to: '#count' })}>js</button>
    <a id="link" href="/list" data-phx-link="redirect" data-phx-link-state="push">list</a>
    <form id="form" phx-change="validate" phx-submit="save"><input name="text" value=${text}><i id="echo">${text}</i></form>
    <div id="hook" phx-hook="Asker" phx-update="ignore">hook</div>
    <ul>${each(names, String, (name) => Row.use({ id: name, name }))}</ul>`,
})

const ListLive = LiveView.define({
  module: 'ListLive',
  container: ['div', { class: ['list', 'wide'] }],
  mount: (_params, _session, socket: LiveViewSocket<{ page: string; uri: string; mounts: number }>) => {
    socket.assign({ pageTitle: 'List', mounts: Math.round(Math.random() * 1e9) })
  },
  handleParams: ({ page = 'none' }, uri, socket) => socket.assign({ page, uri }),
  handleEvent: {
    next: (_value, socket) => pushPatch(socket, { to: `/list?page=${Number(socket.assigns.page) + 1}` }),
  },
  render: ({ page, uri, mounts, flash }) => html`<h1 id="page" data-mounts=${mounts}>${page}</h1><p id="uri">${uri}</p>
    <p id="flash">${flash['info']}</p><button id="next" phx-click="next">next</button>
    <a id="third" href="/list?page=3" data-phx-link="patch" data-phx-link-state="push">3</a>`,
})

const inBrowser = liveBrowser(t, {
  hooks: Hooks,
  routes: (route) => {
    route.live('/', CounterLive)
    route.live('/list', ListLive)
    route.get('/plain', (_request, conn) => text(`plain ${conn.flash.get('info')}`))
    route.get('/there', () => httpRedirect('/list'))
    route.liveSession('other', {}, (r) => r.live('/other', ListLive))
  },
})

t.test('LV-017 LV-071 a page comes alive, and events change it', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/')
    t.equal(await page.getAttribute('#count', 'data-mounted'), 'true', 'it was mounted again')
    t.equal(await page.title(), 'Counter · Test')
    await page.click('#inc')
    await page.locator('#count:text-is("1")').waitFor()
    await page.click('#js')
    await page.locator('#count.done:text-is("2")').waitFor()
    await page.click('#hook')
    await page.locator('#hook:text-is(\'{"twice":4}\')').waitFor()
    t.same(problems, [])
  }),
)

t.test('LV-073 a form is validated as it is typed, and saved', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/')
    await page.fill('#form input', 'a & b')
    await page.locator('#echo:text-is("a & b")').waitFor()
    await page.press('#form input', 'Enter')
    await page.locator('#echo:text-is("saved a & b")').waitFor()
    await page.locator('#hook[data-saved="7"]').waitFor()
    t.equal(await page.title(), 'Saved · Test')
    t.same(problems, [])
  }),
)

t.test('LV-060 a component keeps its state, wherever it stands', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/')
    await page.click('#row-a .more')
    await page.locator('#row-a b:text-is("1")').waitFor()
    await page.click('#swap')
    await page.locator('#row-b:first-child').waitFor()
    t.equal(await page.innerText('#row-a b'), '1')
    await page.click('#row-a .more')
    await page.locator('#row-a b:text-is("2")').waitFor()
    t.equal(await page.innerText('#row-b b'), '0')
    await page.click('#row-b .leave')
    await page.locator('#flash:text-is("from a component")').waitFor()
    t.same(problems, [])
  }),
)

t.test('LV-025 LV-085 a view that crashes comes back by itself, with what was typed', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/')
    await page.evaluate('window.sign = "the same page"')
    await page.click('#inc')
    await page.locator('#count:text-is("1")').waitFor()
    await page.fill('#form input', 'typed')
    await page.locator('#echo:text-is("typed")').waitFor()
    await page.click('#boom')
    await page.locator('#count:text-is("0")').waitFor()
    await page.locator('#echo:text-is("typed")').waitFor()
    t.equal(await page.inputValue('#form input'), 'typed')
    t.equal(await page.evaluate('window.sign'), 'the same page', 'it was not loaded anew')
    await page.locator('.phx-connected:not(.phx-error)').waitFor()
    t.same(problems, [])
  }),
)

t.test('LV-085 a lost connection is taken up again', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page } = await open('/')
    await page.fill('#form input', 'typed')
    await page.locator('#echo:text-is("typed")').waitFor()
    await page.evaluate('liveSocket.socket.conn.close()')
    await page.locator('.phx-connected').waitFor()
    await page.click('#inc')
    await page.locator('#count:text-is("1")').waitFor()
    await page.locator('#echo:text-is("typed")').waitFor()
    t.equal(await page.inputValue('#form input'), 'typed')
  }),
)

t.test('LV-098 LV-104 a page goes from view to view, patches, and goes back', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/')
    await page.evaluate('window.sign = "the same page"')
    await page.click('#go')
    await page.locator('#page:text-is("1")').waitFor()
    t.equal(await page.innerText('#flash'), 'hello')
    t.equal(new URL(page.url()).search, '?page=1')
    t.equal(await page.title(), 'List · Test')
    t.equal(await page.locator('div.list.wide[data-phx-main]').count(), 1, 'the container is that of the new view')
    const mounts = await page.getAttribute('#page', 'data-mounts')
    await page.click('#next')
    await page.locator('#page:text-is("2")').waitFor()
    t.equal(await page.innerText('#flash'), '', 'a patch has no older flash')
    await page.click('#third')
    await page.locator('#page:text-is("3")').waitFor()
    t.match(await page.innerText('#uri'), /^http:\/\/127\.0\.0\.1:\d+\/list\?page=3$/)
    await page.goBack()
    await page.locator('#page:text-is("2")').waitFor()
    t.equal(await page.getAttribute('#page', 'data-mounts'), mounts, 'it was never mounted anew')
    await page.goBack()
    await page.locator('#page:text-is("1")').waitFor()
    await page.goBack()
    await page.locator('#count').waitFor()
    await page.click('#link')
    await page.locator('#page:text-is("none")').waitFor()
    t.equal(await page.evaluate('window.sign'), 'the same page', 'nothing was loaded')
    t.same(problems, [])
  }),
)

t.test(
  'LV-020 LV-107 beyond its live session a page is loaded, and the flash goes along',
  { skip: withoutChromium },
  (t) =>
    inBrowser(async (open) => {
      const { page } = await open('/')
      await page.click('#away')
      await page.locator('body:has-text("plain over HTTP")').waitFor()
      const { page: other } = await open('/list')
      await other.evaluate('window.sign = "the same page"')
      await other.evaluate('liveSocket.js().navigate("/other")')
      await other.waitForFunction('window.sign === undefined')
      await other.locator('.phx-connected #page').waitFor()
      t.equal(new URL(other.url()).pathname, '/other')
    }),
)
