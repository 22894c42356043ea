import t, { type Test } from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import {
  exit,
  isExit,
  monitor,
  type Pid,
  Process,
  type Report,
  receive,
  self,
  send,
  shutdown,
  TaskSupervisor,
  trapExit,
} from '../../src/index.ts'
import {
  type AsyncOutcome,
  type AsyncWork,
  attachHook,
  cancelAsync,
  cont,
  halt,
  html,
  LiveComponent,
  type LiveState,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  pushNavigate,
  pushPatch,
  putFlash,
  redirect,
  startAsync,
  stop,
} from '../../src/live-view/index.ts'
import {
  assertReceive,
  LiveViewTest,
  refuteReceive,
  settle,
  startSupervised,
  type TestView,
  type TestWorld,
  withRuntime,
} from '../../src/testing/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: the view's or the component's
type AnySocket = LiveState<any>
/** What a test has the view, or the component in it, do. */
type Order = (socket: AnySocket) => unknown

let order: Order = () => {}
let supervisor: Pid | undefined

const callbacks = {
  handleEvent: { obey: (_value: unknown, socket: AnySocket) => void order(socket) },
  handleAsync: {
    load: (result: AsyncOutcome, socket: AnySocket, name: unknown) => {
      socket.assign({ shown: `${textOf(result)} ${JSON.stringify(name)}` })
    },
    follow: (result: AsyncOutcome<Order>, socket: AnySocket) => {
      if (result.type === 'ok') result.value(socket)
    },
    wrong: () => 1 as never,
  },
}

const Part = LiveComponent.define<{ shown?: string }>({
  module: 'Part',
  ...callbacks,
  render: ({ id, shown, myself, flash }) =>
    html`<b id=${id} phx-click="obey" phx-target=${myself}>${shown ?? 'nothing'} ${flash['info']}</b>`,
})

const TasksLive = LiveView.define({
  module: 'TasksLive',
  mount: (_params, _session, socket: LiveViewSocket<{ shown: string; hasPart: boolean }>) => {
    socket.assign({ shown: 'nothing', hasPart: true })
  },
  handleParams: () => {},
  ...callbacks,
  handleInfo: (message, socket) => (typeof message === 'function' ? message(socket) : undefined),
  render: ({ shown, hasPart, flash }) =>
    html`<main><i id="view" phx-click="obey">${shown} ${flash['info']}</i>${hasPart ? Part.use({ id: 'part' }) : ''}</main>`,
})

function textOf(result: AsyncOutcome): string {
  if (result.type === 'ok') return `ok ${String(result.value)}`
  const { reason } = result as { reason: { type?: string; error?: Error; detail?: unknown } | string }
  if (typeof reason === 'string') return `exit ${reason}`
  return `exit ${reason.type} ${reason.error?.message ?? reason.detail}`
}

async function open(view: LiveViewModule = TasksLive): Promise<TestView> {
  const router = Router.define((route) => {
    route.live('/', view)
    route.live('/patched', view)
    route.liveSession('elsewhere', {}, (r) => r.live('/away', view))
  })
  return await LiveViewTest.visit({ router }).live('/')
}

/** Runs a test for a view, and for a component in it. */
function forBoth(name: string, body: (t: Test, own: Own) => Promise<unknown>): void {
  for (const who of ['view', 'part']) {
    t.test(`${name} (${who === 'view' ? 'view' : 'component'})`, (t) =>
      withRuntime(async (world) => {
        const view = await open()
        const obey = (wanted: Order) => {
          order = wanted
          return view.element(`#${who}`).renderClick()
        }
        const element = view.element(`#${who}`)
        await body(t, { ...world, view, obey, now: () => element.render(), shown: () => element.renderAsync() })
      }),
    )
  }
}

const everywhere = { test: forBoth }

interface Own extends TestWorld {
  readonly view: TestView
  obey(wanted: Order): Promise<unknown>
  /** The element, whatever runs. */
  now(): Promise<string>
  /** The element when all tasks are over. */
  shown(): Promise<string>
}

/** A task that tells the test who it is, and waits until it is told to go on. */
function waiting(): { run: () => Promise<string>; begun: () => Promise<Pid>; goOn: () => void } {
  const test = self()
  let release = () => {}
  const run = async () => {
    send(test, { begun: self() })
    const { signal } = self()
    signal.addEventListener('abort', () => send(test, { aborted: signal.reason }))
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return 'went on'
  }
  const begun = async () => ((await assertReceive((message) => 'begun' in message)) as { begun: Pid }).begun
  return { run, begun, goOn: () => release() }
}

everywhere.test(
  'LV-120 what becomes of a task comes to the handler of its name',
  async (t, { obey, shown, reports }) => {
    const works: AsyncWork<unknown>[] = [
      () => 7,
      async () => 7,
      function* () {
        return (yield* receive<number>({ afterMs: 0 })) ?? 7
      },
    ]
    for (const run of works) {
      await obey((socket) => startAsync(socket, 'load', run))
      t.match(await shown(), /ok 7 "load"/)
      await obey((socket) => socket.assign({ shown: 'nothing' }))
    }
    t.same(failuresIn(reports), [])
  },
)

everywhere.test(
  'LV-120 a task that fails is a result, and the view lives',
  async (t, { obey, shown, view, reports }) => {
    const { pid } = view
    const failures: (readonly [() => unknown, RegExp])[] = [
      [() => fail('boom'), /exit error boom/],
      [async () => fail('late boom'), /exit error late boom/],
      [() => exit('leaving'), /exit leaving/],
      [() => exit(self(), 'kill'), /exit killed/],
    ]
    for (const [run, expected] of failures) {
      await obey((socket) => startAsync(socket, 'load', run))
      t.match(await shown(), expected)
    }
    t.equal(view.pid, pid)
    t.same(
      failuresIn(reports),
      ['taskTerminate', 'taskTerminate', 'taskTerminate'],
      'failures are reported, and nothing else',
    )
  },
)

function failuresIn(reports: readonly Report[]): string[] {
  return reports.filter(({ level }) => level === 'error').map(({ type }) => type)
}

function fail(message: string): never {
  throw new Error(message)
}

everywhere.test('LV-120 a name may be compound: the first item says which handler', async (t, { obey, shown }) => {
  await obey((socket) => startAsync(socket, ['load', 7, null], () => 'seven'))
  t.match(await shown(), /ok seven \[&quot;load&quot;,7,null\]|ok seven \["load",7,null\]/)
})

everywhere.test('LV-120 tasks of different names run side by side', async (t, { obey, shown, now }) => {
  const one = waiting()
  await obey((socket) => {
    startAsync(socket, ['load', 1], one.run)
    startAsync(socket, ['load', 2], () => 'two')
  })
  await one.begun()
  t.match(await now(), /ok two/)
  one.goOn()
  t.match(await shown(), /ok went on/)
})

t.test('LV-120 wrong arguments say what is expected, and a missing handler crashes the view', (t) =>
  withRuntime(async ({ reports }) => {
    const view = await open()
    const wrong: (readonly [Order, RegExp])[] = [
      [(socket) => startAsync(socket, '', () => 1), /a string, or a list that begins with one/],
      [(socket) => startAsync(socket, [7] as never, () => 1), /a string, or a list that begins with one/],
      [(socket) => startAsync(socket, 'load', 7 as never), /a function that is run beside the view/],
      [(socket) => startAsync(socket, 'load', () => 1, { supervizor: 1 } as never), /the options supervisor/],
      [(socket) => startAsync(socket, 'load', () => 1, { supervisor: 7 as never }), /a pid, a name/],
    ]
    for (const [wanted, message] of wrong) {
      let thrown: unknown
      order = (socket) => {
        try {
          wanted(socket)
        } catch (error) {
          thrown = error
        }
      }
      await view.renderClick('obey')
      t.match(thrown, { code: 'BEAMISH_BAD_ARGUMENT', message })
    }
    order = (socket) => startAsync(socket, 'unknown', () => 1)
    await t.rejects(obeyed(view), /crashed/)
    t.match(reports.at(-1), { reason: { error: { code: 'BEAMISH_NO_HANDLER' } } })
  }),
)

async function obeyed(view: TestView): Promise<string> {
  await view.renderClick('obey')
  return await view.renderAsync()
}

t.test('LV-120 a handler returns nothing', (t) =>
  withRuntime(async ({ reports }) => {
    const view = await open()
    order = (socket) => startAsync(socket, 'wrong', () => 1)
    await t.rejects(obeyed(view), /crashed/)
    t.match(reports.at(-1), { reason: { error: { code: 'BEAMISH_BAD_RETURN', message: /handleAsync.wrong/ } } })
  }),
)

t.test('LV-120 a task cannot start the next one in the place of its view', (t) =>
  withRuntime(async () => {
    const view = await open()
    order = (socket) => startAsync(socket, 'load', () => void startAsync(socket, 'load', () => 1))
    await view.renderClick('obey')
    t.match(await view.renderAsync(), /startAsync, assignAsync and streamAsync are for the callbacks of a view/)
  }),
)

everywhere.test(
  'LV-129 LV-131 hooks of handleAsync run before the handler, until one halts',
  async (t, { obey, shown }) => {
    const seen: unknown[] = []
    await obey((socket) => {
      const hook = (name: unknown, result: unknown) => {
        seen.push([name, result])
        return name === 'halted' ? halt() : cont()
      }
      attachHook(socket as LiveViewSocket, 'see', 'handleAsync', hook)
      startAsync(socket, 'load', () => 1)
      startAsync(socket, 'halted', () => 2)
    })
    t.match(await shown(), /ok 1/)
    t.same(seen, [
      ['load', { type: 'ok', value: 1 }],
      ['halted', { type: 'ok', value: 2 }],
    ])
  },
)

// ── The end of the view ──

const ENDS: (readonly [string, (view: TestView) => unknown, unknown])[] = [
  ['is left', (view) => view.leave(), shutdown('left')],
  ['crashes', (view) => send(view.pid, () => exit('broken')), 'broken'],
  ['is killed', (view) => exit(view.pid, 'kill'), 'killed'],
  ['stops as intended', (view) => send(view.pid, () => stop('normal')), 'shutdown'],
]
for (const [how, end, reason] of ENDS) {
  everywhere.test(`LV-121 a view that ${how} takes its tasks along`, async (t, { view, obey }) => {
    const { run, begun } = waiting()
    await obey((socket) => startAsync(socket, 'load', run))
    const task = await begun()
    t.ok(Process.info(view.pid)?.links.includes(task), 'they are linked')
    t.equal(Process.info(task)?.label, 'startAsync "load"', 'and reports say what it is')
    monitor(task)
    await end(view)
    t.match(await assertReceive({ type: 'down' }), { object: task, reason })
    t.match(await assertReceive((message) => 'aborted' in message), { aborted: reason }, 'its signal tells it')
  })
}

t.test('LV-121 nothing is started while the page is made over HTTP', (t) =>
  withRuntime(async () => {
    let count = 0
    const Counted = LiveView.define({
      module: 'Counted',
      mount: (_params, _session, socket) => void startAsync(socket, 'load', () => ++count),
      handleAsync: { load: (result, socket) => void socket.assign({ value: textOf(result) }) },
      render: ({ value }) => html`<p>${value ?? 'nothing'}</p>`,
    })
    const visit = LiveViewTest.visit({ router: Router.define((route) => route.live('/', Counted)) })
    t.match(await (await visit.get('/')).text(), /<p>nothing<\/p>/)
    await settle()
    t.equal(count, 0)
    const view = await visit.live('/')
    t.match(await view.renderAsync(), /<p>ok 1<\/p>/)
  }),
)

// ── Cancelling, and starting again ──

everywhere.test('LV-122 a cancelled task ends, and its handler hears of it', async (t, { obey, shown }) => {
  const { run, begun } = waiting()
  await obey((socket) => startAsync(socket, 'load', run))
  const task = await begun()
  monitor(task)
  await obey((socket) => cancelAsync(socket, 'load'))
  t.match(await assertReceive({ type: 'down' }), { object: task, reason: shutdown('cancel') })
  t.match(await assertReceive((message) => 'aborted' in message), { aborted: shutdown('cancel') })
  t.match(await shown(), /exit shutdown cancel "load"|exit shutdown cancel &quot;load/)
  await obey((socket) => startAsync(socket, 'load', () => 'again'))
  t.match(await shown(), /ok again/)
})

everywhere.test('LV-122 a task is cancelled for a reason, and by a compound name', async (t, { obey, shown, now }) => {
  const { run, begun } = waiting()
  await obey((socket) => startAsync(socket, ['load', 7], run))
  await begun()
  await obey((socket) => cancelAsync(cancelAsync(socket, ['load', '7']), 'load'))
  t.match(await now(), /nothing/)
  await obey((socket) => cancelAsync(socket, ['load', 7], 'enough'))
  t.match(await shown(), /exit enough/)
})

everywhere.test('LV-122 of two tasks of one name only the second counts', async (t, { obey, shown }) => {
  const first = waiting()
  const second = waiting()
  await obey((socket) => startAsync(socket, 'load', first.run))
  await first.begun()
  await obey((socket) => startAsync(socket, 'load', async () => `second ${await second.run()}`))
  await second.begun()
  first.goOn()
  await settle()
  second.goOn()
  t.match(await shown(), /ok second went on/)
  await obey((socket) => {
    startAsync(socket, 'load', () => 'replaced')
    cancelAsync(socket, 'load')
    startAsync(socket, 'load', () => 'replacement')
  })
  t.match(await shown(), /ok replacement/)
})

t.test('LV-122 what a component asked for is dropped when it is gone', (t) =>
  withRuntime(async () => {
    const page = await open()
    const { run, begun, goOn } = waiting()
    order = (socket) => startAsync(socket, 'load', run)
    await page.element('#part').renderClick()
    await begun()
    order = (socket) => socket.assign({ hasPart: false })
    await page.element('#view').renderClick()
    goOn()
    t.notMatch(await page.renderAsync(), /part/)
    order = (socket) => socket.assign({ hasPart: true })
    await page.element('#view').renderClick()
    t.match(await page.element('#part').render(), /nothing/)
  }),
)

// ── What handlers may do ──

everywhere.test('LV-125 a handler patches, and puts flash', async (t, { obey, view }) => {
  await obey((socket) =>
    startAsync(socket, 'follow', () => (socket: AnySocket) => {
      pushPatch(putFlash(socket, 'info', 'hello'), { to: '/patched' })
    }),
  )
  t.match(await view.renderAsync(), /<i id="view"[^>]*> ?nothing hello<\/i>/)
  t.match(await view.assertPatch('/patched'), { kind: 'push' })
})

everywhere.test('LV-125 a handler puts flash alone', async (t, { obey, shown }) => {
  await obey((socket) =>
    startAsync(socket, 'follow', () => (socket: AnySocket) => void putFlash(socket, 'info', 'hello')),
  )
  t.match(await shown(), /nothing hello/)
})

const DEPARTURES: (readonly [string, Order])[] = [
  ['navigate', (socket) => pushNavigate(putFlash(socket, 'info', 'bye'), { to: '/patched' })],
  ['redirect', (socket) => redirect(putFlash(socket, 'info', 'bye'), { to: '/away' })],
]
for (const [type, go] of DEPARTURES) {
  everywhere.test(`LV-125 a handler goes elsewhere: ${type}`, async (t, { obey, view }) => {
    await obey((socket) => startAsync(socket, 'follow', () => go))
    t.match(await view.assertRedirect(), { type, flash: { info: 'bye' } })
  })
}

// ── Supervisors ──

everywhere.test('LV-120 a task may be a child of a supervisor', async (t, { obey, shown, view }) => {
  supervisor = await startSupervised(TaskSupervisor.child())
  const { run, begun, goOn } = waiting()
  await obey((socket) => startAsync(socket, 'load', run, { supervisor: supervisor as Pid }))
  const task = await begun()
  t.same(await TaskSupervisor.children(supervisor), [task])
  t.ok(Process.info(view.pid)?.links.includes(task))
  goOn()
  t.match(await shown(), /ok went on/)
  await obey((socket) => startAsync(socket, 'load', () => fail('boom'), { supervisor: supervisor as Pid }))
  t.match(await shown(), /exit error boom/)
})

everywhere.test('LV-120 a task that its supervisor does not start has failed', async (t, { obey, shown }) => {
  supervisor = await startSupervised(TaskSupervisor.child({ maxChildren: 1 }))
  const { run, begun } = waiting()
  await obey((socket) => {
    startAsync(socket, ['load', 1], run, { supervisor: supervisor as Pid })
    startAsync(socket, ['load', 2], () => 1, { supervisor: supervisor as Pid })
  })
  await begun()
  await settle()
  await obey((socket) => cancelAsync(socket, ['load', 1]))
  t.match(await shown(), /cancel/)
  await obey((socket) => startAsync(socket, 'load', () => 1, { supervisor: 'nobody' }))
  t.match(await shown(), /exit callFailed/)
})

everywhere.test(
  'LV-122 a task that is cancelled before its supervisor came to it never runs',
  async (t, { obey, shown }) => {
    supervisor = await startSupervised(TaskSupervisor.child())
    let count = 0
    await obey((socket) => {
      startAsync(socket, 'load', () => ++count, { supervisor: supervisor as Pid })
      cancelAsync(socket, 'load')
    })
    t.match(await shown(), /cancel/)
    await settle()
    t.equal(count, 0)
  },
)

// ── Trapping exits, waiting ──

t.test('LV-127 a view that traps exits hears of a failed task as a message too, and of a good one not', (t) =>
  withRuntime(async () => {
    const test = self()
    const Trapping = LiveView.define({
      module: 'Trapping',
      mount: (_params, _session, socket: LiveViewSocket<{ shown: string }>) => {
        trapExit(true)
        socket.assign({ shown: 'nothing' })
      },
      ...callbacks,
      handleInfo: (message) => void send(test, message),
      render: ({ shown }) => html`<p>${shown}</p>`,
    })
    const view = await open(Trapping)
    order = (socket) => startAsync(socket, 'load', () => 'fine')
    await view.renderClick('obey')
    t.match(await view.renderAsync(), /ok fine/)
    await refuteReceive(() => true)
    order = (socket) => startAsync(socket, 'load', () => exit('boom'))
    await view.renderClick('obey')
    t.match(await view.renderAsync(), /exit boom/)
    t.match(await assertReceive(isExit), { reason: 'boom' })
    await refuteReceive(() => true)
  }),
)

const patient = (orderInMount: Order = () => {}) =>
  LiveView.define({
    module: 'Patient',
    awaitsTasks: true,
    mount: (_params, _session, socket: LiveViewSocket) => void (socket.connected && orderInMount(socket)),
    ...callbacks,
    render: () => html`<p>x</p>`,
  })

t.test('LV-127 a view that is asked to waits for its tasks when it goes elsewhere', (t) =>
  withRuntime(async () => {
    const view = await open(patient())
    const { run, begun, goOn } = waiting()
    order = (socket) => {
      startAsync(socket, 'load', run)
      pushNavigate(socket, { to: '/patched' })
    }
    const { pid } = view
    monitor(pid)
    t.match(await view.renderClick('obey'), { to: '/patched' })
    const task = await begun()
    monitor(task)
    await refuteReceive({ type: 'down' })
    goOn()
    t.match(await assertReceive({ type: 'down' }), { object: task, reason: 'normal' })
    t.match(await assertReceive({ type: 'down' }), { object: pid, reason: { type: 'shutdown' } })
  }),
)

t.test('LV-127 so does one that goes elsewhere in its mount', (t) =>
  withRuntime(async () => {
    const { run, begun, goOn } = waiting()
    const Leaving = patient((socket) => {
      startAsync(socket, 'load', run)
      pushNavigate(socket, { to: '/patched' })
    })
    const router = Router.define((route) => route.live('/', Leaving))
    t.match(await LiveViewTest.visit({ router }).tryLive('/'), { to: '/patched' })
    const task = await begun()
    monitor(task)
    await refuteReceive({ type: 'down' })
    goOn()
    t.match(await assertReceive({ type: 'down' }), { reason: 'normal' })
  }),
)

t.test('LV-127 one whose mount fails does not wait', (t) =>
  withRuntime(async () => {
    const { run } = waiting()
    const test = self()
    const Missing = patient((socket) => {
      startAsync(socket, 'load', run)
      send(test, { mounting: self() })
      throw Object.assign(new Error('no such thing'), { status: 404 })
    })
    const router = Router.define((route) => route.live('/', Missing))
    await t.rejects(LiveViewTest.visit({ router }).live('/'))
    const { mounting } = (await assertReceive((message) => 'mounting' in message)) as { mounting: Pid }
    monitor(mounting)
    await assertReceive({ type: 'down' })
  }),
)

t.test('LV-127 it waits for five seconds, and not at all when it crashes', (t) =>
  withRuntime(async ({ clock }) => {
    const view = await open(patient())
    const { run, begun } = waiting()
    order = (socket) => startAsync(socket, 'load', run)
    await view.renderClick('obey')
    monitor(await begun())
    await view.leave()
    await clock.advance(4999)
    await refuteReceive({ type: 'down' })
    await clock.advance(1)
    t.match(await assertReceive({ type: 'down' }), { reason: shutdown('left') })

    const other = await open(patient())
    await other.renderClick('obey')
    monitor(await begun())
    exit(other.pid, 'broken')
    t.match(await assertReceive({ type: 'down' }), { reason: 'broken' })
  }),
)
