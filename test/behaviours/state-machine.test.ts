import t from 'tap'
import {
  type DownMessage,
  type ExitMessage,
  type Expects,
  eventTimeout,
  exit,
  genericTimeout,
  ignore,
  isExitError,
  keepState,
  keepStateAndData,
  type MachineEvent,
  monitor,
  monotonicTime,
  nextEvent,
  nextState,
  ok,
  type Pid,
  Process,
  popCallbackModule,
  postpone,
  pushCallbackModule,
  receive,
  refuse,
  repeatState,
  repeatStateAndData,
  replyTo,
  StateMachine,
  Sys,
  self,
  send,
  sleep,
  spawn,
  stateTimeout,
  stop,
  stopAndReply,
  stopInit,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever a machine under test is sent
type Message = any

/** Everything that the test's process got so far. */
async function inbox(): Promise<Message[]> {
  await settle()
  const messages: Message[] = []
  for (let m = await receive({ afterMs: 0 }); m !== undefined; m = await receive({ afterMs: 0 })) messages.push(m)
  return messages
}

async function failure(work: PromiseLike<unknown>): Promise<Message> {
  try {
    await work
  } catch (error) {
    return isExitError(error) ? error.reason : error
  }
  return 'it did not fail'
}

/** A machine that does what it is told: the content of an event is the function that handles it. */
type Told = (event: MachineEvent<Told>, state: string, data: Message) => Message
function obeying(options: { stateEnter?: boolean; log?: Pid } = {}) {
  return StateMachine.define({
    module: 'Obeying',
    init: (first: { state: string; actions?: Message; waiting?: Message }) => {
      if (first.waiting) send(self(), first.waiting) // an external event that is there before init is over
      return nextState(first.state, 0 as Message, first.actions)
    },
    stateEnter: options.stateEnter ?? false,
    handleEvent: (event: MachineEvent<Message>, state: string, data: Message): Message => {
      if (event.type === 'enter') {
        if (options.log) send(options.log, ['enter', event.oldState, state])
        return keepStateAndData()
      }
      if (typeof event.content === 'function') return (event.content as Told)(event, state, data)
      if (options.log) send(options.log, [event.type, event.content, state])
      return keepStateAndData()
    },
  })
}

type Door = 'press' | 'open' | 'crash' | ({ type: 'count' } & Expects<number>)

const DoorByState = StateMachine.define({
  module: 'Door',
  init: (start: number) => nextState('closed', { presses: start }),
  states: {
    closed: (event: MachineEvent<Door>, data) => {
      if (event.type === 'cast' && event.content === 'press') return nextState('open', { presses: data.presses + 1 })
      if (event.type === 'info' && event.content === 'knock') return keepState({ presses: data.presses + 100 })
      return common(event, data)
    },
    open: (event: MachineEvent<Door>, data) => {
      if (event.type === 'cast' && event.content === 'press') return nextState('closed', { presses: data.presses + 1 })
      return common(event, data)
    },
  },
})

const DoorByHandler = StateMachine.define({
  module: 'Door',
  init: (start: number) => nextState('closed', { presses: start }),
  handleEvent: (event: MachineEvent<Door>, state: 'open' | 'closed', data) => {
    if (event.type === 'cast' && event.content === 'press') {
      return nextState(state === 'open' ? 'closed' : 'open', { presses: data.presses + 1 })
    }
    if (state === 'closed' && event.type === 'info' && event.content === 'knock')
      return keepState({ presses: data.presses + 100 })
    return common(event, data)
  },
})

function common(event: MachineEvent<Door>, data: { presses: number }) {
  if (event.type === 'call') return keepStateAndData(replyTo(event.from as Message, data.presses))
  if (event.type === 'cast' && event.content === 'crash') throw new Error('crash')
  return keepStateAndData()
}

t.test('OTP-107 one handler per state and one for all behave the same', (t) =>
  withRuntime(async ({ reports }) => {
    for (const Door of [DoorByState, DoorByHandler]) {
      const door = await Door.startLink(0, { name: 'door' })
      t.equal(await Door.call('door', { type: 'count' }), 0)
      Door.cast(door, 'press')
      t.equal(await Door.call(door, { type: 'count' }), 1)
      t.same(await Sys.getState(door), { state: 'open', data: { presses: 1 } })
      send(door, 'knock')
      t.equal(await Door.call(door, { type: 'count' }), 1, 'an open door is not knocked at')
      StateMachine.cast(door, 'press')
      send(door, 'knock')
      t.equal(await StateMachine.call(door, { type: 'count' }), 102)
      t.equal(await Door.stop(door), 'ok')
      t.equal(Process.isAlive(door), false)
      t.match(await Door.tryStart(5), { type: 'started' })
      t.match(await failure(Door.call('door', { type: 'count' })), { type: 'callFailed', reason: 'noproc' })
      Door.cast('door', 'press')
    }
    t.equal(reports.length, 0)
  }),
)

t.test('OTP-108 an init that does not start says why, as a server does', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const outcomeOf = (init: () => unknown, timeoutMs?: number) =>
      StateMachine.define({ module: 'M', init: init as () => never, states: { a: () => keepStateAndData() } }).tryStart(
        undefined,
        timeoutMs === undefined ? {} : { timeoutMs, name: 'late' },
      )
    t.same(await outcomeOf(() => ignore()), { type: 'ignored' })
    t.same(await outcomeOf(() => refuse('full')), { type: 'refused', reason: 'full' })
    t.equal(reports.length, 0, 'so far nothing went wrong')
    t.same(await outcomeOf(() => stopInit('broken')), { type: 'refused', reason: 'broken' })
    t.same(await outcomeOf(() => 'junk'), { type: 'refused', reason: { type: 'badReturnValue', value: 'junk' } })
    t.match(
      await outcomeOf(() => ok('a')),
      { type: 'refused', reason: { type: 'badReturnValue' } },
      "a server's ok is none",
    )
    const raised = await outcomeOf(() => {
      throw new Error('raised')
    })
    t.match(raised, { type: 'refused', reason: { type: 'error', error: { message: 'raised' } } })
    const slow = outcomeOf(() => new Promise(() => {}), 50)
    await clock.advance(50)
    t.same(await slow, { type: 'refused', reason: 'timeout' })
    const started = await outcomeOf(async () => nextState('a', 0))
    t.equal(started.type, 'started')
  }),
)

t.test('OTP-109 events inserted by init come before any other', (t) =>
  withRuntime(async () => {
    const log = self()
    const Machine = obeying({ log })
    const actions = [nextEvent('internal', 1), nextEvent('cast', 2)]
    await Machine.startLink({ state: 'a', actions, waiting: 'external' })
    t.same(await inbox(), [
      ['internal', 1, 'a'],
      ['cast', 2, 'a'],
      ['info', 'external', 'a'],
    ])
  }),
)

t.test('OTP-110 postponed events are retried in order after a change, before newer ones', (t) =>
  withRuntime(async () => {
    const log = self()
    const Postponing = StateMachine.define({
      init: () => nextState('a', 0),
      states: {
        a: (event) => {
          if (event.type === 'cast' && event.content === 'go') return nextState('b', 0)
          send(log, ['a', event.type === 'enter' ? '' : event.content])
          return keepStateAndData(postpone())
        },
        b: (event) => {
          send(log, ['b', event.type === 'enter' ? '' : event.content])
          return keepStateAndData()
        },
      },
    })
    const machine = await Postponing.startLink()
    for (const event of ['e1', 'e2', 'go', 'e3']) Postponing.cast(machine, event)
    t.same(await inbox(), [
      ['a', 'e1'],
      ['a', 'e2'],
      ['b', 'e1'],
      ['b', 'e2'],
      ['b', 'e3'],
    ])
  }),
)

t.test('OTP-111 a change with inserted and postponed events: inserted first, then postponed', (t) =>
  withRuntime(async () => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    const log = self()
    const p1: Told = (_event, state) => {
      if (state === 'a') return keepStateAndData(postpone())
      send(log, ['p1', state])
      return keepStateAndData()
    }
    Machine.cast(machine, p1)
    Machine.cast(machine, () => nextState('b', 0, [nextEvent('internal', 'n1'), nextEvent('internal', 'n2')]))
    t.same(await inbox(), [
      ['internal', 'n1', 'b'],
      ['internal', 'n2', 'b'],
      ['p1', 'b'],
    ])
  }),
)

t.test('OTP-112 an inserted event arrives with the type that it was given', (t) =>
  withRuntime(async () => {
    const log = self()
    const Machine = obeying({ log })
    const machine = await Machine.startLink({ state: 'a' })
    const tell: Told = (event) => {
      send(log, [event.type, 'name' in event ? event.name : undefined, 'from' in event])
      return keepStateAndData(event.type === 'call' ? replyTo(event.from as Message, 'told') : [])
    }
    const answer = await Machine.call(machine, ((event: Message) => {
      const types = ['internal', 'cast', 'info', { type: 'call', from: event.from }, 'timeout'] as const
      const timeouts = [{ type: 'genericTimeout', name: 'tick' } as const, 'stateTimeout' as const]
      return keepStateAndData([...types, ...timeouts].map((type) => nextEvent(type, tell)))
    }) as Message)
    t.equal(answer, 'told')
    t.same(await inbox(), [
      ['internal', undefined, false],
      ['cast', undefined, false],
      ['info', undefined, false],
      ['call', undefined, true],
      ['timeout', undefined, false],
      ['genericTimeout', 'tick', false],
      ['stateTimeout', undefined, false],
    ])
  }),
)

t.test('OTP-113 postponed events stay aside while the state stays', (t) =>
  withRuntime(async () => {
    const log = self()
    const Machine = obeying()
    const machine = await Machine.startLink({ state: 'a' })
    let seen = 0
    const later: Told = (_event, state) => {
      seen++
      if (state === 'a') return keepStateAndData(postpone())
      send(log, 'done')
      return keepStateAndData()
    }
    Machine.cast(machine, later)
    Machine.cast(machine, () => keepState(1))
    Machine.cast(machine, () => nextState('a', 2))
    Machine.cast(machine, () => repeatState(3))
    await settle()
    t.equal(seen, 1)
    Machine.cast(machine, () => nextState('b', 4))
    t.same(await inbox(), ['done'])
    t.equal(seen, 2)
  }),
)

t.test('OTP-114 a state is entered at the start, before any event, and on every change', (t) =>
  withRuntime(async () => {
    const log = self()
    const Machine = obeying({ stateEnter: true, log })
    const actions = nextEvent('internal', 'inserted')
    const machine = await Machine.startLink({ state: 'a', actions, waiting: 'first' })
    Machine.cast(machine, () => nextState('b', 0))
    Machine.cast(machine, () => nextState('a', 0))
    t.same(await inbox(), [
      ['enter', 'a', 'a'],
      ['internal', 'inserted', 'a'],
      ['info', 'first', 'a'],
      ['enter', 'a', 'b'],
      ['enter', 'b', 'a'],
    ])
  }),
)

t.test('OTP-115 repeatState enters the state again, nextState to the same state does not', (t) =>
  withRuntime(async () => {
    const Machine = obeying({ stateEnter: true, log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    t.same(await inbox(), [['enter', 'a', 'a']])
    Machine.cast(machine, () => nextState('a', 1))
    Machine.cast(machine, () => keepState(2))
    t.same(await inbox(), [])
    Machine.cast(machine, () => repeatState(3))
    Machine.cast(machine, () => repeatStateAndData())
    t.same(await inbox(), [
      ['enter', 'a', 'a'],
      ['enter', 'a', 'a'],
    ])
    t.same(await Sys.getState(machine), { state: 'a', data: 3 })
  }),
)

t.test('OTP-116 a reply is sent before the next state is entered', (t) =>
  withRuntime(async () => {
    const order: string[] = []
    const Slow = StateMachine.define({
      init: () => nextState('a', 0),
      stateEnter: true,
      states: {
        a: (event) =>
          event.type === 'call' ? nextState('b', 0, replyTo(event.from as Message, 'now')) : keepStateAndData(),
        b: async (event) => {
          if (event.type !== 'enter') return keepStateAndData()
          await sleep(0)
          await settle()
          order.push('entered')
          return keepStateAndData()
        },
      },
    })
    const machine = await Slow.startLink()
    t.equal(await Slow.call(machine, 'go'), 'now')
    order.push('answered')
    await settle()
    await settle()
    await Sys.getState(machine)
    t.same(order, ['answered', 'entered'])
  }),
)

t.test('OTP-117 an enter call that leaves the state, postpones or inserts crashes the machine', (t) =>
  withRuntime(async () => {
    const reasonOf = async (entering: () => Message) => {
      const Machine = StateMachine.define({
        init: () => nextState('a', 0),
        stateEnter: true,
        states: {
          a: (event) => (event.type === 'enter' ? keepStateAndData() : nextState('b', 0)),
          b: (event) => (event.type === 'enter' ? entering() : keepStateAndData()),
        },
      })
      const { pid, ref } = await Machine.startMonitor()
      Machine.cast(pid, 'go')
      return (await receive((m): m is DownMessage => m.ref === ref)).reason
    }
    t.match(await reasonOf(() => nextState('a', 0)), { type: 'badStateEnterReturnFromStateFunction' })
    t.match(await reasonOf(() => keepStateAndData(postpone())), {
      type: 'badStateEnterActionFromStateFunction',
      action: { action: 'postpone' },
    })
    t.match(await reasonOf(() => keepStateAndData(nextEvent('internal'))), {
      type: 'badStateEnterActionFromStateFunction',
    })
    t.match(await reasonOf(() => 'junk'), { type: 'badStateEnterReturnFromStateFunction', value: 'junk' })
    t.equal(await reasonOf(() => stop('enough')), 'enough', 'but it may stop')
  }),
)

t.test('OTP-118 a state timeout runs in the state that it was set for, and only there', (t) =>
  withRuntime(async ({ clock }) => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () => nextState('b', 0, stateTimeout(10, 'bored')))
    await clock.advance(9)
    t.same(await inbox(), [])
    await clock.advance(1)
    t.same(await inbox(), [['stateTimeout', 'bored', 'b']])
    Machine.cast(machine, () => nextState('c', 0, stateTimeout(10, 'never')))
    await clock.advance(5)
    Machine.cast(machine, () => nextState('d', 0))
    await clock.advance(100)
    t.same(await inbox(), [])
  }),
)

t.test('OTP-119 keepState and repeatState leave the state timeout alone', (t) =>
  withRuntime(async ({ clock }) => {
    const log = self()
    const Machine = obeying({ stateEnter: true, log })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () => keepStateAndData(stateTimeout(10, 'over')))
    await clock.advance(4)
    Machine.cast(machine, () => keepState(1))
    await clock.advance(4)
    Machine.cast(machine, () => repeatState(2))
    Machine.cast(machine, () => nextState('a', 3))
    await clock.advance(2)
    t.same((await inbox()).at(-1), ['stateTimeout', 'over', 'a'])
  }),
)

t.test('OTP-120 an event timeout does not come when any event comes before', (t) =>
  withRuntime(async ({ clock }) => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () => keepStateAndData(eventTimeout(10, 'idle')))
    await clock.advance(9)
    send(machine, 'anything')
    await clock.advance(50)
    t.same(await inbox(), [['info', 'anything', 'a']])
    Machine.cast(machine, () => keepStateAndData(10))
    await clock.advance(10)
    t.same(await inbox(), [['timeout', 10, 'a']], 'a number alone is one too')
    Machine.cast(machine, () => keepStateAndData([eventTimeout(10, 'idle'), genericTimeout('t', 5, 'tick')]))
    await clock.advance(50)
    t.same(await inbox(), [['genericTimeout', 'tick', 'a']], 'another timeout is an event')
  }),
)

t.test('OTP-121 generic timeouts survive changes, are started anew, cancelled, and may be absolute', (t) =>
  withRuntime(async ({ clock }) => {
    const log = self()
    const Machine = obeying()
    const machine = await Machine.startLink({ state: 's' })
    const tell: Told = (event, state) => {
      send(log, [(event as Message).name, state, monotonicTime()])
      return keepStateAndData()
    }
    const [a, b] = [tell, tell]
    Machine.cast(machine, () => keepStateAndData([genericTimeout('a', 10, a), genericTimeout('b', 10, b)]))
    Machine.cast(machine, () => nextState('t', 0))
    await clock.advance(5)
    Machine.cast(machine, () => keepStateAndData(genericTimeout('a', 10, 'replaced and told to nobody')))
    Machine.cast(machine, () => keepStateAndData(genericTimeout('a', 20, a)))
    await clock.advance(5)
    t.same(await inbox(), [['b', 't', 10]])
    await clock.advance(100)
    t.same(await inbox(), [['a', 't', 25]])
    Machine.cast(machine, () => keepStateAndData([genericTimeout('a', 10, a), genericTimeout('b', 10, b)]))
    Machine.cast(machine, () => keepStateAndData([genericTimeout.cancel('a'), genericTimeout('b', 'infinity')]))
    await clock.advance(100)
    t.same(await inbox(), [])
    Machine.cast(machine, () => keepStateAndData(genericTimeout('abs', 1000, tell, { abs: true })))
    await clock.advance(789)
    t.same(await inbox(), [])
    await clock.advance(1)
    t.same(await inbox(), [['abs', 't', 1000]])
  }),
)

t.test('OTP-122 a zero timeout comes after queued events and before a message that waits already', (t) =>
  withRuntime(async () => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () =>
      keepStateAndData([stateTimeout(0, 'z1'), genericTimeout('n', 0, 'z2'), nextEvent('internal', 'inserted')]),
    )
    send(machine, 'external')
    t.same(await inbox(), [
      ['internal', 'inserted', 'a'],
      ['stateTimeout', 'z1', 'a'],
      ['genericTimeout', 'z2', 'a'],
      ['info', 'external', 'a'],
    ])
    Machine.cast(machine, () => keepStateAndData(eventTimeout(0, 'idle')))
    send(machine, 'external')
    t.same(await inbox(), [
      ['timeout', 'idle', 'a'],
      ['info', 'external', 'a'],
    ])
  }),
)

t.test('OTP-123 an event timeout of zero is dropped when an inserted event comes first', (t) =>
  withRuntime(async ({ clock }) => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () => keepStateAndData([eventTimeout(0, 'dropped'), nextEvent('internal', 'inserted')]))
    await clock.advance(10)
    t.same(await inbox(), [['internal', 'inserted', 'a']])
  }),
)

t.test('OTP-124 the update of a timeout that does not run is over at once', (t) =>
  withRuntime(async ({ clock }) => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () =>
      keepStateAndData([genericTimeout.update('x', 'g'), stateTimeout.update('s'), eventTimeout.update('dropped')]),
    )
    t.same(await inbox(), [
      ['genericTimeout', 'g', 'a'],
      ['stateTimeout', 's', 'a'],
    ])
    Machine.cast(machine, () => keepStateAndData(eventTimeout.update('e')))
    t.same(await inbox(), [['timeout', 'e', 'a']])
    Machine.cast(machine, () => keepStateAndData(stateTimeout(10, 'old')))
    await clock.advance(6)
    Machine.cast(machine, () => keepStateAndData(stateTimeout.update('new')))
    await clock.advance(3)
    t.same(await inbox(), [])
    await clock.advance(1)
    t.same(await inbox(), [['stateTimeout', 'new', 'a']], 'at its own time')
  }),
)

t.test('OTP-125 the replies of stopAndReply arrive before the exit of the machine', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const order: unknown[] = []
    const Machine = StateMachine.define({
      init: () => nextState('a', [] as Message[]),
      states: {
        a: (event, waiting) => {
          if (event.type === 'call') return keepState([...waiting, event.from])
          return stopAndReply(
            'shutdown',
            waiting.map((from, i) => replyTo(from, `r${i + 1}`)),
            ['last data'],
          )
        },
      },
      terminate: (reason, state, data) => order.push(['terminate', reason, state, data]),
    })
    const machine = await Machine.startLink()
    const calls = ['c1', 'c2'].map((content) => Machine.call(machine, content).then((answer) => order.push(answer)))
    await settle()
    Machine.cast(machine, 'stop')
    await Promise.all(calls)
    const exit = await receive<ExitMessage>()
    order.push(exit.reason)
    t.same(order, [['terminate', 'shutdown', 'a', ['last data']], 'r1', 'r2', 'shutdown'])
  }),
)

t.test('OTP-126 a handler that returns junk ends the machine, after terminate', (t) =>
  withRuntime(async ({ reports }) => {
    const ends: unknown[] = []
    const Machine = StateMachine.define({
      module: 'Junk',
      init: () => nextState('a', 'good'),
      states: { a: (() => undefined) as () => never },
      terminate: (reason, state, data) => ends.push([reason, state, data]),
    })
    const { pid, ref } = await Machine.startMonitor()
    const failed = await failure(Machine.call(pid, 'what'))
    const bad = { type: 'badReturnFromStateFunction', value: undefined }
    t.match(failed, { type: 'callFailed', reason: bad })
    t.match((await receive((m): m is DownMessage => m.ref === ref)).reason, bad)
    t.match(ends, [[bad, 'a', 'good']])
    t.match(reports, [
      {
        type: 'serverTerminate',
        behaviour: 'StateMachine',
        module: 'Junk',
        state: { state: 'a', data: 'good' },
        lastMessage: { type: 'call', payload: 'what' },
        details: { callbackMode: 'stateFunctions', queue: [], postponed: [], timeouts: [], modules: ['Junk'] },
      },
      { type: 'crash' },
    ])
  }),
)

t.test('OTP-127 a call waits for ever, or until its timeout, and no late answer is left behind', (t) =>
  withRuntime(async ({ clock }) => {
    const Machine = obeying()
    const machine = await Machine.startLink({ state: 'a' }, { name: 'm' })
    let asked: Message
    const keep = ((event: Message) => {
      asked = event.from
      return keepStateAndData()
    }) as Message
    const waiting = Machine.call(machine, keep)
    await clock.advance(1_000_000)
    StateMachine.replyTo(asked, 'at last')
    t.equal(await waiting, 'at last')
    const impatient = failure(Machine.call('m', keep, { timeoutMs: 100 }))
    await clock.advance(100)
    t.match(await impatient, {
      type: 'callFailed',
      reason: 'timeout',
      call: { module: 'StateMachine', function: 'call' },
    })
    StateMachine.replyTo(asked, 'too late')
    t.same(await inbox(), [])
  }),
)

t.test('OTP-128 the parent ends a machine that traps exits: terminate gets reason, state and data', (t) =>
  withRuntime(async () => {
    const log = self()
    const Machine = StateMachine.define({
      init: () => {
        trapExit(true)
        return nextState('busy', 7)
      },
      states: { busy: () => keepStateAndData() },
      terminate: (reason, state, data) => send(log, [reason, state, data]),
    })
    const parent = spawn(async () => {
      await Machine.startLink()
      send(log, 'started')
      await receive()
      throw new Error('parent')
    })
    t.equal(await receive(), 'started')
    send(parent, 'die')
    t.match(await receive(), [{ type: 'error' }, 'busy', 7])
    const other = spawn(async () => {
      const pid = await Machine.startLink()
      send(log, pid)
      await sleep('infinity')
    })
    const machine: Pid = await receive()
    const ref = monitor(machine)
    exit(other, 'shutdown')
    t.same(await receive((m) => Array.isArray(m)), ['shutdown', 'busy', 7])
    t.equal((await receive((m): m is DownMessage => m.ref === ref)).reason, 'shutdown')
  }),
)

t.test('OTP-129 sys sees state and data, and replaces both without an enter call', (t) =>
  withRuntime(async () => {
    const Machine = obeying({ stateEnter: true, log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    await inbox()
    t.same(await Sys.getState(machine), { state: 'a', data: 0 })
    Machine.cast(machine, (_event: Message, state: string) =>
      state === 'a' ? keepStateAndData(postpone()) : stop('retried'),
    )
    t.same(await Sys.replaceState(machine, () => ({ state: 'b', data: 9 })), { state: 'b', data: 9 })
    t.same(await Sys.getState(machine), { state: 'b', data: 9 })
    t.same(await inbox(), [], 'no enter call, no retry')
    const failed = await failure(
      Sys.replaceState(machine, () => {
        throw new Error('no')
      }),
    )
    t.match(failed, { code: 'BEAMISH_CALLBACK_FAILED' })
    t.not(await failure(Sys.replaceState(machine, () => 'junk')), 'it did not fail')
    t.same(await Sys.getState(machine), { state: 'b', data: 9 })
  }),
)

t.test('OTP-130 one push and two pops of the callback module: the second pop crashes', (t) =>
  withRuntime(async () => {
    const log = self()
    const Guest = StateMachine.define({
      module: 'Guest',
      init: () => nextState('a', 0),
      stateEnter: true,
      states: {
        a: (event) => {
          if (event.type === 'cast' && event.content === 'pop') return nextState('a', 0, popCallbackModule())
          send(log, ['guest', event.type])
          return keepStateAndData()
        },
      },
    })
    const Host = StateMachine.define({
      module: 'Host',
      init: () => nextState('a', 0),
      handleEvent: (event: MachineEvent<string>, state: string) => {
        if (event.type === 'cast' && event.content === 'push') return repeatStateAndData(pushCallbackModule(Guest))
        if (event.type === 'cast' && event.content === 'pop') return keepStateAndData(popCallbackModule())
        send(log, ['host', event.type, state])
        return keepStateAndData()
      },
    })
    const { pid, ref } = await Host.startMonitor()
    for (const content of ['one', 'push', 'two', 'pop', 'three']) Host.cast(pid, content)
    t.same(await inbox(), [
      ['host', 'cast', 'a'],
      ['guest', 'enter'],
      ['guest', 'cast'],
      ['host', 'cast', 'a'],
    ])
    Host.cast(pid, 'pop')
    const down = await receive((m): m is DownMessage => m.ref === ref)
    t.match(down.reason, { type: 'badActionFromStateFunction', action: { action: 'popModule' } })
  }),
)

t.test('LS-22 an event is never handled inside the send of another: no handler runs while one runs', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    let depth = 0
    const Echo = StateMachine.define({
      init: (name: string) => nextState('on', name),
      states: {
        on: (event, name) => {
          if (event.type !== 'info') return keepStateAndData()
          depth++
          log.push(`${name} ${event.content.left} at depth ${depth}`)
          const { left, to } = event.content as { left: number; to: Pid }
          if (left > 0) {
            send(to, { left: left - 1, to: self() })
            send(self(), { left: 0, to })
          }
          depth--
          return keepStateAndData()
        },
      },
    })
    const [a, b] = [await Echo.startLink('a'), await Echo.startLink('b')]
    send(a, { left: 2, to: b })
    t.same(log, [], 'nothing happens within send')
    await settle()
    t.equal(log.length, 5)
    t.same(
      log.filter((line) => !line.endsWith('depth 1')),
      [],
    )
  }),
)

t.test('an async handler keeps other events waiting', (t) =>
  withRuntime(async ({ clock }) => {
    const seen: unknown[] = []
    const Slow = StateMachine.define({
      init: () => nextState('a', 0),
      states: {
        a: async (event, data) => {
          if (event.type !== 'cast') return keepStateAndData()
          seen.push(`${event.content} begins`)
          await sleep(10)
          seen.push(`${event.content} ends`)
          return keepState(data + 1)
        },
      },
    })
    const machine = await Slow.startLink()
    Slow.cast(machine, 'x')
    Slow.cast(machine, 'y')
    await clock.advance(20)
    t.same(seen, ['x begins', 'x ends', 'y begins', 'y ends'])
    t.same(await Sys.getState(machine), { state: 'a', data: 2 })
  }),
)

t.test('a state that nobody wrote a handler for crashes the machine with a message that names those there are', (t) =>
  withRuntime(async () => {
    const Machine = StateMachine.define({
      module: 'Two',
      init: () => nextState('one' as string, 0),
      states: { one: () => nextState('three' as 'one', 0), two: () => keepStateAndData() },
    })
    const { pid, ref } = await Machine.startMonitor()
    Machine.cast(pid, 'go')
    Machine.cast(pid, 'again')
    const down = await receive((m): m is DownMessage => m.ref === ref)
    t.match(down.reason, { type: 'error', error: { code: 'BEAMISH_NO_STATE', message: /no state "three".*one, two/ } })
  }),
)

t.test('a machine that is suspended keeps its timeouts waiting', (t) =>
  withRuntime(async ({ clock }) => {
    const Machine = obeying({ log: self() })
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () => keepStateAndData(stateTimeout(10, 'over')))
    await Sys.suspend(machine)
    await clock.advance(20)
    t.same(await inbox(), [])
    await Sys.resume(machine)
    t.same(await inbox(), [['stateTimeout', 'over', 'a']])
  }),
)

t.test('a machine that ends takes its timeouts with it', (t) =>
  withRuntime(async ({ runtime }) => {
    const Machine = obeying()
    const machine = await Machine.startLink({ state: 'a' })
    Machine.cast(machine, () => keepStateAndData([stateTimeout(1e6), genericTimeout('x', 1e6)]))
    await settle()
    t.equal(runtime.timers.size, 2)
    await Machine.stop(machine)
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('sys traces what a machine does', (t) =>
  withRuntime(async () => {
    const Machine = obeying({ stateEnter: true })
    const machine = await Machine.startLink({ state: 'a' })
    await Sys.log(machine, 'on')
    t.equal(
      await Machine.call(machine, ((event: Message) => nextState('b', 1, replyTo(event.from, 'yes'))) as Message),
      'yes',
    )
    Machine.cast(machine, () => keepStateAndData(postpone()))
    const events = await Sys.log(machine, 'get')
    t.same(
      events.map((event) => event.type),
      ['in', 'out', 'enter', 'consume', 'in', 'postpone'],
    )
  }),
)

t.test('define refuses what is no machine', async (t) => {
  const bad = { code: 'BEAMISH_BAD_ARGUMENT' }
  const init = () => nextState('a', 0)
  const states = { a: () => keepStateAndData() }
  const define = StateMachine.define as (callbacks: unknown) => unknown
  t.throws(() => define(undefined), bad)
  t.throws(() => define({ states }), bad)
  t.throws(() => define({ init }), bad)
  t.throws(() => define({ init, states, handleEvent: () => keepStateAndData() }), bad)
  t.throws(() => define({ init, states: { a: 1 } }), bad)
  t.throws(() => define({ init, states, stateEnter: 'yes' }), bad)
  t.throws(() => define({ init, states, terminate: 1 }), bad)
  t.throws(() => define({ init, states, handleInfo: () => 0 }), bad)
})

t.test('a start of a machine takes no unknown option', (t) =>
  withRuntime(async ({ runtime }) => {
    const before = runtime.size
    const Machine = StateMachine.define({ init: () => nextState('a', 0), states: { a: () => keepStateAndData() } })
    const typo = { nmae: 'typo' } as object
    t.throws(() => Machine.start(undefined, typo), { code: 'BEAMISH_BAD_ARGUMENT', message: /nmae/ })
    t.equal(runtime.size, before)
  }),
)
