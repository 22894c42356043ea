import t from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import { send } from '../../src/index.ts'
import {
  attachHook,
  cont,
  detachHook,
  halt,
  html,
  LiveComponent,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  liveRender,
  type OnMount,
  pushNavigate,
  putPrivate,
  redirect,
} from '../../src/live-view/index.ts'
import { type LiveRedirect, LiveViewTest, type TestView, withRuntime } from '../../src/testing/index.ts'

let log: string[] = []

function open(view: LiveViewModule, onMount: readonly OnMount[] = []): Promise<TestView | LiveRedirect> {
  log = []
  const router = Router.define((route) => route.liveSession('s', { onMount }, (r) => r.live('/', view)))
  return LiveViewTest.visit({ router }).tryLive('/')
}

async function opened(view: LiveViewModule, onMount?: readonly OnMount[]): Promise<TestView> {
  return (await open(view, onMount)) as TestView
}

const note =
  (name: string): OnMount =>
  (_params, _session, socket) => {
    log.push(`${name} ${socket.connected ? 'connected' : 'http'}`)
    return cont()
  }

t.test('LV-128 hooks run before mount, those of the live session first, in both renders', (t) =>
  withRuntime(async () => {
    const Hooked = LiveView.define({
      module: 'Hooked',
      onMount: [note('own one'), note('own two')],
      mount: () => void log.push('mount'),
      render: () => html`x`,
    })
    await open(Hooked, [note('session')])
    const order = (when: string) => [`session ${when}`, `own one ${when}`, `own two ${when}`, 'mount']
    t.same(log, [...order('http'), ...order('connected')])
  }),
)

t.test('LV-128 a hook that goes elsewhere halts', (t) =>
  withRuntime(async () => {
    const Guarded = LiveView.define({ module: 'Guarded', mount: () => void log.push('mount'), render: () => html`x` })
    const away: OnMount = (_params, _session, socket) => {
      redirect(socket, { to: '/login' })
      return halt()
    }
    const late: OnMount = (_params, _session, socket) => {
      if (!socket.connected) return cont()
      pushNavigate(socket, { to: '/late' })
      return halt()
    }
    t.match(await open(Guarded, [away, note('never')]), { to: '/login' })
    t.same(log, [])
    t.match(await open(Guarded, [late]), { type: 'navigate', to: '/late' })
  }),
)

t.test('LV-128 a view in a view has its own hooks, and not those of the live session', (t) =>
  withRuntime(async () => {
    const Inner = LiveView.define({
      module: 'hooks.Inner',
      onMount: [note('inner')],
      mount: () => void log.push('mount inner'),
      render: () => html`y`,
    })
    const Outer = LiveView.define({
      module: 'hooks.Outer',
      onMount: [note('outer')],
      render: () => html`${liveRender(Inner, { id: 'inner' })}`,
    })
    await (await opened(Outer, [note('session')])).render()
    const order = (when: string) => [`session ${when}`, `outer ${when}`, `inner ${when}`, 'mount inner']
    t.same(log, [...order('http'), ...order('connected')])
  }),
)

t.test('LV-128 a hook that contradicts itself is refused', async (t) => {
  const away = (_params: object, _session: object, socket: LiveViewSocket) => cont(redirect(socket, { to: '/x' }) && {})
  for (const [hook, code] of [
    [() => undefined, 'BEAMISH_BAD_RETURN'],
    [() => halt(), 'BEAMISH_BAD_ON_MOUNT'],
    [away, 'BEAMISH_BAD_ON_MOUNT'],
  ] as const) {
    await withRuntime(async ({ reports }) => {
      const Plain = LiveView.define({ module: 'Plain', render: () => html`<p></p>` })
      await t.rejects(open(Plain, [hook as never]), /500/)
      t.match(
        reports.find(({ type }) => type === 'requestFailed'),
        { reason: { error: { code } } },
      )
    })
  }
})

t.test('LV-128 the options of a hook count', (t) =>
  withRuntime(async () => {
    const Plain = LiveView.define({
      module: 'Plain',
      mount: (_params, _session, socket) => void socket.assign({ list: ['a'] }),
      handleEvent: { go: (_value, socket) => socket.assign({ n: 1 }) },
      render: ({ n, list }) => html`<p>${n} ${list}</p>`,
    })
    const options: OnMount = () =>
      cont({ layout: ({ innerContent }) => html`<main>${innerContent}</main>`, temporaryAssigns: { list: [] } })
    const view = await opened(Plain, [options])
    t.equal(await view.render(), '<main><p> a</p></main>')
    t.equal(await view.renderClick('go'), '<main><p>1 a</p></main>')
    t.throws(() => LiveView.define({ onMount: [1] as never, render: () => html`` }), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => halt({ reply: 1 as never }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('LV-129 hooks of each stage run before the callback, in their order, until one halts', (t) =>
  withRuntime(async () => {
    const Stages = LiveView.define({
      module: 'Stages',
      mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => {
        socket.assign({ n: 0 })
        for (const name of ['one', 'two']) {
          attachHook(socket, name, 'handleEvent', (event, value, same) => {
            log.push(`${name} ${event} ${JSON.stringify(value)}`)
            if (event === 'halted') same.update('n', (n) => n + 10)
            return event === 'halted' ? halt({ reply: { by: name } }) : cont()
          })
          attachHook(socket, name, 'handleInfo', (message) => {
            log.push(`${name} info ${message}`)
            return message === 'halted' ? halt() : cont()
          })
          attachHook(socket, name, 'handleParams', (params) => {
            log.push(`${name} params ${params['a'] ?? ''}`.trim())
            return cont()
          })
        }
      },
      handleParams: () => void log.push('params'),
      handleEvent: {
        plain: () => void log.push('event'),
        detach: (_value, socket) => {
          detachHook(socket, 'one', 'handleEvent')
          detachHook(socket, 'nobody', 'handleEvent')
        },
      },
      handleInfo: () => void log.push('info'),
      render: ({ n }) => html`<p>${n}</p>`,
    })
    const view = await opened(Stages)
    t.same(log.slice(3), ['one params', 'two params', 'params'])
    log = []
    await view.renderClick('plain', { a: 1 })
    t.same(log, ['one plain {"a":1}', 'two plain {"a":1}', 'event'])
    log = []
    t.equal(await view.renderClick('halted'), '<p>10</p>', 'what it assigned is shown')
    t.same(await view.assertReply(), { by: 'one' })
    t.same(log, ['one halted {}'])
    log = []
    await view.renderPatch('/?a=1')
    t.same(log, ['one params 1', 'two params 1', 'params'])
    log = []
    send(view.pid, 'halted')
    send(view.pid, 'plain')
    await view.render()
    t.same(log, ['one info halted', 'one info plain', 'two info plain', 'info'])
    await view.renderClick('detach')
    log = []
    await view.renderClick('plain')
    t.same(log, ['two plain {}', 'event'])
  }),
)

t.test('LV-129 LV-131 what cannot be attached is refused', async (t) => {
  const { ComponentSocket } = await import('../../src/live-view/component.ts')
  const component = new ComponentSocket(1, { connected: true })
  const hook = () => cont()
  attachHook(component, 'a', 'handleEvent', hook)
  attachHook(component, 'a', 'afterRender', () => {})
  t.throws(() => attachHook(component, 'a', 'handleEvent', hook), { code: 'BEAMISH_HOOK_TAKEN', message: /"a"/ })
  for (const stage of ['handleInfo', 'handleParams', 'mount'])
    t.throws(() => attachHook(component, 'b', stage as never, hook as never), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /stage/,
    })
  t.throws(() => attachHook(component, '', 'handleEvent', hook), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => attachHook(component, 'c', 'handleEvent', 5 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  putPrivate(component, 'secret', 1)
  t.equal(component.private.get('secret'), 1)
  t.notOk(component.isChanged, 'no render follows')
})

t.test('LV-130 where hooks always halt the callback may be missing; where one goes on it must be there', (t) =>
  withRuntime(async () => {
    const Callbackless = LiveView.define({
      module: 'Callbackless',
      mount: (_params, _session, socket) => {
        attachHook(socket, 'all', 'handleEvent', (event) => (event === 'on' ? cont() : halt()))
        attachHook(socket, 'all', 'handleInfo', () => halt())
        attachHook(socket, 'all', 'handleParams', (params) => (params['on'] === undefined ? halt() : cont()))
      },
      render: () => html`<p></p>`,
    })
    const view = await opened(Callbackless)
    await view.renderClick('anything')
    send(view.pid, 'anything')
    await view.renderPatch('/?off=1')
    await t.rejects(view.renderClick('on'), /crashed/)
    await t.rejects((await opened(Callbackless)).renderPatch('/?on=1'), /crashed/)
  }),
)

t.test('LV-130 a hook that only wants to know the address needs no handleParams until there are patches', (t) =>
  withRuntime(async () => {
    const Located = LiveView.define<{ address: string }>({
      module: 'Located',
      mount: (_params, _session, socket) => {
        attachHook(socket, 'address', 'handleParams', (_params, uri, same) => {
          same.assign({ address: uri })
          return cont()
        })
      },
      render: ({ address }) => html`<p>${address}</p>`,
    })
    const view = await opened(Located)
    t.match(await view.render(), /<p>http:.*\/<\/p>/, 'connected as over HTTP')
    await t.rejects(view.renderPatch('/?page=2'), /crashed/)
  }),
)

t.test('LV-131 hooks of a component', (t) =>
  withRuntime(async () => {
    const Box = LiveComponent.define<{ n: number }>({
      module: 'Box',
      mount: (socket) => {
        socket.assign({ n: 0 })
        attachHook(socket, 'count', 'handleEvent', (event, _value, same) => {
          same.update('n', (n) => n + 1)
          return event === 'halted' ? halt({ reply: { halted: true } }) : cont()
        })
        attachHook(socket, 'after', 'afterRender', (same) => void log.push(`rendered ${same.assigns.n}`))
      },
      handleEvent: { go: (_value, socket) => socket.update('n', (n) => n + 10) },
      render: ({ n, myself }) => html`<p id="box" phx-hook="B" phx-target=${myself}>${n}</p>`,
    })
    const view = await opened(
      LiveView.define({ module: 'AroundBox', render: () => html`<div>${Box.use({ id: 1 })}</div>` }),
    )
    log = []
    await view.element('#box').renderHook('go')
    t.match(await view.element('#box').render(), />11</)
    await view.element('#box').renderHook('halted')
    t.match(await view.element('#box').render(), />12</)
    t.same(await view.assertReply(), { halted: true })
    t.same(log, ['rendered 11', 'rendered 12'])
  }),
)

t.test('LV-132 what a hook assigns after a render is in the next one', (t) =>
  withRuntime(async () => {
    let renders = 0
    const After = LiveView.define({
      module: 'After',
      mount: (_params, _session, socket: LiveViewSocket<{ n: number; seen: number }>) => {
        socket.assign({ n: 0, seen: -1 })
        attachHook(socket, 'see', 'afterRender', (same) => same.assign({ seen: same.assigns.n }))
      },
      handleEvent: { more: (_value, socket) => socket.update('n', (n) => n + 1) },
      render: ({ n, seen }) => {
        renders++
        return html`<p>${n} ${seen}</p>`
      },
    })
    const view = await opened(After)
    const before = renders
    t.equal(await view.render(), '<p>0 -1</p>')
    t.equal(await view.renderClick('more'), '<p>1 0</p>')
    t.equal(renders, before + 1)
  }),
)
