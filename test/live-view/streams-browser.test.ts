import fc from 'fast-check'
import type { Page } from 'playwright-core'
import t from 'tap'
import { Router, type RouteScope } from '../../src/endpoint/index.ts'
import {
  each,
  html,
  LiveComponent,
  type LiveStream,
  LiveView,
  type StreamInsertOptions,
  stream,
  streamDeleteByDomId,
  streamInsert,
} from '../../src/live-view/index.ts'
import { LiveViewTest } from '../../src/testing/index.ts'
import { withoutChromium } from '../support/chromium.ts'
import { itemsIn } from '../support/items-in.ts'
import { liveBrowser } from '../support/live-browser.ts'

// Streams in a real browser, with the unmodified client.

interface Item {
  readonly id: number | string
  readonly text: string
}

type Operation =
  | { readonly type: 'insert'; readonly item: Item; readonly options: StreamInsertOptions }
  | { readonly type: 'stream'; readonly items: readonly Item[]; readonly options: StreamInsertOptions }
  | { readonly type: 'reset'; readonly items: readonly Item[] }
  | { readonly type: 'delete'; readonly domId: string }
  | { readonly type: 'show'; readonly parts: Partial<Parts> }

/** What stands on the page beside the items. Without text: what a limit has cut off comes back empty in a browser (1.2.12). */
interface Parts {
  readonly first: boolean
  readonly last: boolean
  readonly list: boolean
}

const row = ({ text }: Item, domId: string) => html`<li id=${domId}>${text}</li>`

/** Does to a stream what it is told. */
const PlanLive = LiveView.define<{ streams: { items: LiveStream<Item> }; parts: Parts }>({
  module: 'streams.PlanLive',
  mount: (_params, _session, socket) => {
    stream(socket, 'items', [
      { id: 1, text: 'one' },
      { id: 2, text: 'two' },
    ])
    socket.assign({ parts: { first: false, last: false, list: true } })
  },
  handleEvent: {
    perform: ({ operations }: { operations: readonly Operation[] }, socket) => {
      for (const one of operations) {
        if (one.type === 'insert') streamInsert(socket, 'items', one.item, one.options)
        else if (one.type === 'stream') stream(socket, 'items', one.items, one.options)
        else if (one.type === 'reset') stream(socket, 'items', one.items, { reset: true })
        else if (one.type === 'delete') streamDeleteByDomId(socket, 'items', one.domId)
        else socket.update('parts', (parts) => ({ ...parts, ...one.parts }))
      }
    },
  },
  render: ({ streams, parts }) => html`<i id="hook" phx-hook="Perform"></i>
    <div>${
      parts.list &&
      html`<ul id="items" phx-update="stream">
      ${parts.first && html`<li id="first"></li>`}
      ${each(streams.items, row)}
      ${parts.last && html`<li id="last"></li>`}
    </ul>`
    }</div>`,
})

const Row = LiveComponent.define<{ text: string; count: number; streams: { inner: LiveStream<Item> } }>({
  mount: (socket) => {
    socket.assign({ count: 0 })
    stream(socket, 'inner', [])
  },
  handleEvent: {
    more: (_value, socket) => {
      const count = socket.assigns.count + 1
      streamInsert(socket.assign({ count }), 'inner', { id: `${socket.assigns.id}-${count}`, text: String(count) })
    },
  },
  render: ({ id, text, count, streams, myself }) => html`<li id=${id}>
    <button phx-click="more" phx-target=${myself}>${text} ${count}</button>
    <ol id=${`${id}-inner`} phx-update="stream">${each(streams.inner, row)}</ol></li>`,
})

/** Items that are components, each with a stream. */
const RowsLive = LiveView.define<{ streams: { items: LiveStream<Item> } }>({
  module: 'streams.RowsLive',
  mount: (_params, _session, socket) => stream(socket, 'items', rows('a', 'b')),
  handleEvent: {
    perform: ({ operations: [items] }, socket) => stream(socket, 'items', rows(...items), { reset: true }),
  },
  render: ({ streams }) => html`<i id="hook" phx-hook="Perform"></i>
    <ul id="items" phx-update="stream">${each(streams.items, ({ text }, id) => Row.use({ id, text }))}</ul>`,
})

function rows(...ids: readonly string[]): Item[] {
  return ids.map((id) => ({ id, text: id }))
}

interface Feed {
  readonly streams: { readonly items: LiveStream<Item> }
  readonly first: number
  readonly last: number
  readonly heard: readonly string[]
}

/** Goes on while somebody scrolls. */
const FeedLive = LiveView.define<Feed>({
  module: 'streams.FeedLive',
  mount: (_params, _session, socket) => {
    stream(socket, 'items', upTo(21, 40))
    socket.assign({ first: 21, last: 40, heard: [] })
  },
  handleEvent: {
    below: ({ id }, socket) => {
      const { last, heard } = socket.assigns
      stream(socket, 'items', upTo(last + 1, last + 20), { limit: -30 })
      socket.assign({ last: last + 20, heard: [...heard, `below ${id}`] })
    },
    above: ({ id, _overran = false }, socket) => {
      const { heard } = socket.assigns
      if (_overran) stream(socket, 'items', upTo(1, 20), { reset: true })
      else stream(socket, 'items', upTo(1, 20).reverse(), { at: 0, limit: 30 })
      socket.assign({ first: 1, heard: [...heard, `above ${id}${_overran ? ' overran' : ''}`] })
    },
  },
  render: ({ streams, heard }) => html`<p id="heard" style="position: fixed; top: 0; right: 0">${heard.join(', ')}</p>
    <ul id="items" phx-update="stream" phx-viewport-top="above" phx-viewport-bottom="below" style="padding: 100vh 0; margin: 0">
    ${each(streams.items, ({ id }, domId) => html`<li id=${domId} style="height: 100px">${id}</li>`)}</ul>`,
})

function upTo(first: number, last: number): Item[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ id: first + index, text: '' }))
}

const routes = (route: RouteScope) => {
  route.live('/plan', PlanLive)
  route.live('/rows', RowsLive)
  route.live('/feed', FeedLive)
}

/** `perform(operations)` in the page asks the view to do something, and waits until that is on the page. */
const HOOKS = `{
  Perform: { mounted() {
    window.perform = (operations) => this.pushEvent('perform', { operations })
  } }
}`

const inBrowser = liveBrowser(t, { routes, hooks: HOOKS })

/** As `itemsIn` has them. */
function itemsOf(page: Page, id = 'items'): Promise<string[]> {
  const texts = `[...document.getElementById('${id}')?.children ?? []].map(({ id, textContent }) => \`\${id} \${textContent.trim()}\`)`
  return page.evaluate(texts)
}

async function perform(page: Page, operations: readonly unknown[]): Promise<void> {
  await page.evaluate(`perform(${JSON.stringify(operations)})`)
}

const insert = (id: number, options: StreamInsertOptions = {}): Operation => ({
  type: 'insert',
  item: { id, text: `${id}` },
  options,
})

t.test(
  'LV-119 a container that comes back, and a page that joins again, have only what is inserted then',
  { skip: withoutChromium },
  (t) =>
    inBrowser(async (open) => {
      const { page, problems } = await open('/plan')
      await perform(page, [insert(3)])
      t.same(await itemsOf(page), ['items-1 one', 'items-2 two', 'items-3 3'])
      await perform(page, [{ type: 'show', parts: { list: false } }])
      await perform(page, [insert(4)])
      t.equal(await page.locator('#items').count(), 0)
      await perform(page, [{ type: 'show', parts: { list: true } }])
      t.same(await itemsOf(page), [])
      await perform(page, [insert(5)])
      t.same(await itemsOf(page), ['items-5 5'])
      await page.evaluate('liveSocket.socket.conn.close()')
      await page.locator('#items-1').waitFor()
      t.same(await itemsOf(page), ['items-1 one', 'items-2 two'], 'as mount has them')
      await perform(page, [insert(6, { at: 0 })])
      t.same(await itemsOf(page), ['items-6 6', 'items-1 one', 'items-2 two'])
      t.same(problems, [])
    }),
)

t.test('LV-115 components in a stream keep their state and streams through a reset', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/rows')
    const inner = (id: string) => itemsOf(page, `items-${id}-inner`)
    await page.click('#items-a button')
    await page.locator('#items-a button:text-is("a 1")').waitFor()
    await page.click('#items-a button')
    await page.locator('#inner-items-a-2').waitFor()
    await perform(page, [['c', 'a']])
    t.match(await itemsOf(page), [/^items-c c 0/, /^items-a a 2/])
    t.same(await inner('a'), ['inner-items-a-1 1', 'inner-items-a-2 2'])
    t.same(await inner('c'), [])
    await page.click('#items-c button')
    await page.locator('#inner-items-c-1').waitFor()
    await page.click('#items-a button')
    await page.locator('#inner-items-a-3').waitFor()
    t.same(await inner('a'), ['inner-items-a-1 1', 'inner-items-a-2 2', 'inner-items-a-3 3'])
    t.same(problems, [])
  }),
)

// ── The browser, and the test client ──

const item = fc.record({ id: fc.integer({ min: 1, max: 6 }), text: fc.constantFrom('x', 'y', 'z') })
const options = fc.record(
  {
    at: fc.constantFrom(-1, 0, 1, 2, 3),
    limit: fc.constantFrom(2, 3, 4, -2, -3, -4),
    updateOnly: fc.boolean(),
  },
  { requiredKeys: ['at'] },
)
const items = fc.array(item, { maxLength: 4 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('insert' as const), item, options }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('stream' as const), items, options }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reset' as const), items }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('delete' as const), domId: item.map(({ id }) => `items-${id}`) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('show' as const),
      parts: fc.oneof(
        fc.record({ first: fc.boolean() }),
        fc.record({ last: fc.boolean() }),
        fc.record({ list: fc.boolean() }),
      ),
    }),
  },
)
const turn = fc.array(operation, { minLength: 1, maxLength: 4 })

t.test('LV-112 LV-113 LV-114 LV-117 the test client shows what a browser does', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/plan')
    const test = await LiveViewTest.visit({ router: Router.define(routes) }).live('/plan')
    for (const operations of fc.sample(turn, Number(process.env['RANDOM_RUNS'] ?? 120))) {
      const before = await itemsOf(page)
      await test.renderHook('perform', { operations })
      await perform(page, operations)
      const own = test.html().includes('id="items"') ? itemsIn(test.html(), 'items') : []
      if (!t.same(own, await itemsOf(page), JSON.stringify({ before, operations }))) return
    }
    t.same(problems, [])
  }),
)

t.test('LV-079 scrolling asks for more, with the child at the edge', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/feed')
    await page.setViewportSize({ width: 600, height: 600 })
    const heard = (what: string) => page.locator(`#heard:has-text("${what}")`).waitFor()
    await page.evaluate('document.getElementById("items-40").scrollIntoView({ block: "end" })')
    await heard('below items-40')
    await page.locator('#items-60').waitFor()
    t.equal((await itemsOf(page)).length, 30)
    await page.evaluate('document.querySelector("#items > li").scrollIntoView({ block: "start" })')
    await heard('above items-31')
    await page.locator('#items-1').waitFor()
    await page.evaluate('window.scrollTo(0, document.body.scrollHeight / 2)')
    await page.evaluate('window.scrollTo(0, 0)')
    await heard('overran')
    t.match(await page.innerText('#heard'), /above items-1 overran/)
    t.equal((await itemsOf(page)).length, 20)
    t.same(problems, [])
  }),
)
