import t, { type Test } from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import { exit, type Pid, self, send, shutdown, TaskSupervisor } from '../../src/index.ts'
import {
  AsyncResult,
  assignAsync,
  cancelAsync,
  error,
  html,
  LiveComponent,
  type LiveState,
  LiveView,
  ok,
} from '../../src/live-view/index.ts'
import { assertReceive, LiveViewTest, startSupervised, type TestView, withRuntime } from '../../src/testing/index.ts'

interface Loaded {
  user: AsyncResult<string>
  posts: AsyncResult<number>
}
type AnySocket = LiveState<Loaded>
type Order = (socket: AnySocket) => unknown

let order: Order = () => {}
let atMount: Order = () => {}

const callbacks = {
  handleEvent: { obey: (_value: unknown, socket: AnySocket) => void order(socket) },
}

/** What is known of a value, in the order of the class. */
function textOf({ ok, loading, failed, result }: AsyncResult): string {
  const why = failed === null ? null : { ...failed, reason: reasonOf(failed.reason) }
  return JSON.stringify([ok, loading, why, result])
}

function reasonOf(reason: unknown): unknown {
  const { error, detail } = reason as { error?: Error; detail?: unknown }
  return error?.message ?? detail ?? reason
}

const show = ({ user, posts }: Readonly<Loaded>) =>
  html`${user ? textOf(user) : 'none'} ¦ ${posts ? textOf(posts) : 'none'}`

const Part = LiveComponent.define<Loaded>({
  module: 'Part',
  ...callbacks,
  mount: (socket) => atMount(socket as unknown as AnySocket),
  render: (assigns) => html`<b id="part" phx-click="obey" phx-target=${assigns.myself}>${show(assigns)}</b>`,
})

const LoadLive = LiveView.define<Loaded>({
  module: 'LoadLive',
  ...callbacks,
  mount: (_params, _session, socket) => void atMount(socket as unknown as AnySocket),
  render: (assigns) => html`<i id="view" phx-click="obey">${show(assigns)}</i>`,
})

const PartLive = LiveView.define({ module: 'PartLive', render: () => html`<main>${Part.use({ id: 1 })}</main>` })

const router = Router.define((route) => {
  route.live('/view', LoadLive)
  route.live('/part', PartLive)
})

interface Loading {
  readonly view: TestView
  obey(wanted: Order): Promise<unknown>
  /** What is shown of `user`, and then of `posts`: `[ok, loading, failed, result]`. */
  now(): Promise<unknown[]>
  /** The same, when all tasks are over. */
  shown(): Promise<unknown[]>
}

type Body = (t: Test, loading: Loading) => Promise<unknown>

/** Runs a test for a view, and for a component. @param mount - what it does when it is mounted. */
function forBoth(name: string, mount: Order, body: Body): void {
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
        const read = (shown: string) =>
          shown
            .replaceAll('&quot;', '"')
            .replace(/<[^>]*>/g, '')
            .split(' ¦ ')
            .map((text) => JSON.parse(text === 'none' ? 'null' : text))
        await body(t, {
          view,
          obey,
          now: async () => read(await element.render()),
          shown: async () => read(await element.renderAsync()),
        })
      }),
    )
  }
}

const everywhere = { test: forBoth }

const bob: Order = (socket) => assignAsync(socket, 'user', async () => ok({ user: 'Bob' }))
everywhere.test('LV-123 a key is loading first, then it is there', bob, async (t, { shown, view }) => {
  const page = Router.define((route) => route.live('/view', LoadLive))
  const http = await (await LiveViewTest.visit({ router: page }).get('/view')).text()
  t.match(http, /\[false,\[&quot;user&quot;\],null,null\]/, 'and over HTTP it stays so')
  t.same(await shown(), [[true, null, null, 'Bob'], null])
  t.ok(await view.render())
})

everywhere.test(
  'LV-123 several keys are loaded at once',
  (socket) => assignAsync(socket, ['user', 'posts'], () => ok({ user: 'Bob', posts: 3 })),
  async (t, { shown }) => {
    t.same(await shown(), [
      [true, null, null, 'Bob'],
      [true, null, null, 3],
    ])
  },
)

everywhere.test(
  'LV-123 all of them fail together',
  (socket) => assignAsync(socket, ['user', 'posts'], () => error('no such user')),
  async (t, { shown }) => {
    const failed = { type: 'error', reason: 'no such user' }
    t.same(await shown(), [
      [false, null, failed, null],
      [false, null, failed, null],
    ])
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
  ['exits', () => exit('leaving'), 'leaving'],
  ['is killed', () => exit(self(), 'kill') as never, 'killed'],
]
for (const [how, run, reason] of FAILURES) {
  everywhere.test(
    `LV-123 a task that ${how} is a failure with its reason`,
    (socket) => assignAsync(socket, 'user', run),
    async (t, { shown }) => t.same(await shown(), [[false, null, { type: 'exit', reason }, null], null]),
  )
}

const WRONG: (readonly [string, () => unknown, RegExp])[] = [
  ['is no result', () => 123, /must return ok\(\{ user: …, posts: … \}\) with all keys \| error\(reason\), got 123/],
  ['lacks a key', async () => ok({ user: 'Bob' }), /with all keys \| error\(reason\), got \{ user: "Bob" \}/],
  ['holds a list', () => ok([1]), /with all keys \| error\(reason\), got \[1\]/],
  ['is nothing, of a generator', function* () {}, /with all keys \| error\(reason\), got undefined/],
]
for (const [how, run, message] of WRONG) {
  everywhere.test(
    `LV-123 a result that ${how} is a failure that says what was expected`,
    (socket) => assignAsync(socket, ['user', 'posts'], run as never),
    async (t, { shown }) => {
      const [user, posts] = (await shown()) as [unknown[], unknown[]]
      t.match(user[2], { type: 'exit', reason: message })
      t.match(posts[2], { type: 'exit', reason: message })
    },
  )
}

everywhere.test(
  'LV-123 wrong arguments say what is expected',
  () => {},
  async (t, { obey }) => {
    const wrong: (readonly [Order, RegExp])[] = [
      [(socket) => assignAsync(socket, [], () => ok({})), /the name of an assign, or a list of such names/],
      [(socket) => assignAsync(socket, 7 as never, () => ok({})), /the name of an assign/],
      [(socket) => assignAsync(socket, 'user', 7 as never), /a function/],
      [
        (socket) => assignAsync(socket, 'user', () => error(1), { reset: 1 as never }),
        /true, false, or a list of keys/,
      ],
      [
        (socket) => assignAsync(socket, 'user', () => error(1), { rset: true } as never),
        /the options supervisor, reset/,
      ],
    ]
    for (const [wanted, message] of wrong) {
      let thrown: unknown
      await obey((socket) => {
        try {
          wanted(socket)
        } catch (error) {
          thrown = error
        }
      })
      t.match(thrown, { code: 'BEAMISH_BAD_ARGUMENT', message })
    }
  },
)

everywhere.test(
  'LV-123 what was started last counts, and names of tasks are no keys',
  bob,
  async (t, { obey, shown }) => {
    await shown()
    await obey((socket) => {
      assignAsync(socket, 'user', () => ok({ user: 'first' }))
      assignAsync(socket, 'user', () => ok({ user: 'second' }))
      assignAsync(socket, 'posts', () => ok({ posts: 1 }))
    })
    t.same(await shown(), [
      [true, null, null, 'second'],
      [true, null, null, 1],
    ])
  },
)

everywhere.test('LV-123 a temporary assign is made anew', bob, async (t, { obey, shown }) => {
  await shown()
  await obey((socket) => {
    socket.makeTemporary({ posts: null })
    assignAsync(socket, 'posts', () => error('gone'))
  })
  t.same((await shown())[1], [false, null, { type: 'error', reason: 'gone' }, null])
})

const both: Order = (socket) => assignAsync(socket, ['user', 'posts'], () => ok({ user: 'Bob', posts: 3 }))

everywhere.test(
  'LV-124 what was loaded stays beside loading, and beside a failure',
  both,
  async (t, { obey, shown, now }) => {
    await shown()
    await obey((socket) => assignAsync(socket, 'user', hanging()))
    t.same((await now())[0], [true, ['user'], null, 'Bob'])
    await obey((socket) => assignAsync(socket, 'user', () => error('later')))
    t.same((await now())[0], [true, null, { type: 'error', reason: 'later' }, 'Bob'])
    await obey((socket) => assignAsync(socket, 'user', hanging()))
    t.same((await now())[0], [true, ['user'], null, 'Bob'], 'a failure is forgotten')
  },
)

function hanging(): () => Promise<never> {
  return () => new Promise(() => {})
}

everywhere.test('LV-124 with reset it is gone', both, async (t, { obey, shown, now }) => {
  await shown()
  await obey((socket) => assignAsync(socket, ['user', 'posts'], hanging(), { reset: ['posts'] }))
  t.same(await now(), [
    [true, ['user', 'posts'], null, 'Bob'],
    [false, ['user', 'posts'], null, null],
  ])
  await obey((socket) => assignAsync(socket, ['user', 'posts'], hanging(), { reset: true }))
  t.same((await now())[0], [false, ['user', 'posts'], null, null])
})

for (const target of ['user', ['user'], 'its result'] as const) {
  everywhere.test(
    `LV-122 loading is cancelled by ${JSON.stringify(target)}`,
    (socket) => assignAsync(socket, 'user', hanging()),
    async (t, { obey, now, shown }) => {
      await obey((socket) => cancelAsync(socket, target === 'its result' ? socket.assigns.user : target))
      t.same((await now())[0], [false, null, { type: 'exit', reason: 'cancel' }, null])
      await obey((socket) => cancelAsync(socket, socket.assigns.user)) // of nothing
      await obey(bob)
      t.same((await shown())[0], [true, null, null, 'Bob'])
    },
  )
}

everywhere.test(
  'LV-121 the view takes its loading along, which its signal tells',
  () => {},
  async (t, { obey, view }) => {
    const test = self()
    await obey((socket) =>
      assignAsync(socket, 'user', () => {
        const { signal } = self()
        return new Promise<never>(() => signal.addEventListener('abort', () => send(test, signal.reason)))
      }),
    )
    await view.leave()
    t.same(await assertReceive(() => true), shutdown('left'))
  },
)

everywhere.test(
  'LV-123 it may be loaded below a supervisor',
  () => {},
  async (t, { obey, shown }) => {
    const supervisor: Pid = await startSupervised(TaskSupervisor.child())
    await obey((socket) => assignAsync(socket, 'user', async () => ok({ user: String(self()) }), { supervisor }))
    t.match((await shown())[0], [true, null, null, /Pid/])
    await obey((socket) => assignAsync(socket, 'user', () => exit('boom'), { supervisor }))
    t.match((await shown())[0], [true, null, { type: 'exit', reason: 'boom' }, /Pid/])
  },
)

t.test('LV-123 AsyncResult: a value that never changes', async (t) => {
  const loading = AsyncResult.loading<number>()
  t.match(loading, { ok: false, loading: true, failed: null, result: null })
  t.match(AsyncResult.failed(loading, error('x')), { ok: false, loading: null, failed: { type: 'error', reason: 'x' } })
  const there = AsyncResult.ok(1)
  t.match(there, { ok: true, loading: null, failed: null, result: 1 })
  t.match(AsyncResult.loading(there, ['n']), { ok: true, loading: ['n'], result: 1 })
  t.match(AsyncResult.failed(there, { type: 'exit', reason: 'x' }), { ok: true, loading: null, result: 1 })
})
