import t from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import { GenServer, type Pid, self, send, sleep } from '../../src/index.ts'
import {
  html,
  LiveComponent,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  noReply,
  pushEvent,
  reply,
  stop,
} from '../../src/live-view/index.ts'
import { LiveViewTest, settle, type TestView, withRuntime } from '../../src/testing/index.ts'

/** Opens the page of a view. */
function open(view: LiveViewModule): Promise<TestView> {
  return LiveViewTest.visit({ router: Router.define((route) => route.live('/', view)) }).live('/')
}

t.test('LV-071 events come with the value of their kind, and nothing but a form is decoded', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const note = (value: unknown) => void seen.push(value)
    const view = await open(
      LiveView.define({
        module: 'Kinds',
        handleEvent: { click: note, key: note, focus: note, hook: note, form: note },
        render: () => html`<button id="b" phx-click="click" phx-value-a="1" phx-value-b-c="2">b</button>
          <a id="a" phx-click="click">a</a>
          <input id="i" phx-keydown="key" phx-keyup="key" phx-focus="focus" phx-blur="focus" phx-value-x="y">
          <div id="h" phx-hook="H"></div>
          <form id="f" phx-change="form" phx-submit="form"><input name="a[b]" value="1 & 2"><input name="l[]" value="x"></form>`,
      }),
    )
    await view.element('#b').renderClick()
    await view.element('#a').renderClick({ more: true })
    await view.element('#i').renderKeydown({ key: 'Enter' })
    await view.element('#i').renderKeyup({ key: 'a' })
    await view.element('#i').renderFocus()
    await view.element('#i').renderBlur({ value: 'v' })
    await view.element('#h').renderHook('hook', { list: [1, null, { a: 'b' }] })
    await view.form('#f').renderChange({ _target: 'a[b]' })
    await view.form('#f').renderSubmit()
    t.same(seen, [
      { a: '1', 'b-c': '2', value: '' },
      { more: true },
      { key: 'Enter', x: 'y' },
      { key: 'a', x: 'y' },
      { x: 'y' },
      { value: 'v', x: 'y' },
      { list: [1, null, { a: 'b' }] },
      { a: { b: '1 & 2' }, l: ['x'], _target: ['a', 'b'] },
      { a: { b: '1 & 2' }, l: ['x'] },
    ])
  }),
)

t.test('LV-041 an event that assigns nothing, or what is there already, renders nothing', (t) =>
  withRuntime(async () => {
    let renders = 0
    const view = await open(
      LiveView.define({
        module: 'Quiet',
        mount: (_params, _session, socket: LiveViewSocket<{ n: number; list: number[] }>) =>
          void socket.assign({ n: 1, list: [1, 2] }),
        handleEvent: {
          nothing: () => noReply(),
          same: (_value, socket) => socket.assign({ n: 1, list: [1, 2] }),
          other: (_value, socket) => socket.assign({ n: 2 }),
        },
        render: ({ n }) => {
          renders++
          return html`<p>${n}</p>`
        },
      }),
    )
    const before = renders
    await view.renderClick('nothing')
    await view.renderClick('same')
    t.equal(renders, before)
    t.equal(await view.renderClick('other'), '<p>2</p>')
    t.equal(renders, before + 1)
  }),
)

t.test('LV-072 an event is answered with a map, beside what changed', (t) =>
  withRuntime(async () => {
    const view = await open(
      LiveView.define({
        module: 'Answers',
        mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
        handleEvent: {
          plain: () => reply({ a: 1, b: [null, { c: true }] }),
          both: (_value, socket) => {
            socket.update('n', (n) => n + 1)
            return reply({ n: socket.assigns.n })
          },
          silent: () => undefined,
        },
        render: ({ n }) => html`<p>${n}</p>`,
      }),
    )
    await view.renderHook('plain')
    t.same(await view.assertReply(), { a: 1, b: [null, { c: true }] })
    t.equal(await view.renderHook('both'), '<p>1</p>')
    t.same(await view.assertReply({ n: 1 }), { n: 1 })
    await view.renderHook('silent')
    await t.rejects(LiveViewTest.visit({ router: Router.define(() => {}), timeoutMs: 1 }).live('/'), 'nothing is there')
  }),
)

t.test('LV-072 a reply that is no map, or that nobody asked for, is a crash', (t) =>
  withRuntime(async ({ reports }) => {
    const Bad = LiveView.define({
      module: 'Bad',
      handleEvent: { list: () => reply([1]), text: () => reply('x'), other: () => 5 as never },
      handleInfo: () => reply({}),
      render: () => html`<p></p>`,
    })
    for (const event of ['list', 'text', 'other']) {
      const view = await open(Bad)
      await t.rejects(view.renderHook(event), /crashed/, event)
    }
    const view = await open(Bad)
    send(view.pid, 'hello')
    await t.rejects(view.render(), /crashed/)
    const codes = reports.flatMap((report) =>
      report.type === 'crash' ? [(report.reason as { error: unknown }).error] : [],
    )
    t.match(codes, Array(4).fill({ code: 'BEAMISH_BAD_RETURN' }))
    t.match(String(codes[0]), /Bad\.handleEvent\.list must return reply\(object\)/)
  }),
)

t.test('LV-072 a component answers too', (t) =>
  withRuntime(async () => {
    const Box = LiveComponent.define<{ n: number }>({
      module: 'Box',
      mount: (socket) => socket.assign({ n: 0 }),
      handleEvent: {
        ask: (_value, socket) => {
          socket.update('n', (n) => n + 1)
          return reply({ from: 'box' })
        },
      },
      render: ({ n, myself }) => html`<div id="box" phx-hook="Box" phx-target=${myself}>${n}</div>`,
    })
    const view = await open(
      LiveView.define({ module: 'Around', render: () => html`<main>${Box.use({ id: 1 })}</main>` }),
    )
    t.match(await view.element('#box').renderHook('ask'), />1<\/div>/)
    t.same(await view.assertReply(), { from: 'box' })
  }),
)

t.test('LV-073 what a callback tells the page comes with its message', (t) =>
  withRuntime(async () => {
    const Teller = LiveView.define({
      module: 'Teller',
      mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => {
        socket.assign({ n: 0 })
        pushEvent(socket, 'mounted', { connected: socket.connected })
      },
      handleEvent: {
        only: (_value, socket) => pushEvent(socket, 'told', { n: 1 }),
        both: (_value, socket) =>
          pushEvent(
            socket.update('n', (n) => n + 1),
            'told',
            { n: 2 },
          ),
        none: () => {},
      },
      handleInfo: (message, socket) => pushEvent(socket, 'info', { message }),
      render: ({ n }) => html`<p>${n}</p>`,
    })
    const view = await open(Teller)
    t.same(await view.assertPushEvent('mounted'), { connected: true })
    await view.renderClick('only')
    t.same(await view.assertPushEvent('told'), { n: 1 })
    await view.renderClick('both')
    t.same(await view.assertPushEvent('told', { n: 2 }), { n: 2 })
    await view.renderClick('none')
    await view.refutePushEvent('told')
    send(view.pid, 'hello')
    t.same(await view.assertPushEvent('info'), { message: 'hello' })
    t.throws(() => pushEvent({} as never, ''), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('LV-077 a message that comes while an event is handled is told of after the answer', (t) =>
  withRuntime(async () => {
    const Busy = LiveView.define({
      module: 'Busy',
      mount: (_params, _session, socket: LiveViewSocket<{ log: string }>) => void socket.assign({ log: '' }),
      handleEvent: {
        go: async (_value, socket) => {
          send(self(), 'meanwhile')
          await settle()
          socket.update('log', (log) => `${log} event`)
        },
      },
      handleInfo: (message, socket) => socket.update('log', (log) => `${log} ${message}`),
      render: ({ log }) => html`<p>${log}</p>`,
    })
    const view = await open(Busy)
    await view.renderClick('go')
    t.equal(await view.render(), '<p> event meanwhile</p>')
  }),
)

t.test('LV-026 an unknown event crashes the view; an unknown message is reported, and life goes on', (t) =>
  withRuntime(async ({ reports }) => {
    const Plain = LiveView.define({
      module: 'Plain',
      handleEvent: { known: () => {} },
      render: () => html`<p>here</p>`,
    })
    const view = await open(Plain)
    send(view.pid, 'what is this')
    t.equal(await view.render(), '<p>here</p>')
    t.match(
      reports.find(({ type }) => type === 'unexpectedMessage'),
      { level: 'debug', module: 'Plain', message: 'what is this' },
    )
    await t.rejects(view.renderClick('unknown'), /crashed/)
    t.match(
      reports.find(({ type }) => type === 'crash'),
      {
        reason: {
          error: { code: 'BEAMISH_NO_HANDLER', message: /Plain has no handleEvent for "unknown". It has known./ },
        },
      },
    )
  }),
)

t.test('LV-026 an event whose element forgot its target names the component that has it', (t) =>
  withRuntime(async ({ reports }) => {
    const Row = LiveComponent.define({
      module: 'Row',
      handleEvent: { open: () => {} },
      render: () => html`<p phx-click="open">open</p>`,
    })
    const view = await open(LiveView.define({ module: 'Rows', render: () => html`<div>${Row.use({ id: 1 })}</div>` }))
    await t.rejects(view.element('p').renderClick(), /crashed/)
    const message =
      /Rows has no handleEvent for "open". It has none. The component Row has one: phx-target=\$\{myself\}/
    t.match(
      reports.find(({ type }) => type === 'crash'),
      { reason: { error: { code: 'BEAMISH_NO_HANDLER', message } } },
    )
  }),
)

t.test('other processes call a view, and cast', (t) =>
  withRuntime(async () => {
    const Called = LiveView.define({
      module: 'Called',
      mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 1 }),
      handleCall: {
        add: (by: number, socket) => reply(socket.update('n', (n) => n + by).assigns.n),
        stop: () => stop('normal', reply('bye')),
      },
      handleCast: { set: (n: number, socket) => socket.assign({ n }) },
      render: ({ n }) => html`<p>${n}</p>`,
    })
    const view = await open(Called as LiveViewModule)
    t.equal(await Called.call(view.pid, 'add', 4), 5)
    t.equal(await view.render(), '<p>5</p>', 'what a call changes is shown')
    Called.cast(view.pid, 'set', 9)
    t.equal(await view.render(), '<p>9</p>')
    t.equal(await GenServer.call(view.pid, 'stop'), 'bye')
    await t.rejects(view.render(), /has ended/)
  }),
)

t.test('LV-043 the title follows its assign, and only then', (t) =>
  withRuntime(async () => {
    const Titled = LiveView.define({
      module: 'Titled',
      mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) =>
        void socket.assign({ n: 0, pageTitle: 'first' }),
      handleEvent: {
        title: ({ text }, socket) => socket.assign({ pageTitle: text }),
        other: (_value, socket) => socket.update('n', (n) => n + 1),
      },
      render: ({ n }) => html`<p>${n}</p>`,
    })
    const view = await open(Titled)
    t.equal(await view.pageTitle(), 'first')
    await view.renderClick('title', { text: 'a < b' })
    t.equal(await view.pageTitle(), 'a < b', 'it is text')
    await view.renderClick('other')
    t.equal(await view.pageTitle(), 'a < b')
  }),
)

t.test('LV-042 what a temporary assign held is on the page, and not in the view', (t) =>
  withRuntime(async () => {
    const { mounted, each } = await import('../../src/live-view/index.ts')
    let kept: unknown
    const Log = LiveView.define({
      module: 'Log',
      mount: (_params, _session, socket: LiveViewSocket<{ lines: string[]; n: number }>) => {
        socket.assign({ lines: ['one', 'two'], n: 0 })
        return mounted({ temporaryAssigns: { lines: [] } })
      },
      handleEvent: {
        other: (_value, socket) => {
          kept = socket.assigns.lines
          socket.update('n', (n) => n + 1)
        },
        more: (_value, socket) => socket.assign({ lines: ['three'] }),
      },
      render: ({ lines, n }) => html`<p>${n} ${each(lines, String, (line) => html`<b>${line}</b>`)}</p>`,
    })
    const view = await open(Log)
    t.equal(await view.render(), '<p>0 <b>one</b><b>two</b></p>')
    t.equal(await view.renderClick('other'), '<p>1 <b>one</b><b>two</b></p>')
    t.same(kept, [])
    t.equal(await view.renderClick('more'), '<p>1 <b>three</b></p>')
    t.throws(() => mounted({ temporary: {} } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => mounted({ temporaryAssigns: [] as never }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a handler may wait, and what it waits for is its own process', (t) =>
  withRuntime(async () => {
    const pids: Pid[] = []
    const Waiting = LiveView.define({
      module: 'Waiting',
      mount: async (_params, _session, socket: LiveViewSocket<{ n: number }>) => {
        await settle()
        socket.assign({ n: 0 })
        if (socket.connected) pids.push(self())
      },
      handleEvent: {
        go: async (_value, socket) => {
          await settle()
          pids.push(self())
          socket.update('n', (n) => n + 1)
        },
      },
      render: ({ n }) => html`<p>${n}</p>`,
    })
    const view = await open(Waiting)
    t.equal(await view.renderClick('go'), '<p>1</p>')
    t.same(pids, [view.pid, view.pid])
  }),
)

t.test('a plain callback that returns a promise is in its process from the first call on', (t) =>
  withRuntime(async () => {
    const after = async (socket: LiveViewSocket<{ pid: string }>): Promise<void> => {
      await sleep(0)
      socket.assign({ pid: String(self()) })
    }
    const view = await open(
      LiveView.define({
        module: 'Plain',
        mount: (_params, _session, socket: LiveViewSocket<{ pid: string }>) => void socket.assign({ pid: '' }),
        handleEvent: { who: (_value, socket) => after(socket) },
        render: ({ pid }) => html`<p>${pid}</p>`,
      }),
    )
    t.match(await view.renderClick('who'), `<p>${String(view.pid).replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</p>`)
  }),
)
