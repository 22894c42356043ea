import t from 'tap'
import {
  type ActorRefFrom,
  assign,
  cancel,
  emit,
  enqueueActions,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate'
import {
  childSpec,
  type DownMessage,
  EmittedMessage,
  type Expects,
  exit,
  GenServer,
  isExitError,
  link,
  monitor,
  type Pid,
  Process,
  receive,
  StateMachine,
  Supervisor,
  Sys,
  self,
  send,
  sleep,
  spawn,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: looks into things whose type is not the point of a test
type Anything = any

async function failure(work: PromiseLike<unknown>): Promise<Anything> {
  try {
    await work
  } catch (error) {
    return isExitError(error) ? error.reason : error
  }
  return 'it did not fail'
}

async function inbox(): Promise<Anything[]> {
  await settle()
  const messages: Anything[] = []
  for (let m = await receive({ afterMs: 0 }); m !== undefined; m = await receive({ afterMs: 0 })) messages.push(m)
  return messages
}

const downOf = async (ref: unknown) => (await receive((m): m is DownMessage => m.ref === ref)).reason

type LampEvent = { type: 'toggle' } | ({ type: 'count' } & Expects<number>) | { type: 'break' }

const lampMachine = setup({
  types: { context: {} as { count: number }, events: {} as LampEvent, input: {} as { count: number } },
}).createMachine({
  id: 'lamp',
  context: ({ input }) => ({ count: input.count }),
  initial: 'off',
  on: {
    count: { actions: StateMachine.reply(({ context }) => context.count) },
    break: {
      actions: () => {
        throw new Error('broken lamp')
      },
    },
  },
  states: {
    off: { on: { toggle: { target: 'on', actions: assign({ count: ({ context }) => context.count + 1 }) } } },
    on: { on: { toggle: 'off' }, after: { 1000: 'off' } },
  },
})
const Lamp = StateMachine.from(lampMachine)

t.test('an XState machine takes events by cast, send and call', (t) =>
  withRuntime(async () => {
    const lamp = await Lamp.startLink({ count: 5 }, { name: 'lamp' })
    t.equal(await Lamp.call(lamp, { type: 'count' }), 5)
    Lamp.cast('lamp', { type: 'toggle' })
    const snapshot = await Lamp.getSnapshot(lamp)
    t.equal(snapshot.value, 'on')
    t.ok(snapshot.matches('on'))
    send(lamp, { type: 'toggle' })
    send('lamp', { type: 'toggle' })
    t.equal(await Lamp.call(lamp, { type: 'count' }), 7)
    t.same(await Sys.getState(lamp), { state: 'on', data: { count: 7 } })
    t.equal(await Lamp.stop(lamp), 'ok')
    t.notOk(Process.isAlive(lamp))
  }),
)

t.test('after is a timer of the process', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const lamp = await Lamp.startLink({ count: 0 })
    Lamp.cast(lamp, { type: 'toggle' })
    await clock.advance(999)
    t.equal((await Lamp.getSnapshot(lamp)).value, 'on')
    await clock.advance(1)
    t.equal((await Lamp.getSnapshot(lamp)).value, 'off')
    Lamp.cast(lamp, { type: 'toggle' })
    await clock.advance(500)
    Lamp.cast(lamp, { type: 'toggle' })
    Lamp.cast(lamp, { type: 'toggle' })
    await clock.advance(999)
    t.equal((await Lamp.getSnapshot(lamp)).value, 'on', 'leaving the state cancelled the first one')
    await Lamp.stop(lamp)
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('an error in a machine is the exit reason of its process, with reports', (t) =>
  withRuntime(async ({ reports }) => {
    const { pid, ref } = await Lamp.startMonitor({ count: 1 })
    t.match(await failure(Lamp.call(pid, { type: 'break' })), {
      reason: { type: 'error', error: { message: 'broken lamp' } },
    })
    t.match(await downOf(ref), { type: 'error', error: { message: 'broken lamp' } })
    t.match(reports, [
      {
        type: 'serverTerminate',
        behaviour: 'StateMachine',
        module: 'lamp',
        state: { state: 'off', data: { count: 1 } },
      },
      { type: 'crash', initialCall: 'StateMachine lamp' },
    ])
  }),
)

t.test('a machine whose first snapshot fails is refused', (t) =>
  withRuntime(async () => {
    const Bad = StateMachine.from(
      setup({}).createMachine({
        context: () => {
          throw new Error('no context')
        },
      }),
    )
    t.match(await Bad.tryStart(), { type: 'refused', reason: { type: 'error', error: { message: 'no context' } } })
  }),
)

t.test('a final state ends the process normally', (t) =>
  withRuntime(async ({ reports }) => {
    const ends: unknown[] = []
    const machine = setup({ types: { events: {} as { type: 'end' } } }).createMachine({
      initial: 'a',
      states: { a: { on: { end: 'z' } }, z: { type: 'final' } },
    })
    const Ending = StateMachine.from(machine, { terminate: (reason, snapshot) => ends.push([reason, snapshot.value]) })
    const { pid, ref } = await Ending.startMonitor()
    Ending.cast(pid, { type: 'end' })
    t.equal(await downOf(ref), 'normal')
    t.same(ends, [['normal', 'z']])
    t.equal(reports.length, 0)
  }),
)

t.test('a call that the state has no transition for fails at once instead of waiting for ever', (t) =>
  withRuntime(async () => {
    const machine = setup({ types: { events: {} as { type: 'x' } | { type: 'y' } } }).createMachine({ on: { y: {} } })
    const Deaf = StateMachine.from(machine)
    const pid = await Deaf.startLink()
    t.match(await failure(Deaf.call(pid, { type: 'x' })), { type: 'callFailed', reason: 'unhandledEvent' })
    const request = Deaf.sendRequest(pid, { type: 'x' })
    t.match((await receive((m) => m.ref === request)).outcome, { type: 'error', reason: 'unhandledEvent' })
  }),
)

t.test('a message that is no event is reported and dropped', (t) =>
  withRuntime(async ({ reports }) => {
    const lamp = await Lamp.startLink({ count: 0 })
    send(lamp, 'what?')
    t.equal(await Lamp.call(lamp, { type: 'count' }), 0)
    t.match(reports, [{ type: 'unexpectedMessage', module: 'lamp', message: 'what?' }])
  }),
)

// ── The powers of gen_statem ────────────────────────────────────────────────────────────────────────────────────────

type GateEvent = ({ type: 'enter'; name: string } & Expects<string>) | { type: 'open' } | { type: 'shut' }

const gateMachine = setup({ types: { context: {} as { seen: string[] }, events: {} as GateEvent } }).createMachine({
  id: 'gate',
  context: { seen: [] },
  initial: 'shut',
  states: {
    shut: { on: { open: 'open', enter: { actions: StateMachine.postpone() } } },
    open: {
      on: {
        shut: 'shut',
        enter: {
          actions: [
            assign({ seen: ({ context, event }) => [...context.seen, event.name] }),
            StateMachine.reply(({ event }) => `welcome ${event.name}`),
          ],
        },
      },
    },
  },
})

t.test('a postponed call is answered in the state that it was waiting for, in order, before newer events', (t) =>
  withRuntime(async () => {
    const Gate = StateMachine.from(gateMachine)
    const gate = await Gate.startLink()
    const a = Gate.call(gate, { type: 'enter', name: 'a' })
    Gate.cast(gate, { type: 'enter', name: 'b' })
    await settle()
    t.same((await Gate.getSnapshot(gate)).context.seen, [])
    Gate.cast(gate, { type: 'open' })
    const c = Gate.call(gate, { type: 'enter', name: 'c' })
    t.equal(await a, 'welcome a')
    t.equal(await c, 'welcome c')
    t.same((await Gate.getSnapshot(gate)).context.seen, ['a', 'b', 'c'])
  }),
)

t.test('postponed events are retried only when the state value changes, nested values included', (t) =>
  withRuntime(async () => {
    let tries = 0
    const machine = setup({
      types: { context: {} as { n: number }, events: {} as { type: 'later' } | { type: 'same' } | { type: 'inner' } },
    }).createMachine({
      context: { n: 0 },
      initial: 'outer',
      states: {
        outer: {
          initial: 'one',
          on: {
            later: { actions: [() => tries++, StateMachine.postpone()] },
            same: { target: 'outer', reenter: true, actions: assign({ n: 1 }) }, // a new snapshot with an equal value
          },
          states: { one: { on: { inner: 'two' } }, two: {} },
        },
      },
    })
    const Nested = StateMachine.from(machine)
    const pid = await Nested.startLink()
    Nested.cast(pid, { type: 'later' })
    Nested.cast(pid, { type: 'same' })
    t.same((await Nested.getSnapshot(pid)).value, { outer: 'one' })
    t.equal(tries, 1)
    Nested.cast(pid, { type: 'inner' })
    t.same((await Nested.getSnapshot(pid)).value, { outer: 'two' })
    t.equal(tries, 2)
  }),
)

t.test('a caller may be kept in the context and answered later', (t) =>
  withRuntime(async () => {
    type Ask = ({ type: 'ask' } & Expects<number>) | { type: 'tell'; answer: number }
    const machine = setup({ types: { context: {} as { asking: Anything }, events: {} as Ask } }).createMachine({
      context: { asking: undefined },
      on: {
        ask: { actions: assign({ asking: (args) => StateMachine.callerOf(args) }) },
        tell: { actions: ({ context, event }) => StateMachine.replyTo(context.asking, event.answer) },
      },
    })
    const Later = StateMachine.from(machine)
    const pid = await Later.startLink()
    const answer = Later.call(pid, { type: 'ask' })
    Later.cast(pid, { type: 'tell', answer: 42 })
    t.equal(await answer, 42)
    Later.cast(pid, { type: 'ask' })
    t.equal((await Later.getSnapshot(pid)).context.asking, undefined, 'a cast has no caller')
  }),
)

t.test('an event timeout ends with any other event', (t) =>
  withRuntime(async ({ clock }) => {
    const machine = setup({
      types: { context: {} as { idle: number }, events: {} as { type: 'work' } | { type: 'idle' } | { type: 'other' } },
    }).createMachine({
      context: { idle: 0 },
      on: {
        work: { actions: StateMachine.eventTimeout(100, { type: 'idle' }) },
        idle: { actions: assign({ idle: ({ context }) => context.idle + 1 }) },
        other: {},
      },
    })
    const Idler = StateMachine.from(machine)
    const pid = await Idler.startLink()
    const idle = async () => (await Idler.getSnapshot(pid)).context.idle
    Idler.cast(pid, { type: 'work' })
    await clock.advance(99)
    Idler.cast(pid, { type: 'other' })
    await clock.advance(500)
    t.equal(await idle(), 0)
    Idler.cast(pid, { type: 'work' })
    await clock.advance(100)
    t.equal(await idle(), 1)
  }),
)

t.test('raise, delayed raise, cancel, guards, always, entry and exit keep XState’s order', (t) =>
  withRuntime(async ({ clock }) => {
    const order: string[] = []
    const note = (text: string) => () => order.push(text)
    const machine = setup({
      types: { events: {} as { type: 'go' } | { type: 'raised' } | { type: 'tick' } | { type: 'never' } },
    }).createMachine({
      initial: 'a',
      states: {
        a: {
          entry: note('enter a'),
          exit: note('exit a'),
          on: {
            go: [
              { guard: () => false, target: 'never' },
              {
                target: 'b',
                actions: [
                  note('go'),
                  raise({ type: 'raised' }),
                  raise({ type: 'tick' }, { delay: 10, id: 'tick' }),
                  raise({ type: 'never' }, { delay: 20, id: 'never' }),
                ],
              },
            ],
          },
        },
        b: {
          entry: note('enter b'),
          on: { raised: { actions: note('raised') }, tick: { target: 'c', actions: cancel('never') } },
        },
        c: { entry: note('enter c'), always: 'd' },
        d: { entry: note('enter d'), on: { never: 'never' } },
        never: { entry: note('never') },
      },
    })
    const Ordered = StateMachine.from(machine)
    const pid = await Ordered.startLink()
    Ordered.cast(pid, { type: 'go' })
    await clock.advance(100)
    t.same(order, ['enter a', 'exit a', 'go', 'enter b', 'raised', 'enter c', 'enter d'])
    t.equal((await Ordered.getSnapshot(pid)).value, 'd')
  }),
)

t.test('a delay of zero comes before a message that waits already', (t) =>
  withRuntime(async () => {
    const order: string[] = []
    const machine = setup({
      types: { events: {} as { type: 'go' } | { type: 'zero' } | { type: 'next' } },
    }).createMachine({
      on: {
        go: { actions: raise({ type: 'zero' }, { delay: 0 }) },
        zero: { actions: () => order.push('zero') },
        next: { actions: () => order.push('next') },
      },
    })
    const Zero = StateMachine.from(machine)
    const pid = await Zero.startLink()
    Zero.cast(pid, { type: 'go' })
    Zero.cast(pid, { type: 'next' })
    await settle()
    t.same(order, ['zero', 'next'])
  }),
)

t.test('LS-22 a machine that sends to itself and to others is not re-entered', (t) =>
  withRuntime(async () => {
    let depth = 0
    const depths: number[] = []
    const machine = setup({
      types: {
        context: {} as { peer: Pid | undefined },
        events: {} as { type: 'ping'; left: number } | { type: 'peer'; pid: Pid },
      },
    }).createMachine({
      context: { peer: undefined },
      on: {
        peer: { actions: assign({ peer: ({ event }) => event.pid }) },
        ping: {
          actions: ({ context, event, self }) => {
            depths.push(++depth)
            if (event.left > 0) {
              self.send({ type: 'ping', left: 0 })
              if (context.peer) send(context.peer, { type: 'ping', left: event.left - 1 })
            }
            depth--
          },
        },
      },
    })
    const Pinger = StateMachine.from(machine)
    const [a, b] = [await Pinger.startLink(), await Pinger.startLink()]
    Pinger.cast(a, { type: 'peer', pid: b })
    Pinger.cast(b, { type: 'peer', pid: a })
    Pinger.cast(a, { type: 'ping', left: 3 })
    t.same(depths, [], 'nothing happens within cast')
    await settle()
    t.same(depths, [1, 1, 1, 1, 1, 1, 1])
  }),
)

t.test('an action that returns a promise keeps other events waiting, in the process itself', (t) =>
  withRuntime(async ({ clock }) => {
    const seen: unknown[] = []
    const machine = setup({ types: { events: {} as { type: 'slow'; n: number } } }).createMachine({
      on: {
        slow: {
          actions: async ({ event }) => {
            seen.push(`${event.n} begins`)
            await sleep(10)
            seen.push(self() === pid ? `${event.n} ends` : 'elsewhere')
          },
        },
      },
    })
    const Slow = StateMachine.from(machine)
    const pid: Pid = await Slow.startLink()
    Slow.cast(pid, { type: 'slow', n: 1 })
    Slow.cast(pid, { type: 'slow', n: 2 })
    await clock.advance(20)
    t.same(seen, ['1 begins', '1 ends', '2 begins', '2 ends'])
  }),
)

t.test('subscribers get what a machine emits, until they unsubscribe or end', (t) =>
  withRuntime(async () => {
    const machine = setup({
      types: {
        events: {} as { type: 'ring' },
        emitted: {} as { type: 'rang'; times: number },
        context: {} as { times: number },
      },
    }).createMachine({
      context: { times: 0 },
      on: {
        ring: {
          actions: [
            assign({ times: ({ context }) => context.times + 1 }),
            emit(({ context }) => ({ type: 'rang', times: context.times })),
          ],
        },
      },
    })
    const Bell = StateMachine.from(machine)
    const bell = await Bell.startLink()
    Bell.cast(bell, { type: 'ring' })
    t.equal(await Bell.subscribe(bell), 'ok')
    t.equal(await Bell.subscribe(bell), 'ok', 'twice is once')
    Bell.cast(bell, { type: 'ring' })
    const messages = await inbox()
    t.equal(messages.length, 1)
    t.ok(messages[0] instanceof EmittedMessage)
    t.match(messages[0], { type: 'emitted', event: { type: 'rang', times: 2 } })
    t.equal(messages[0].from, bell)
    const other = spawn(async () => {
      await StateMachine.subscribe(bell)
      await receive()
    })
    await settle()
    t.equal(Process.info(bell, 'monitors')?.length, 2)
    send(other, 'end')
    await settle()
    t.equal(Process.info(bell, 'monitors')?.length, 1)
    t.equal(await Bell.unsubscribe(bell), 'ok')
    Bell.cast(bell, { type: 'ring' })
    t.same(await inbox(), [])
    t.same(Process.info(bell, 'monitors'), [])
  }),
)

t.test('the parent ends a machine that traps exits: terminate gets the reason and the snapshot', (t) =>
  withRuntime(async () => {
    const test = self()
    const Trapping = StateMachine.from(lampMachine, {
      trapExit: true,
      terminate: (reason, { value, context }) => send(test, [reason, value, context]),
    })
    const parent = spawn(async () => {
      await Trapping.startLink({ count: 3 })
      await receive()
    })
    await settle()
    exit(parent, 'shutdown')
    t.same(await receive(), ['shutdown', 'off', { count: 3 }])
  }),
)

t.test('a supervisor starts a machine again, from its input', (t) =>
  withRuntime(async () => {
    await Supervisor.startLink([childSpec(Lamp, { count: 7 }, { options: { name: 'lamp' } })], {
      strategy: 'oneForOne',
    })
    Lamp.cast('lamp', { type: 'toggle' })
    t.equal(await Lamp.call('lamp', { type: 'count' }), 8)
    Lamp.cast('lamp', { type: 'break' })
    await settle()
    t.equal(await Lamp.call('lamp', { type: 'count' }), 7)
  }),
)

t.test('sys replaces the state of a hosted machine, without entry actions', (t) =>
  withRuntime(async () => {
    const lamp = await Lamp.startLink({ count: 0 })
    await Sys.replaceState<{ state: unknown; data: { count: number } }>(lamp, ({ data }) => ({
      state: 'on',
      data: { count: data.count + 10 },
    }))
    t.equal((await Lamp.getSnapshot(lamp)).value, 'on')
    t.equal(await Lamp.call(lamp, { type: 'count' }), 10)
    t.not(await failure(Sys.replaceState(lamp, () => ({ state: 'nowhere', data: { count: 0 } }))), 'it did not fail')
    t.equal((await Lamp.getSnapshot(lamp)).value, 'on')
  }),
)

t.test('log goes to the given logger', (t) =>
  withRuntime(async () => {
    const lines: unknown[] = []
    const machine = setup({}).createMachine({ entry: log('hello') })
    await StateMachine.from(machine, { logger: (...args) => lines.push(args) }).startLink()
    t.same(lines, [['hello']])
  }),
)

// ── Children ────────────────────────────────────────────────────────────────────────────────────────────────────────

type FetchContext = { result: unknown }
function fetching(
  promise: (args: { input: unknown; signal: AbortSignal }) => Promise<unknown>,
  options: { onError: boolean },
) {
  return setup({
    types: { context: {} as FetchContext, events: {} as { type: 'cancel' } | { type: 'again' } },
    actors: { fetch: fromPromise<unknown, unknown>(promise) },
  }).createMachine({
    id: 'fetching',
    context: { result: undefined },
    initial: 'busy',
    states: {
      busy: {
        invoke: {
          id: 'fetch',
          src: 'fetch',
          input: { url: 'u' },
          onDone: { target: 'done', actions: assign({ result: ({ event }) => event.output }) },
          ...(options.onError
            ? {
                onError: {
                  target: 'failed' as const,
                  actions: assign({ result: ({ event }: Anything) => event.error }),
                },
              }
            : {}),
        },
        on: { cancel: 'idle', again: { target: 'busy', reenter: true } },
      },
      idle: { on: { again: 'busy' } },
      done: {},
      failed: {},
    },
  })
}

t.test('an invoked promise is a linked process; its value comes as onDone', (t) =>
  withRuntime(async ({ clock }) => {
    const seen: Anything[] = []
    const Fetching = StateMachine.from(
      fetching(
        async ({ input }) => {
          seen.push(self(), input)
          await sleep(10)
          return 'the page'
        },
        { onError: true },
      ),
    )
    const pid = await Fetching.startLink()
    await settle()
    const [child, input] = seen
    t.same(input, { url: 'u' })
    t.not(child, pid)
    t.ok(Process.info(pid, 'links')?.includes(child))
    t.equal(Process.info(child, 'parent'), pid)
    t.equal(Process.info(child, 'initialCall'), 'StateMachine fetching.fetch')
    t.equal(StateMachine.pidOf((await Fetching.getSnapshot(pid)).children.fetch as object), child)
    await clock.advance(10)
    const { value, context } = await Fetching.getSnapshot(pid)
    t.same([value, context], ['done', { result: 'the page' }])
    t.notOk(Process.isAlive(child))
    t.ok(Process.isAlive(pid))
  }),
)

t.test('a promise that rejects comes as onError, and is no crash', (t) =>
  withRuntime(async ({ reports }) => {
    const error = new Error('offline')
    const Fetching = StateMachine.from(fetching(() => Promise.reject(error), { onError: true }))
    const pid = await Fetching.startLink()
    await settle()
    const { value, context } = await Fetching.getSnapshot(pid)
    t.equal(value, 'failed')
    t.equal(context.result, error)
    t.equal(reports.length, 0)
  }),
)

t.test('without onError, the error of a child is the error of its machine', (t) =>
  withRuntime(async () => {
    const Fetching = StateMachine.from(fetching(() => Promise.reject(new Error('offline')), { onError: false }))
    const { ref } = await Fetching.startMonitor()
    t.match(await downOf(ref), { type: 'error', error: { message: 'offline' } })
  }),
)

t.test('a child that is killed comes as onError too', (t) =>
  withRuntime(async () => {
    const Fetching = StateMachine.from(fetching(() => new Promise(() => {}), { onError: true }))
    const pid = await Fetching.startLink()
    await settle()
    exit(StateMachine.pidOf((await Fetching.getSnapshot(pid)).children.fetch as object) as Pid, 'kill')
    await settle()
    const { value, context } = await Fetching.getSnapshot(pid)
    t.equal(value, 'failed')
    t.match(context.result, { name: 'ExitError', reason: 'killed' })
  }),
)

t.test('a child ends when its state is left, and what it says afterwards does not count', (t) =>
  withRuntime(async ({ clock }) => {
    const pids: Pid[] = []
    const aborted: number[] = []
    const Fetching = StateMachine.from(
      fetching(
        async ({ signal }) => {
          const n = pids.push(self())
          signal.addEventListener('abort', () => aborted.push(n))
          await sleep(10)
          return n
        },
        { onError: true },
      ),
    )
    const pid = await Fetching.startLink()
    await settle()
    Fetching.cast(pid, { type: 'cancel' })
    await settle()
    t.same(aborted, [1])
    t.notOk(Process.isAlive(pids[0] as Pid))
    Fetching.cast(pid, { type: 'again' })
    await settle()
    Fetching.cast(pid, { type: 'again' })
    await clock.advance(50)
    t.same(aborted, [1, 2])
    const { value, context } = await Fetching.getSnapshot(pid)
    t.same([value, context], ['done', { result: 3 }])
    t.equal(Process.info(pid, 'links')?.length, 1, 'only the starter')
  }),
)

t.test('the value of a promise that is no longer wanted does not count, although it is in the mailbox already', (t) =>
  withRuntime(async () => {
    const resolvers: ((value: string) => void)[] = []
    const Fetching = StateMachine.from(
      fetching(() => new Promise((resolve) => resolvers.push(resolve)), { onError: true }),
    )
    const pid = await Fetching.startLink()
    await settle()
    await Sys.suspend(pid)
    Fetching.cast(pid, { type: 'again' })
    resolvers[0]?.('stale')
    await settle()
    t.equal(Process.info(pid, 'messageQueueLength'), 3, 'again, the value, and the end of the child')
    await Sys.resume(pid)
    t.same((await Fetching.getSnapshot(pid)).context, { result: undefined })
    await settle()
    resolvers[1]?.('fresh')
    await settle()
    t.same((await Fetching.getSnapshot(pid)).context, { result: 'fresh' })
  }),
)

t.test('children die with their machine, however it ends', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const disposed: string[] = []
    const machine = setup({
      types: { events: {} as { type: 'end' } | { type: 'crash' } },
      actors: {
        listener: fromCallback(() => () => disposed.push('callback')),
        waiting: fromPromise(
          ({ signal }) => new Promise(() => signal.addEventListener('abort', () => disposed.push('promise'))),
        ),
      },
    }).createMachine({
      initial: 'a',
      states: {
        a: {
          invoke: [{ src: 'listener' }, { src: 'waiting' }],
          on: {
            end: 'z',
            crash: {
              actions: () => {
                throw new Error('crash')
              },
            },
          },
        },
        z: { type: 'final' },
      },
    })
    const Family = StateMachine.from(machine)
    const ways: ((pid: Pid) => unknown)[] = [
      (pid) => Family.cast(pid, { type: 'end' }),
      (pid) => Family.cast(pid, { type: 'crash' }),
      (pid) => exit(pid, 'kill'),
      (pid) => exit(pid, 'some reason'),
      (pid) => Family.stop(pid),
    ]
    for (const end of ways) {
      const pid = await Family.startLink()
      await settle()
      const children = (Process.info(pid, 'links') as Pid[]).filter((linked) => linked !== self())
      t.equal(children.length, 2)
      void end(pid)
      await settle()
      t.notOk(Process.isAlive(pid))
      t.same(
        children.filter((child) => Process.isAlive(child)),
        [],
      )
      t.same(disposed.splice(0).sort(), ['callback', 'promise'])
    }
  }),
)

t.test('a machine with children dies of a linked stranger as if it did not trap exits', (t) =>
  withRuntime(async () => {
    const Fetching = StateMachine.from(fetching(() => new Promise(() => {}), { onError: true }))
    const { pid, ref } = await Fetching.startMonitor()
    await settle()
    const dying = (reason: string) =>
      spawn(async () => {
        link(pid)
        await receive()
        exit(reason)
      })
    const [normal, abnormal] = [dying('normal'), dying('stranger')]
    await settle()
    send(normal, 'go')
    await settle()
    t.ok(Process.isAlive(pid), 'a normal end harms nobody')
    send(abnormal, 'go')
    t.equal(await downOf(ref), 'stranger')
  }),
)

t.test('a callback child sends back and is sent to through mailboxes', (t) =>
  withRuntime(async () => {
    const echo = fromCallback<{ type: 'echo'; text: string }>(({ sendBack, receive }) => {
      sendBack({ type: 'ready' })
      receive((event) => sendBack({ type: 'echoed', text: `${event.text} by ${self()}` }))
    })
    const machine = setup({
      types: {
        context: {} as { heard: string[] },
        events: {} as { type: 'ready' } | { type: 'echoed'; text: string } | { type: 'say'; text: string },
      },
      actors: { echo },
    }).createMachine({
      context: { heard: [] },
      invoke: { id: 'echo', src: 'echo' },
      on: {
        ready: { actions: assign({ heard: ({ context }) => [...context.heard, 'ready'] }) },
        say: { actions: sendTo('echo', ({ event }) => ({ type: 'echo', text: event.text })) },
        echoed: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.text] }) },
      },
    })
    const Echoing = StateMachine.from(machine)
    const pid = await Echoing.startLink()
    Echoing.cast(pid, { type: 'say', text: 'hello' })
    await settle()
    const { context, children } = await Echoing.getSnapshot(pid)
    t.same(context.heard, ['ready', `hello by ${StateMachine.pidOf(children['echo'] as object)}`])
  }),
)

t.test('a callback that throws comes as onError, with the reports of a crash', (t) =>
  withRuntime(async ({ reports }) => {
    const machine = setup({
      actors: {
        bad: fromCallback(() => {
          throw new Error('bad callback')
        }),
      },
    }).createMachine({
      initial: 'a',
      states: { a: { invoke: { src: 'bad', onError: 'b' } }, b: {} },
    })
    const Bad = StateMachine.from(machine)
    const pid = await Bad.startLink()
    await settle()
    t.equal((await Bad.getSnapshot(pid)).value, 'b')
    t.same(
      reports.map((report) => report.type),
      ['serverTerminate', 'crash'],
    )
  }),
)

t.test('a child machine: sendParent, sendTo, output, and a crash', (t) =>
  withRuntime(async ({ clock }) => {
    const childMachine = setup({
      types: {
        input: {} as { name: string },
        context: {} as { name: string },
        events: {} as { type: 'finish' } | { type: 'crash' } | { type: 'hello' },
      },
    }).createMachine({
      id: 'child',
      context: ({ input }) => ({ name: input.name }),
      entry: sendParent({ type: 'born' }),
      initial: 'a',
      states: {
        a: {
          on: {
            hello: { actions: sendParent({ type: 'heard' }, { delay: 5 }) },
            finish: 'z',
            crash: {
              actions: () => {
                throw new Error('child crash')
              },
            },
          },
        },
        z: { type: 'final' },
      },
      output: ({ context }) => `output of ${context.name}`,
    })
    type ParentEvent = { type: 'born' } | { type: 'heard' } | { type: 'tell'; event: 'finish' | 'crash' | 'hello' }
    const machine = setup({
      types: { context: {} as { seen: unknown[] }, events: {} as ParentEvent },
      actors: { child: childMachine },
    }).createMachine({
      id: 'parent',
      context: { seen: [] },
      initial: 'first',
      on: {
        '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
        tell: { actions: sendTo('child', ({ event }) => ({ type: event.event })) },
      },
      states: {
        first: {
          invoke: {
            id: 'child',
            src: 'child',
            input: { name: 'one' },
            onDone: {
              target: 'second',
              actions: assign({ seen: ({ context, event }) => [...context.seen, event.output] }),
            },
          },
        },
        second: {
          invoke: {
            id: 'child',
            src: 'child',
            input: { name: 'two' },
            onError: {
              target: 'third',
              actions: assign({ seen: ({ context, event }) => [...context.seen, (event.error as Error).message] }),
            },
          },
        },
        third: {},
      },
    })
    const Parent = StateMachine.from(machine)
    const pid = await Parent.startLink()
    Parent.cast(pid, { type: 'tell', event: 'hello' })
    await clock.advance(5)
    const child = (await Parent.getSnapshot(pid)).children.child
    t.equal((child as Anything).getSnapshot().value, 'a', 'a reference shows what its process published')
    t.same((await Sys.getState<Anything>(StateMachine.pidOf(child as object) as Pid)).data, { name: 'one' })
    Parent.cast(pid, { type: 'tell', event: 'finish' })
    await settle()
    t.equal((await Parent.getSnapshot(pid)).value, 'second')
    Parent.cast(pid, { type: 'tell', event: 'crash' })
    await settle()
    const { value, context } = await Parent.getSnapshot(pid)
    t.equal(value, 'third')
    t.same(context.seen, ['born', 'heard', 'output of one', 'born', 'child crash'])
  }),
)

t.test('spawned children are processes too; stopChild ends them; their references can be kept and sent to', (t) =>
  withRuntime(async () => {
    const counter = fromTransition((count: number, event: { type: 'inc'; by: number }) => count + event.by, 0)
    type Event = { type: 'inc' } | { type: 'drop' } | { type: 'extra' }
    const machine = setup({
      types: { context: {} as { counter: ActorRefFrom<typeof counter> | undefined }, events: {} as Event },
      actors: { counter },
    }).createMachine({
      context: ({ spawn }) => ({ counter: spawn('counter', { id: 'one', systemId: 'the counter' }) }),
      entry: spawnChild('counter', { id: 'two' }),
      on: {
        inc: {
          actions: [
            sendTo(({ context }) => context.counter as ActorRefFrom<typeof counter>, { type: 'inc', by: 2 }),
            sendTo('two', { type: 'inc', by: 3 }),
            sendTo(({ system }) => system.get('the counter'), { type: 'inc', by: 10 } as Anything),
          ],
        },
        extra: { actions: spawnChild(fromPromise(async () => 'inline') as Anything, { id: 'inline' } as Anything) },
        drop: { actions: [stopChild('two'), assign({ counter: undefined })] },
      },
    })
    const Spawning = StateMachine.from(machine)
    const pid = await Spawning.startLink()
    Spawning.cast(pid, { type: 'inc' })
    Spawning.cast(pid, { type: 'inc' })
    await settle()
    const { children } = await Spawning.getSnapshot(pid)
    const [one, two] = [children['one'], children['two']] as [Anything, Anything]
    t.equal(one.getSnapshot().context, 24)
    t.equal(two.getSnapshot().context, 6)
    const [first, second] = [StateMachine.pidOf(one) as Pid, StateMachine.pidOf(two) as Pid]
    Spawning.cast(pid, { type: 'drop' })
    await settle()
    t.ok(Process.isAlive(first))
    t.notOk(Process.isAlive(second))
    t.same(Object.keys((await Spawning.getSnapshot(pid)).children), ['one'])
    Spawning.cast(pid, { type: 'extra' })
    await settle()
    t.match((await Spawning.getSnapshot(pid)).children['inline'], { id: 'inline' })
  }),
)

t.test('a child that is started and stopped in one step never runs', (t) =>
  withRuntime(async () => {
    let ran = 0
    const machine = setup({ actors: { job: fromPromise(async () => ran++) } }).createMachine({
      initial: 'a',
      states: { a: { invoke: { src: 'job' }, always: 'b' }, b: {} },
    })
    await StateMachine.from(machine).startLink()
    await settle()
    t.equal(ran, 0)
  }),
)

t.test('an entry action may send to the child that its state invokes', (t) =>
  withRuntime(async () => {
    const heard: string[] = []
    const machine = setup({
      actors: { ear: fromCallback(({ receive }) => receive((event) => heard.push(event.type))) },
    }).createMachine({
      entry: sendTo('ear', { type: 'early' }),
      invoke: { id: 'ear', src: 'ear' },
    })
    await StateMachine.from(machine).startLink()
    await settle()
    t.same(heard, ['early'])
  }),
)

t.test('onSnapshot tells of an observable’s values', (t) =>
  withRuntime(async () => {
    let push: (value: number) => void = () => {}
    let unsubscribed = 0
    const numbers = fromObservable(() => ({
      subscribe: (observer: Anything) => {
        push = (value) => observer.next(value)
        return { unsubscribe: () => unsubscribed++ }
      },
    }))
    const machine = setup({ types: { context: {} as { values: unknown[] } }, actors: { numbers } }).createMachine({
      context: { values: [] },
      invoke: {
        src: 'numbers',
        onSnapshot: {
          actions: assign({ values: ({ context, event }) => [...context.values, event.snapshot.context] }),
        },
      },
    })
    const Watching = StateMachine.from(machine)
    const pid = await Watching.startLink()
    await settle()
    push(1)
    push(2)
    await settle()
    t.same((await Watching.getSnapshot(pid)).context.values, [undefined, 1, 2])
    await Watching.stop(pid)
    await settle()
    t.equal(unsubscribed, 1)
  }),
)

t.test('enqueueActions, and a reply chosen in it', (t) =>
  withRuntime(async () => {
    const machine = setup({
      types: { context: {} as { n: number }, events: {} as { type: 'next' } & Expects<number> },
    }).createMachine({
      context: { n: 0 },
      on: {
        next: {
          actions: enqueueActions(({ enqueue, context }) => {
            enqueue.assign({ n: context.n + 1 })
            enqueue(StateMachine.reply(({ context }) => context.n))
          }),
        },
      },
    })
    const Counting = StateMachine.from(machine)
    const pid = await Counting.startLink()
    t.equal(await Counting.call(pid, { type: 'next' }), 1)
    t.equal(await Counting.call(pid, { type: 'next' }), 2)
  }),
)

// ── Snapshots ───────────────────────────────────────────────────────────────────────────────────────────────────────

t.test(
  'a persisted snapshot starts another machine where the first one was: state, delays, postponed events, children',
  (t) =>
    withRuntime(async ({ clock }) => {
      const worker = setup({ types: { context: {} as { n: number }, events: {} as { type: 'inc' } } }).createMachine({
        context: { n: 0 },
        on: { inc: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      })
      const entered: string[] = []
      type Event = { type: 'go' } | { type: 'later' } | { type: 'inc' }
      const machine = setup({
        types: { context: {} as { done: number }, events: {} as Event },
        actors: { worker },
      }).createMachine({
        context: { done: 0 },
        initial: 'idle',
        states: {
          idle: { on: { go: 'busy' } },
          busy: {
            entry: () => entered.push('busy'),
            invoke: { id: 'worker', src: 'worker' },
            after: { 1000: 'free' },
            on: { later: { actions: StateMachine.postpone() }, inc: { actions: sendTo('worker', { type: 'inc' }) } },
          },
          free: { on: { later: { actions: assign({ done: ({ context }) => context.done + 1 }) } } },
        },
      })
      const Machine = StateMachine.from(machine)
      const first = await Machine.startLink()
      for (const type of ['go', 'later', 'inc'] as const) Machine.cast(first, { type })
      await clock.advance(400)
      const persisted = JSON.parse(JSON.stringify(await Machine.getPersistedSnapshot(first)))
      await Machine.stop(first)
      await clock.advance(5000)

      const second = await Machine.startLink(undefined, { snapshot: persisted })
      t.same(entered, ['busy'], 'it is not entered again')
      Machine.cast(second, { type: 'inc' })
      await clock.advance(599)
      const { value, children } = await Machine.getSnapshot(second)
      t.equal(value, 'busy')
      t.same((children.worker as Anything).getSnapshot().context, { n: 2 })
      await clock.advance(1)
      const after = await Machine.getSnapshot(second)
      t.same([after.value, after.context], ['free', { done: 1 }])
      const third = await Machine.startLink(undefined, { snapshot: persisted })
      t.equal((await Machine.getSnapshot(third)).value, 'busy', 'a persisted snapshot can be used again')
    }),
)

t.test('a persisted snapshot with references to actors can be used again and again', (t) =>
  withRuntime(async () => {
    const counter = fromTransition((count: number, _event: { type: 'inc' }) => count + 1, 0)
    const machine = setup({
      types: { context: {} as { counter: ActorRefFrom<typeof counter> }, events: {} as { type: 'inc' } },
      actors: { counter },
    }).createMachine({
      context: ({ spawn }) => ({ counter: spawn('counter', { id: 'counter' }) }),
      on: { inc: { actions: sendTo(({ context }) => context.counter, { type: 'inc' }) } },
    })
    const Counting = StateMachine.from(machine)
    const first = await Counting.startLink()
    Counting.cast(first, { type: 'inc' })
    await settle()
    const persisted = await Counting.getPersistedSnapshot(first)
    const before = JSON.stringify(persisted)
    for (const _time of [1, 2]) {
      const pid = await Counting.startLink(undefined, { snapshot: persisted })
      Counting.cast(pid, { type: 'inc' })
      await settle()
      t.equal((await Counting.getSnapshot(pid)).context.counter.getSnapshot().context, 2)
    }
    t.equal(JSON.stringify(persisted), before)
  }),
)

t.test('from and start refuse what is no machine and no snapshot', (t) =>
  withRuntime(async () => {
    const bad = { code: 'BEAMISH_BAD_ARGUMENT' }
    t.throws(() => StateMachine.from({} as never), bad)
    t.throws(() => StateMachine.from(fromPromise(async () => 1) as never), bad)
    t.throws(() => StateMachine.from(lampMachine, { trapExits: true } as never), bad)
    t.throws(() => Lamp.tryStart({ count: 0 }, { snapshot: { not: 'one' } }), bad)
    const plain = await GenServer.define({ init: () => 1 }).startLink()
    t.match(await failure(StateMachine.getSnapshot(plain)), bad)
    const ref = monitor(plain)
    await GenServer.stop(plain)
    t.equal(await downOf(ref), 'normal')
    t.match(await failure(StateMachine.getSnapshot(plain)), { reason: 'noproc', call: { module: 'StateMachine' } })
  }),
)
