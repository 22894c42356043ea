import t from 'tap'
import {
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  pushNavigate,
  pushPatch,
  reply,
} from '../../../src/live-view/index.ts'
import { withoutChromium } from '../../support/chromium.ts'
import { liveBrowser } from '../../support/live-browser.ts'

// The history of a page, its scroll position, and what the hooks of a page are told.

const hooks = `{
  Ask: {
    mounted() {
      const { event, to } = this.el.dataset
      const told = (answer) => { this.el.dataset.answer = JSON.stringify(answer) }
      this.el.addEventListener('click', () =>
        to === undefined ? this.pushEvent(event, {}, told) : this.pushEventTo(to, event, {}, told))
    },
  },
}`

/** As high as two screens. */
const filler = html`<div style="height: 3000px"></div>`

const ListLive = LiveView.define<{ page: string; mark: number }>({
  module: 'history.List',
  mount: (_params, _session, socket) => void socket.assign({ page: '', mark: Math.random() }),
  handleParams: ({ page = '0' }, _uri, socket) => socket.assign({ page }),
  handleEvent: {
    next: (_value, socket) => pushPatch(socket, { to: `/list?page=${Number(socket.assigns.page) + 1}` }),
    leave: (_value, socket) => pushNavigate(socket, { to: '/item' }),
  },
  render: ({ page, mark }) => html`<main><h1 id="page" data-mark=${mark}>${page}</h1>${filler}
    <button id="next" phx-click="next">next</button><button id="leave" phx-click="leave">leave</button>
    <a id="hash" href="#there">there</a><p id="there">there</p></main>`,
})

const ItemLive = LiveView.define({
  module: 'history.Item',
  render: () => html`<main><h2 id="item">item</h2>${filler}</main>`,
})

const events = {
  quiet: () => {},
  change: (_value: unknown, socket: Counting) => void socket.update('n', (n) => n + 1),
  answer: () => reply({ one: 1 }),
  both: (_value: unknown, socket: Counting) => reply({ n: socket.update('n', (n) => n + 1).assigns.n }),
}
interface Counting {
  readonly assigns: { readonly n: number }
  update(key: 'n', change: (n: number) => number): Counting
}

/** Buttons whose hooks ask a view or a component, and show what their callbacks get. */
const buttons = (who: string, to?: string) =>
  Object.keys(events).map(
    (event) =>
      html`<button id=${`${who}-${event}`} data-event=${event} data-to=${to} phx-hook="Ask" phx-update="ignore">${event}</button>`,
  )

const Part = LiveComponent.define<{ n: number }>({
  module: 'history.Part',
  mount: (socket) => socket.assign({ n: 0 }),
  handleEvent: events,
  render: ({ n }) => html`<section id="part">${n}</section>`,
})

const AskLive = LiveView.define({
  module: 'history.Ask',
  mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
  handleEvent: events,
  render: ({ n }) => html`<main><p id="n">${n}</p>${Part.use({ id: 1 })}
    ${buttons('view')}${buttons('component', '#part')}</main>`,
})

const inBrowser = liveBrowser(t, {
  hooks,
  routes: (route) => {
    route.live('/list', ListLive)
    route.live('/item', ItemLive)
    route.live('/ask', AskLive)
  },
})

const messagesIn = (sent: readonly string[]): string[] =>
  sent.map((text) => (JSON.parse(text) as string[])[3] ?? '').filter((event) => event !== 'heartbeat')

t.test(
  'LV-034 a page whose root is one element tells its hooks what they asked for, and never 1',
  { skip: withoutChromium },
  (t) =>
    inBrowser(async (open) => {
      const { page, problems } = await open('/ask')
      for (const [who, n] of [
        ['view', 2],
        ['component', 2],
      ] as const) {
        const expected = { quiet: 'null', change: 'null', answer: '{"one":1}', both: `{"n":${n}}` }
        for (const [event, answer] of Object.entries(expected)) {
          await page.click(`#${who}-${event}`)
          await page.locator(`#${who}-${event}[data-answer]`).waitFor()
          t.equal(await page.getAttribute(`#${who}-${event}`, 'data-answer'), answer, `${who} ${event}`)
        }
      }
      t.equal(await page.innerText('#n'), '2')
      t.equal(await page.innerText('#part'), '2')
      t.same(problems, [])
    }),
)

t.test('LV-104 back and forward over patches and other views, without a page load', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, sent, problems } = await open('/list?page=1')
    await page.evaluate('window.sign = "the same page"')
    const mark = await page.getAttribute('#page', 'data-mark')
    await page.click('#next')
    await page.locator('#page:text-is("2")').waitFor()
    await page.evaluate('scrollTo(0, 1234)')
    await page.click('#leave')
    await page.locator('#item').waitFor()
    t.equal(await page.evaluate('scrollY'), 0, 'another view begins at its top')
    sent.length = 0
    await page.goBack()
    await page.locator('#page:text-is("2")').waitFor()
    t.same(messagesIn(sent), ['phx_leave', 'phx_join'])
    await page.waitForFunction('scrollY > 1000')
    const again = await page.getAttribute('#page', 'data-mark')
    t.not(again, mark, 'mounted anew')
    sent.length = 0
    await page.goBack()
    await page.locator('#page:text-is("1")').waitFor()
    await page.goForward()
    await page.locator('#page:text-is("2")').waitFor()
    t.same(messagesIn(sent), ['live_patch', 'live_patch'])
    t.equal(await page.getAttribute('#page', 'data-mark'), again, 'a patch mounts nothing')
    await page.goForward()
    await page.locator('#item').waitFor()
    t.equal(await page.evaluate('window.sign'), 'the same page')
    t.same(problems, [])
  }),
)

t.test('LV-104 a link to a place of the page sends nothing', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, sent } = await open('/list?page=1')
    sent.length = 0
    await page.click('#hash')
    await page.waitForFunction('location.hash === "#there"')
    await page.goBack()
    await page.waitForFunction('location.hash === ""')
    await page.click('#next')
    await page.locator('#page:text-is("2")').waitFor()
    t.same(messagesIn(sent), ['event'], 'only what came after it')
  }),
)
