import t from 'tap'
import { type LineLogger, Router, WebLogger } from '../../src/endpoint/index.ts'
import { send } from '../../src/index.ts'
import {
  attachHook,
  type ComponentSocket,
  cont,
  halt,
  html,
  LiveComponent,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  sendUpdate,
} from '../../src/live-view/index.ts'
import type { LogRule } from '../../src/reports/logger.ts'
import type { EventName } from '../../src/telemetry/events.ts'
import { hasHandlers } from '../../src/telemetry/telemetry.ts'
import { LiveViewTest, type TestView, withRuntime } from '../../src/testing/index.ts'
import { heard, heardSpan } from '../support/telemetry.ts'

const SESSION = { key: '_telemetry', signingSalt: 'salt' }

const Part = LiveComponent.define<{ n: number }>({
  module: 'Part',
  update: (assigns, socket) => {
    if (assigns.n === -1) throw new Error('no update')
    socket.assign(assigns)
  },
  handleEvent: {
    more: (_value, socket) => void socket.update('n', (n) => n + 1),
    fail: () => {
      throw new Error('no event')
    },
  },
  render: ({ id, n, myself }) => html`<b id=${id} phx-click="more" phx-target=${myself}>${n}</b>`,
})

interface Counting {
  n: number
  parts: readonly string[]
}

const Counter = LiveView.define<Counting>({
  module: 'Counter',
  mount: (params, _session, socket) => {
    if (params['fail'] === 'mount' && socket.connected) throw new Error('no mount')
    socket.assign({ n: 0, parts: ['a', 'b'] })
  },
  handleParams: (params) => {
    if (params['fail'] === 'params') throw new Error('no params')
  },
  handleEvent: {
    set: (value, socket) => void socket.assign(value),
    fail: () => {
      throw new Error('no event')
    },
  },
  handleInfo: (message, socket) => message(socket),
  render: ({ n, parts }) => {
    if (n === -1) throw new Error('no render')
    return html`<p>${n}</p>${parts.map((id) => Part.use({ id, n: 1 }))}`
  },
})

const routerOf = (view: LiveViewModule) => Router.define((route) => route.live('/', view))
const open = (path = '/'): Promise<TestView> => LiveViewTest.visit({ router: routerOf(Counter) }).live(path)

t.test('LV-157 mount: over HTTP and connected', (t) =>
  withRuntime(async () => {
    const told = heardSpan(t, 'beamish.liveView.mount')
    await open('/?q=1')
    t.same(
      told.map(({ event, metadata: { connected } }) => [event, connected]),
      [
        ['start', false],
        ['stop', false],
        ['start', true],
        ['stop', true],
      ],
    )
    const uri = 'http://localhost/?q=1'
    t.match(told[3]?.metadata, { view: 'Counter', params: { q: '1' }, session: {}, uri, socket: { assigns: { n: 0 } } })
    t.equal(told[0]?.metadata['spanId'], told[1]?.metadata['spanId'])
  }),
)

t.test('LV-157 mount and handleParams that fail', (t) =>
  withRuntime(async () => {
    const mounts = heardSpan(t, 'beamish.liveView.mount')
    await t.rejects(open('/?fail=mount'))
    t.match(mounts.slice(2), [
      { event: 'start' },
      { event: 'exception', metadata: { view: 'Counter', kind: 'error', reason: { message: 'no mount' } } },
    ])
    const params = heardSpan(t, 'beamish.liveView.handleParams')
    await t.rejects(open('/?fail=params'))
    t.match(params, [{ event: 'start' }, { event: 'exception', metadata: { reason: { message: 'no params' } } }])
  }),
)

t.test('LV-157 handleParams: at the start and at each patch, where there is any', (t) =>
  withRuntime(async () => {
    const told = heardSpan(t, 'beamish.liveView.handleParams')
    const view = await open('/?q=1')
    await view.renderPatch('/?q=2')
    t.match(
      told.filter(({ event }) => event === 'stop').map(({ metadata }) => metadata),
      [
        { connected: false, params: { q: '1' }, uri: 'http://localhost/?q=1' },
        { connected: true, params: { q: '1' } },
        { view: 'Counter', params: { q: '2' }, uri: 'http://localhost/?q=2' },
      ],
    )
    told.length = 0
    const Plain = LiveView.define({ module: 'Plain', render: () => html`<p>x</p>` })
    await LiveViewTest.visit({ router: routerOf(Plain) }).live('/')
    t.same(told, [])
  }),
)

t.test('LV-157 handleEvent: of the view, with its parameters, and when it fails', (t) =>
  withRuntime(async () => {
    const told = heardSpan(t, 'beamish.liveView.handleEvent')
    const view = await open()
    await view.renderClick('set', { n: 2 })
    await view.renderClick('lv:clear-flash')
    t.match(told, [
      { event: 'start', metadata: { view: 'Counter', event: 'set', params: { n: 2 } } },
      { event: 'stop', metadata: { event: 'set', socket: { assigns: { n: 2 } } } },
    ])
    t.equal(told.length, 2)
    await t.rejects(view.renderClick('fail'))
    t.match(told.slice(2), [{ event: 'start' }, { event: 'exception', metadata: { reason: { message: 'no event' } } }])
  }),
)

t.test('LV-157 handleEvent: a hook is part of it, and what nobody handles fails', (t) =>
  withRuntime(async () => {
    const told = heardSpan(t, 'beamish.liveView.handleEvent')
    const view = await open()
    send(view.pid, (socket: LiveViewSocket) => {
      attachHook(socket, 'h', 'handleEvent', (event) => (event === 'hooked' ? halt() : cont()))
    })
    await view.renderClick('hooked')
    await t.rejects(view.renderClick('unknown'))
    t.same(
      told.map(({ event, metadata }) => [event, metadata['event']]),
      [
        ['start', 'hooked'],
        ['stop', 'hooked'],
        ['start', 'unknown'],
        ['exception', 'unknown'],
      ],
    )
  }),
)

t.test('LV-157 handleEvent of a component', (t) =>
  withRuntime(async () => {
    const told = heardSpan(t, 'beamish.liveComponent.handleEvent')
    const views = heardSpan(t, 'beamish.liveView.handleEvent')
    const view = await open()
    await view.element('#a').renderClick()
    t.match(told, [
      { event: 'start', metadata: { view: 'Counter', component: 'Part', event: 'more' } },
      { event: 'stop', metadata: { socket: { assigns: { n: 2 } } } },
    ])
    t.same(views, [])
    await t.rejects(view.perform({ type: 'click', event: 'fail', value: {}, cid: 1 }))
    t.match(told[3], { event: 'exception', metadata: { reason: { message: 'no event' } } })
  }),
)

t.test('LV-157 render: of a connected view, and of one component, only when something changed', (t) =>
  withRuntime(async () => {
    const told = heardSpan(t, 'beamish.liveView.render')
    const view = await open()
    t.match(told, [
      { event: 'start', metadata: { view: 'Counter', force: true, changed: true } },
      { event: 'stop', metadata: { force: true } },
    ])
    told.length = 0
    await view.renderClick('set', {})
    await view.renderClick('set', { n: 0 })
    t.same(told, [])
    await view.renderClick('set', { n: 1 })
    t.match(told, [{ event: 'start', metadata: { force: false, changed: true } }, { event: 'stop' }])
    t.notOk(told[0] && 'component' in told[0].metadata)
    told.length = 0
    await view.element('#b').renderClick()
    t.match(told, [{ metadata: { component: 'Part', id: 'b', cid: 2 } }, { event: 'stop' }])
    told.length = 0
    sendUpdate(Part, { id: 'b', n: 7 }, view.pid)
    await view.render()
    t.match(told, [{ metadata: { component: 'Part', id: 'b' } }, { event: 'stop' }])
    told.length = 0
    await t.rejects(view.renderClick('set', { n: -1 }))
    t.match(told, [{ event: 'start' }, { event: 'exception', metadata: { reason: { message: 'no render' } } }])
  }),
)

t.test('LV-157 update: of all components of a module at once', (t) =>
  withRuntime(async () => {
    const view = await open()
    const told = heardSpan(t, 'beamish.liveComponent.update')
    await view.renderClick('set', { parts: ['a', 'b', 'c', 'd'] })
    t.equal(told.length, 2)
    const pairs = told[1]?.metadata['assignsSockets'] as [{ id: string }, ComponentSocket][]
    t.match(told[1]?.metadata, { component: 'Part' })
    t.same(
      pairs.map(([{ id }, socket]) => [id, socket.assigns['n']]),
      [
        ['c', 1],
        ['d', 1],
      ],
      'those that are used with what they had are left alone',
    )
    sendUpdate(Part, { id: 'a', n: -1 }, view.pid)
    await t.rejects(view.render())
    t.match(told.slice(2), [{ event: 'start' }, { event: 'exception', metadata: { reason: { message: 'no update' } } }])
  }),
)

t.test('LV-063 a component that left the page is told of once, with its last assigns', (t) =>
  withRuntime(async () => {
    const told = heard(t, 'beamish.liveComponent.destroyed')
    const view = await open()
    await view.element('#b').renderClick()
    await view.renderClick('set', { parts: ['a'] })
    await view.render()
    t.equal(told.length, 1)
    t.match(told[0], {
      measurements: { count: 1 },
      metadata: {
        component: 'Part',
        cid: 2,
        socket: { assigns: { id: 'b', n: 2 } },
        viewSocket: { assigns: { n: 0 } },
      },
    })
  }),
)

// ── The log ──

interface Line {
  readonly level: string
  readonly message: string
}

/** What is logged until the block ends. */
function logged(): Disposable & { readonly lines: Line[] } {
  const lines: Line[] = []
  const keep = (level: string) => (message: string) => void lines.push({ level, message })
  const logger: LineLogger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
  const attachment = WebLogger.attach({ logger, level: 'debug', handlerId: 'live views' })
  return { lines, [Symbol.dispose]: () => void attachment.detach() }
}

const Form = (log?: LogRule) =>
  LiveView.define<Counting>({
    module: 'SignUp',
    ...(log !== undefined && { log }),
    mount: (_params, _session, socket) => void socket.assign({ n: 0, parts: ['a'] }),
    handleParams: () => {},
    handleEvent: { save: () => {} },
    render: ({ n, parts }) => html`<p>${n}</p>${parts.map((id) => Part.use({ id, n: 1 }))}`,
  })

async function fill(log?: LogRule): Promise<readonly Line[]> {
  using written = logged()
  const view = await LiveViewTest.visit({ router: routerOf(Form(log)), session: SESSION }).live('/?token=T&q=1')
  await view.renderClick('save', { name: 'ann', password: 'hunter2' })
  await view.element('#a').renderClick()
  return written.lines.filter(({ message }) => /SignUp/.test(message))
}

t.test('LV-157 the log tells what a connected view does, without passwords', (t) =>
  withRuntime(async () => {
    const lines = await fill()
    t.match(lines, [
      {
        level: 'debug',
        message: /^MOUNTED SignUp in \d+(ms|µs)\n {2}Parameters: \{ token: '\[FILTERED\]', q: '1' \}\n {2}Session: \{/,
      },
      { message: /^HANDLED PARAMS IN SignUp in \d+(ms|µs)\n {2}Parameters: \{ token: '\[FILTERED\]', q: '1' \}$/ },
      {
        message:
          /^HANDLED EVENT save IN SignUp in \d+(ms|µs)\n {2}Parameters: \{ name: 'ann', password: '\[FILTERED\]' \}$/,
      },
      { message: /^HANDLED EVENT more IN SignUp in \d+(ms|µs)\n {2}Component: Part\n {2}Parameters: \{/ },
    ])
    t.equal(lines.length, 4)
  }),
)

t.test('LV-157 a view says at which level, if at all', (t) =>
  withRuntime(async () => {
    t.same(
      (await fill('info')).map(({ level }) => level),
      ['info', 'info', 'info', 'info'],
    )
    t.same(await fill(false), [])
    t.throws(() => LiveView.define({ log: 'loud' as never, render: () => html`x` }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('LV-157 nobody listens to a view that nobody asked about', async (t) => {
  for (const event of ['mount', 'handleParams', 'handleEvent', 'render'])
    t.notOk(hasHandlers(`beamish.liveView.${event}.start` as EventName))
})
