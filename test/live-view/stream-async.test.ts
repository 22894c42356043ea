import t, { type Test } from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import { exit, isAbnormal, self, send, shutdown } from '../../src/index.ts'
import {
  type AsyncResult,
  cancelAsync,
  each,
  error,
  html,
  LiveComponent,
  type LiveState,
  type LiveStream,
  LiveView,
  ok,
  stream,
  streamAsync,
} from '../../src/live-view/index.ts'
import { assertReceive, LiveViewTest, type TestView, withRuntime } from '../../src/testing/index.ts'
import { itemsIn } from '../support/items-in.ts'

interface Item {
  readonly id: number
}
interface Streaming {
  items: AsyncResult<true>
  streams: { items: LiveStream<Item> }
}
type AnySocket = LiveState<Streaming>
type Order = (socket: AnySocket) => unknown

let order: Order = () => {}
let atMount: Order = () => {}

const callbacks = {
  handleEvent: { obey: (_value: unknown, socket: AnySocket) => void order(socket) },
}

const show = ({ items, streams }: Streaming) =>
  html`<p>${items ? textOf(items) : '[]'}</p>
    <ul id="items" phx-update="stream">${each(streams.items, ({ id }, domId) => html`<li id=${domId}>${id}</li>`)}</ul>`

function textOf({ ok, loading, failed }: AsyncResult): string {
  return JSON.stringify([ok, loading, reasonOf(failed)])
}

function reasonOf(failed: AsyncResult['failed']): unknown {
  const { error } = (failed?.reason ?? {}) as { error?: Error }
  return error?.message ?? failed
}

const Part = LiveComponent.define<Streaming>({
  module: 'Part',
  ...callbacks,
  mount: (socket) => atMount(socket as unknown as AnySocket),
  render: (assigns) => html`<div id="part" phx-click="obey" phx-target=${assigns.myself}>${show(assigns)}</div>`,
})

const StreamLive = LiveView.define<Streaming>({
  module: 'StreamLive',
  ...callbacks,
  mount: (_params, _session, socket) => void atMount(socket as unknown as AnySocket),
  render: (assigns) => html`<div id="view" phx-click="obey">${show(assigns)}</div>`,
})

const PartLive = LiveView.define({ module: 'PartLive', render: () => html`<main>${Part.use({ id: 1 })}</main>` })

const router = Router.define((route) => {
  route.live('/view', StreamLive)
  route.live('/part', PartLive)
})

interface Loading {
  readonly view: TestView
  obey(wanted: Order): Promise<unknown>
  /** What is shown of the result, `[ok, loading, failed]`, and the items. */
  now(): Promise<readonly [result: unknown, items: readonly string[]]>
  /** The same, when all tasks are over. */
  shown(): Promise<readonly [result: unknown, items: readonly string[]]>
}

/** Runs a test for a view, and for a component. @param mount - what it does when it is mounted. */
function forBoth(name: string, mount: Order, body: (t: Test, loading: Loading) => Promise<unknown>): void {
  for (const who of ['view', 'part']) {
    t.test(`${name} (${who === 'view' ? 'view' : 'component'})`, (t) =>
      withRuntime(async () => {
        atMount = mount
        const view = await LiveViewTest.visit({ router }).live(`/${who}`)
        const element = view.element(`#${who}`)
        const obey = (wanted: Order) => {
          order = wanted
          return element.renderClick()
        }
        const read = (html: string) => {
          const text = /<p>(.*?)<\/p>/.exec(html)?.[1] ?? ''
          const items = itemsIn(html, 'items').map((item) => item.split(' ')[1] ?? '')
          return [JSON.parse(text.replaceAll('&quot;', '"')), items] as const
        }
        const now = async () => read(await element.render())
        await body(t, { view, obey, now, shown: async () => read(await element.renderAsync()) })
      }),
    )
  }
}

const everywhere = { test: forBoth }

const LOADED = [true, null, null]
const load: Order = (socket) => streamAsync(socket, 'items', async () => ok([{ id: 1 }, { id: 2 }]))
const begin: Order = (socket) => stream(socket, 'items', [{ id: 0 }])

everywhere.test(
  'LV-126 the stream is there at once, empty, and then it has the items',
  hang,
  async (t, { now, obey, shown }) => {
    t.same(await now(), [[false, ['items'], null], []])
    await obey(load)
    t.same(await shown(), [LOADED, ['1', '2']])
    await obey((socket) => streamAsync(socket, 'items', () => ok(new Set([{ id: 3 }]))))
    t.same(await shown(), [LOADED, ['1', '2', '3']], 'the next ones follow')
  },
)

function hang(socket: AnySocket): void {
  streamAsync(socket, 'items', () => new Promise<never>(() => {}))
}

t.test('LV-126 over HTTP it stays empty', (t) =>
  withRuntime(async () => {
    atMount = load
    const html = await (await LiveViewTest.visit({ router }).get('/view')).text()
    t.match(html, /<p>\[false,\[&quot;items&quot;\],null\]<\/p>/)
    t.same(itemsIn(html, 'items'), [])
  }),
)

everywhere.test('LV-126 a stream that has items keeps them', both(begin, load), async (t, { shown }) => {
  t.same(await shown(), [LOADED, ['0', '1', '2']])
})

function both(first: Order, second: Order): Order {
  return (socket) => {
    first(socket)
    second(socket)
  }
}

const FRONT: Order = (socket) => streamAsync(socket, 'items', () => ok([{ id: 1 }, { id: 2 }], { at: 0 }))
everywhere.test('LV-126 the options of what it returns are those of the stream', begin, async (t, { obey, shown }) => {
  await obey(FRONT)
  t.same(await shown(), [LOADED, ['2', '1', '0']])
  await obey((socket) => streamAsync(socket, 'items', () => ok([{ id: 5 }], { reset: true })))
  t.same(await shown(), [LOADED, ['5']])
})

everywhere.test(
  'LV-126 reset as an option is about the result, and the items stay',
  load,
  async (t, { obey, now, shown }) => {
    await shown()
    await obey(hang)
    t.same(await now(), [
      [true, ['items'], null],
      ['1', '2'],
    ])
    await obey((socket) => streamAsync(socket, 'items', () => new Promise<never>(() => {}), { reset: true }))
    t.same(await now(), [
      [false, ['items'], null],
      ['1', '2'],
    ])
    await obey((socket) => streamAsync(socket, 'items', () => ok([{ id: 3 }]), { reset: true }))
    t.same(await shown(), [LOADED, ['1', '2', '3']])
  },
)

const FAILURES: (readonly [string, () => never, unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('boom')
    },
    'boom',
  ],
  ['exits', () => exit('leaving'), { type: 'exit', reason: 'leaving' }],
  ['returns an error', () => error('none') as never, { type: 'error', reason: 'none' }],
  [
    'returns no result',
    () => 123 as never,
    /run must return ok\(items\) \| ok\(items, options\) \| error\(reason\), got 123/,
  ],
  ['returns no list', () => ok(123) as never, /must return ok\(items\) .*, got 123/],
  ['returns a string', () => ok('abc') as never, /must return ok\(items\) .*, got "abc"/],
  ['returns wrong options', () => ok([], { at: 'end' }) as never, /streamAsync: items: at expects -1 for the end/],
]
for (const [how, run, failure] of FAILURES) {
  everywhere.test(
    `LV-126 a task that ${how} is a failure, and the items stay`,
    both(begin, (socket) => streamAsync(socket, 'items', run)),
    async (t, { shown }) => {
      const [result, items] = await shown()
      t.match(result, [false, null, failure])
      t.same(items, ['0'])
    },
  )
}

for (const target of ['items', 'its result']) {
  everywhere.test(`LV-122 a stream's loading is cancelled by ${target}`, hang, async (t, { obey, now, shown }) => {
    await obey((socket) => cancelAsync(socket, target === 'items' ? 'items' : socket.assigns.items))
    t.same((await now())[0], [false, null, { type: 'exit', reason: shutdown('cancel') }])
    await obey(load)
    t.same(await shown(), [LOADED, ['1', '2']])
  })
}

everywhere.test('LV-121 the view takes its loading along', begin, async (t, { obey, view }) => {
  const test = self()
  await obey((socket) =>
    streamAsync(socket, 'items', () => {
      const { signal } = self()
      return new Promise<never>(() => signal.addEventListener('abort', () => send(test, signal.reason)))
    }),
  )
  exit(view.pid, 'broken')
  t.equal(await assertReceive(isAbnormal), 'broken')
})

t.test('LV-118 a stream that a result fills, inside a list, has its items', (t) =>
  withRuntime(async () => {
    const Sections = LiveView.define<Streaming>({
      module: 'Sections',
      mount: (_params, _session, socket) => void load(socket as unknown as AnySocket),
      render: ({ streams }) =>
        html`<main>${each(
          ['only'],
          (id) => id,
          (id) =>
            html`<section id=${id}><ul id="items" phx-update="stream">${each(
              streams.items,
              (item, domId) => html`<li id=${domId}>${item.id}</li>`,
            )}</ul></section>`,
        )}</main>`,
    })
    const page = Router.define((route) => route.live('/', Sections))
    const view = await LiveViewTest.visit({ router: page }).live('/')
    t.same(itemsIn(await view.renderAsync(), 'items'), ['items-1 1', 'items-2 2'])
  }),
)
