import t from 'tap'
import {
  type BeamishError,
  exit,
  type Pid,
  Process,
  type Runtime,
  receive,
  Supervisor,
  self,
  sleep,
  spawn,
} from '../../src/index.ts'
import type { Adapter } from '../../src/pubsub/adapter.ts'
import { type Dispatcher, defineDispatcher } from '../../src/pubsub/dispatch.ts'
import { PubSub, subscribeFor, unsubscribeFor } from '../../src/pubsub/pubsub.ts'
import { Registry } from '../../src/registry/registry.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { LinkedNodes } from '../support/linked-nodes.ts'

/** What a subscriber got, in order. */
interface Subscriber {
  readonly pid: Pid
  readonly got: unknown[]
}

/** A process that subscribes and keeps what it gets. */
async function subscriber(pubsub: string, topics: readonly string[], metadata?: unknown): Promise<Subscriber> {
  const got: unknown[] = []
  const pid = spawn(function* () {
    for (const topic of topics) PubSub.subscribe(pubsub, topic, metadata)
    for (;;) got.push(yield* receive())
  })
  await settle()
  return { pid, got }
}

/** The messages in the caller's mailbox. */
async function messages(): Promise<unknown[]> {
  await settle()
  const all: unknown[] = []
  for (;;) {
    const message = await receive({ afterMs: 0 })
    if (message === undefined) return all
    all.push(message)
  }
}

const OK = { type: 'ok' }

function codeOf(body: () => unknown): string | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    return (error as BeamishError).code
  }
}

t.test('PS-001 a process is listed while it is subscribed', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app' })
    t.equal(PubSub.subscribe('app', 'topic'), 'ok')
    t.same(
      Registry.lookup('app', 'topic').map(({ pid }) => String(pid)),
      [String(self())],
    )
    t.equal(PubSub.unsubscribe('app', 'topic'), 'ok')
    t.same(Registry.lookup('app', 'topic'), [])
    t.equal(PubSub.unsubscribe('app', 'topic'), 'ok')
    t.equal(PubSub.unsubscribe('app', 'never'), 'ok')
  }),
)

t.test('PS-002 a broadcast reaches the subscribers of its topic, and no others', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app', registrySize: 3 })
    const [a, b, both] = [
      await subscriber('app', ['a']),
      await subscriber('app', ['b']),
      await subscriber('app', ['a', 'b']),
    ]
    t.same(PubSub.broadcast('app', 'a', 'one'), OK)
    t.equal(PubSub.broadcastOrThrow('app', 'b', 'two'), 'ok')
    t.same(PubSub.broadcast('app', 'nobody', 'three'), OK)
    t.same(PubSub.localBroadcast('app', 'a', 'four'), OK)
    await settle()
    t.same(a.got, ['one', 'four'])
    t.same(b.got, ['two'])
    t.same(both.got, ['one', 'two', 'four'])
  }),
)

t.test('PS-003 broadcastFrom and localBroadcastFrom leave out the sender', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app' })
    const other = await subscriber('app', ['topic'])
    PubSub.subscribe('app', 'topic')
    t.same(PubSub.broadcastFrom('app', self(), 'topic', 1), OK)
    t.equal(PubSub.broadcastFromOrThrow('app', self(), 'topic', 2), 'ok')
    t.same(PubSub.localBroadcastFrom('app', self(), 'topic', 3), OK)
    t.same(await messages(), [])
    t.same(other.got, [1, 2, 3])
    PubSub.broadcastFrom('app', other.pid, 'topic', 4)
    t.same(await messages(), [4])
    t.same(other.got, [1, 2, 3])
  }),
)

t.test('PS-004 directBroadcast reaches the own node; an unknown one is ok and nothing', (t) =>
  withRuntime(
    async () => {
      await PubSub.startLink({ name: 'app' })
      PubSub.subscribe('app', 'topic')
      t.equal(PubSub.nodeName('app'), 'here')
      t.same(PubSub.directBroadcast('here', 'app', 'topic', 1), OK)
      t.equal(PubSub.directBroadcastOrThrow('here', 'app', 'topic', 2), 'ok')
      t.same(PubSub.directBroadcast('nowhere', 'app', 'topic', 3), OK)
      t.same(await messages(), [1, 2])
    },
    { node: 'here' },
  ),
)

t.test('PS-005 a dispatcher gets every subscription with its metadata, the sender and the message', (t) =>
  withRuntime(
    async () => {
      await PubSub.startLink({ name: 'app' })
      PubSub.subscribe('app', 'topic')
      PubSub.subscribe('app', 'topic', { special: true })
      PubSub.broadcast('app', 'topic', 'twice')
      t.same(await messages(), ['twice', 'twice'])

      const dispatched: unknown[] = []
      const me = String(self())
      const note: Dispatcher = (entries, from, message) => {
        dispatched.push([entries.map(({ pid, metadata }) => [String(pid), metadata]), String(from), message])
      }
      const entries = [
        [me, undefined],
        [me, { special: true }],
      ]
      PubSub.broadcast('app', 'topic', 1, note)
      PubSub.broadcastFrom('app', self(), 'topic', 2, note)
      PubSub.localBroadcast('app', 'topic', 3, note)
      PubSub.localBroadcastFrom('app', self(), 'topic', 4, note)
      PubSub.directBroadcast('here', 'app', 'topic', 5, note)
      PubSub.broadcastOrThrow('app', 'topic', 6, note)
      PubSub.broadcastFromOrThrow('app', self(), 'topic', 7, note)
      PubSub.directBroadcastOrThrow('here', 'app', 'topic', 8, note)
      const none = 'none'
      t.same(
        dispatched,
        [none, me, none, me, none, none, me, none].map((from, index) => [entries, from, index + 1]),
      )
      t.same(await messages(), [], 'nothing is sent besides')

      PubSub.unsubscribe('app', 'topic')
      PubSub.broadcast('app', 'topic', 'gone', note)
      t.equal(dispatched.length, 8, 'one unsubscribe removes both')
    },
    { node: 'here' },
  ),
)

t.test('unsubscribeMatch removes the subscriptions with such metadata', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app' })
    PubSub.subscribe('app', 'topic', { lane: 1, kind: 'a' })
    PubSub.subscribe('app', 'topic', { lane: 2, kind: 'a' })
    PubSub.unsubscribeMatch('app', 'topic', { lane: 1 })
    t.same(
      Registry.lookup<{ lane: number }>('app', 'topic').map(({ value }) => value.lane),
      [2],
    )
    PubSub.unsubscribeMatch('app', 'topic', { kind: 'a' })
    t.same(Registry.lookup('app', 'topic'), [])
  }),
)

t.test('PS-006 nothing is left of a subscriber that ends, and broadcasts go on', (t) =>
  withRuntime(async ({ reports }) => {
    await PubSub.startLink({ name: 'app', registrySize: 2 })
    const survivor = await subscriber('app', ['topic'])
    const killed = await subscriber('app', ['topic', 'other'])
    const failing = spawn(function* () {
      PubSub.subscribe('app', 'topic')
      PubSub.subscribe('app', 'topic')
      throw new Error((yield* receive()) as string)
    })
    const leaving = spawn(function* () {
      PubSub.subscribe('app', 'topic')
      yield* receive()
    })
    await settle()
    t.equal(Registry.count('app'), 6)
    exit(killed.pid, 'kill')
    t.same(PubSub.broadcast('app', 'topic', 'boom'), OK, 'the table does not know yet')
    await settle()
    t.ok([killed.pid, failing, leaving].every((pid) => !Process.isAlive(pid)))
    t.equal(Registry.count('app'), 1)
    PubSub.broadcast('app', 'topic', 'later')
    await settle()
    t.same(survivor.got, ['boom', 'later'])
    t.same(
      reports.map(({ type }) => type).filter((type) => type !== 'progress'),
      ['processError'],
      'the one that threw',
    )
  }),
)

t.test('PS-007 every subscriber sees the messages of each sender in order', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app', registrySize: 2 })
    const subscribers = await Promise.all([1, 2, 3].map(() => subscriber('app', ['topic'])))
    for (const label of ['a', 'b']) {
      spawn(function* () {
        for (let number = 0; number < 1000; number++) {
          PubSub.broadcast('app', 'topic', [label, number])
          if (number % 7 === 0) yield* sleep(0)
        }
      })
    }
    for (let turn = 0; turn < 200; turn++) await settle()
    const inOrder = Array.from({ length: 1000 }, (_, number) => number)
    for (const { got } of subscribers) {
      t.equal(got.length, 2000)
      for (const label of ['a', 'b']) {
        const numbers = (got as [string, number][]).filter(([sender]) => sender === label).map(([, number]) => number)
        t.same(numbers, inOrder)
      }
    }
  }),
)

t.test('PS-008 a PubSub without a name or with impossible pools does not start, and says why', (t) =>
  withRuntime(async () => {
    const wrong = [
      {},
      { name: '' },
      { name: 7 },
      { name: 'app', poolSize: 0 },
      { name: 'app', broadcastPoolSize: 0 },
      { name: 'app', registrySize: 1.5 },
      { name: 'app', adapter: 'redis' },
      { name: 'app', pool_size: 1 },
    ] as never[]
    for (const options of wrong) {
      for (const start of [PubSub.startLink, PubSub.child, PubSub.tryStartLink]) {
        t.equal(
          codeOf(() => start(options)),
          'BEAMISH_BAD_ARGUMENT',
          JSON.stringify(options),
        )
      }
    }
    t.throws(() => PubSub.startLink({ name: 'app', poolSize: 2, broadcastPoolSize: 3 }), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /broadcastPoolSize expects at most the poolSize, 2, .* got 3/,
    })
    t.throws(() => PubSub.broadcast('app', 'topic', 1), { code: 'BEAMISH_BAD_ARGUMENT' }, 'nothing was started')
    await PubSub.startLink({ name: 'app', poolSize: 2, broadcastPoolSize: 1 })
    t.same(PubSub.broadcast('app', 'topic', 1), OK)
  }),
)

/** Starts a PubSub in a process of `runtime` that stays, with one subscriber of `topic`. */
async function startNode(runtime: Runtime, nodes: LinkedNodes, pools: object, topic: string): Promise<unknown[]> {
  const got: unknown[] = []
  const started = runtime.run(
    () =>
      new Promise((resolve) => {
        spawn(async () => {
          await PubSub.startLink({ name: 'app', adapter: nodes.adapter, ...pools })
          resolve(undefined)
          await sleep('infinity')
        })
      }),
  )
  await started
  await runtime.run(async () => {
    spawn(function* () {
      PubSub.subscribe('app', topic)
      for (;;) got.push(yield* receive())
    })
    await settle()
  })
  return got
}

t.test('PS-009 over an adapter a broadcast reaches every node once, and a direct one only its node', (t) =>
  withRuntime(
    (here) =>
      withRuntime(
        async (there) => {
          const nodes = new LinkedNodes()
          // The first of the two steps in which a pool grows from 1 to 2: some nodes have two workers, all send with one.
          const onHere = await startNode(here.runtime, nodes, { poolSize: 2, broadcastPoolSize: 1 }, 'topic')
          const onThere = await startNode(there.runtime, nodes, { poolSize: 1 }, 'topic')
          const inHere = <T>(act: () => T) => here.runtime.run(act)
          const inThere = <T>(act: () => T) => there.runtime.run(act)
          t.equal(await inHere(() => PubSub.nodeName('app')), 'here')
          t.equal(await inThere(() => PubSub.nodeName('app')), 'there')

          for (let sender = 0; sender < 4; sender++) {
            t.same(await inHere(() => PubSub.broadcast('app', 'topic', `from here ${sender}`)), OK)
            t.same(await inThere(() => PubSub.broadcast('app', 'topic', `from there ${sender}`)), OK)
          }
          await settle()
          const all = [0, 1, 2, 3].flatMap((sender) => [`from here ${sender}`, `from there ${sender}`])
          t.same([...onHere].sort(), [...all].sort())
          t.same([...onThere].sort(), [...all].sort())
          onHere.length = 0
          onThere.length = 0

          await inHere(() => PubSub.localBroadcast('app', 'topic', 'local'))
          await inHere(() => PubSub.directBroadcast('there', 'app', 'topic', 'direct'))
          await inHere(() => PubSub.directBroadcast('here', 'app', 'topic', 'to myself'))
          await inHere(() => PubSub.directBroadcast('nowhere', 'app', 'topic', 'lost'))
          await inHere(() => PubSub.broadcast('app', 'another topic', 'unheard'))
          await settle()
          t.same(onHere, ['local', 'to myself'])
          t.same(onThere, ['direct'])
          onThere.length = 0

          await inHere(async () => {
            for (let number = 0; number < 100; number++) PubSub.broadcast('app', 'topic', number)
          })
          await settle()
          t.same(
            onThere,
            Array.from({ length: 100 }, (_, number) => number),
            'in order',
          )
        },
        { node: 'there' },
      ),
    { node: 'here' },
  ),
)

t.test('a dispatcher runs on each node, and needs a name for that', (t) =>
  withRuntime(
    (here) =>
      withRuntime(
        async (there) => {
          const nodes = new LinkedNodes()
          const onHere = await startNode(here.runtime, nodes, {}, 'topic')
          const onThere = await startNode(there.runtime, nodes, {}, 'topic')
          const shout = defineDispatcher('test shout', (entries, from, message) => {
            for (const { pid } of entries) if (pid !== from) pid.receiver?.deliver(`${message}!`)
          })
          await here.runtime.run(() => PubSub.broadcast('app', 'topic', 'hello', shout))
          await settle()
          t.same([onHere, onThere], [['hello!'], ['hello!']])
          const nameless: Dispatcher = () => {}
          await t.rejects(
            here.runtime.run(() => PubSub.broadcast('app', 'topic', 1, nameless)),
            { code: 'BEAMISH_UNNAMED_DISPATCHER' },
          )
          t.throws(() => defineDispatcher('test shout', nameless), { code: 'BEAMISH_BAD_ARGUMENT' })
          t.equal(defineDispatcher('test shout', shout), shout)
        },
        { node: 'there' },
      ),
    { node: 'here' },
  ),
)

t.test('PS-010 what the adapter refuses nobody gets', (t) =>
  withRuntime(async () => {
    const refused = { type: 'error', reason: 'the broker is away' } as const
    const adapter = (): Adapter => ({
      nodeName: () => 'cut off',
      broadcast: () => refused,
      directBroadcast: () => refused,
    })
    await PubSub.startLink({ name: 'app', adapter })
    PubSub.subscribe('app', 'topic')
    t.same(PubSub.broadcast('app', 'topic', 1), refused)
    t.same(
      PubSub.broadcastFrom(
        'app',
        spawn(() => {}),
        'topic',
        2,
      ),
      refused,
    )
    t.same(PubSub.directBroadcast('elsewhere', 'app', 'topic', 3), refused)
    const failed = { code: 'BEAMISH_BROADCAST_FAILED', reason: 'the broker is away' }
    t.throws(() => PubSub.broadcastOrThrow('app', 'topic', 4), failed)
    t.throws(
      () =>
        PubSub.broadcastFromOrThrow(
          'app',
          spawn(() => {}),
          'topic',
          5,
        ),
      failed,
    )
    t.throws(() => PubSub.directBroadcastOrThrow('elsewhere', 'app', 'topic', 6), failed)
    t.same(PubSub.localBroadcast('app', 'topic', 7), OK)
    t.same(await messages(), [7])
  }),
)

t.test('LS-12 a subscriber that could not keep up loses messages, not its subscription', (t) =>
  withRuntime(async ({ clock }) => {
    await PubSub.startLink({ name: 'app' })
    const kept = { dropNewest: [0, 1, 2], dropOldest: [7, 8, 9] } as const
    for (const onOverflow of ['dropNewest', 'dropOldest'] as const) {
      const got: unknown[] = []
      const laggard = spawn(
        function* () {
          PubSub.subscribe('app', onOverflow)
          yield* sleep(1000)
          for (;;) got.push(yield* receive())
        },
        { mailbox: { limit: 3, onOverflow } },
      )
      await settle()
      for (let number = 0; number < 10; number++) t.same(PubSub.broadcast('app', onOverflow, number), OK)
      await clock.advance(1000)
      t.same(got, kept[onOverflow])
      PubSub.broadcast('app', onOverflow, 'after the lag')
      await settle()
      t.same(got, [...kept[onOverflow], 'after the lag'])
      t.ok(Process.isAlive(laggard))
    }
  }),
)

t.test('a subscriber may change its subscriptions while a message is dispatched', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app' })
    const others = [await subscriber('app', ['topic']), await subscriber('app', ['topic'])]
    PubSub.subscribe('app', 'topic')
    let seen = 0
    PubSub.broadcast('app', 'topic', 'message', (entries) => {
      for (const { pid } of entries) {
        seen++
        if (pid === self()) PubSub.unsubscribe('app', 'topic')
        PubSub.subscribe('app', 'topic', seen)
      }
    })
    t.equal(seen, 3)
    t.equal(Registry.lookup('app', 'topic').length, others.length + 1)
  }),
)

t.test('several services know nothing of each other', (t) =>
  withRuntime(async () => {
    await Supervisor.startLink([PubSub.child({ name: 'one' }), [PubSub, { name: 'two' }]])
    PubSub.subscribe('one', 'topic')
    PubSub.broadcast('two', 'topic', 'lost')
    PubSub.broadcast('one', 'topic', 'found')
    t.same(await messages(), ['found'])
    await t.rejects(PubSub.startLink({ name: 'one' }), { code: 'BEAMISH_ALREADY_STARTED' })
  }),
)

t.test('an unknown service and a topic that is no string are argument errors', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app' })
    await Registry.startLink({ name: 'registry', keys: 'duplicate' })
    for (const name of ['unknown', 'registry']) {
      const uses = [
        () => PubSub.subscribe(name, 'topic'),
        () => PubSub.unsubscribe(name, 'topic'),
        () => PubSub.unsubscribeMatch(name, 'topic', 1),
        () => PubSub.broadcast(name, 'topic', 1),
        () => PubSub.broadcastFrom(name, self(), 'topic', 1),
        () => PubSub.localBroadcast(name, 'topic', 1),
        () => PubSub.localBroadcastFrom(name, self(), 'topic', 1),
        () => PubSub.directBroadcast('local', name, 'topic', 1),
        () => PubSub.nodeName(name),
      ]
      for (const use of uses) t.equal(codeOf(use), 'BEAMISH_BAD_ARGUMENT', String(use))
    }
    const topic = 7 as never
    for (const use of [
      () => PubSub.subscribe('app', topic),
      () => PubSub.unsubscribe('app', topic),
      () => PubSub.broadcast('app', topic, 1),
      () => PubSub.localBroadcast('app', topic, 1),
      () => PubSub.directBroadcast('local', 'app', topic, 1),
      () => PubSub.broadcastFrom('app', 'me' as never, 'topic', 1),
    ]) {
      t.equal(codeOf(use), 'BEAMISH_BAD_ARGUMENT', String(use))
    }
  }),
)

t.test('a room above subscribes a process for it, with metadata that tells its subscriptions apart', (t) =>
  withRuntime(async () => {
    await PubSub.startLink({ name: 'app' })
    const owner = spawn(() => receive())
    const [one, two] = [{ lane: 1 }, { lane: 1 }]
    t.equal(subscribeFor(owner, 'app', 'topic', one), true)
    t.equal(subscribeFor(owner, 'app', 'topic', two), true)
    unsubscribeFor(owner, 'app', 'topic', one)
    const left = Registry.lookup('app', 'topic')
    t.equal(left.length, 1)
    t.equal(left[0]?.value, two)
    exit(owner, 'kill')
    await settle()
    t.equal(Registry.count('app'), 0)
    t.equal(subscribeFor(owner, 'app', 'topic', one), false)
    unsubscribeFor(owner, 'app', 'topic', one)
  }),
)
