import t from 'tap'
import {
  type Body,
  exit,
  GenServer,
  isExit,
  isUncaughtError,
  link,
  monitor,
  noReply,
  ok,
  type Pid,
  Process,
  receive,
  reply,
  self,
  send,
  sendAfter,
  shutdown,
  sleep,
  spawn,
  stop,
  stopReply,
  trapExit,
} from '../../src/index.ts'
import { Sys } from '../../src/sys/sys.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

/** The reason with which `pid` ends. */
async function endOf(pid: Pid): Promise<unknown> {
  const ref = monitor(pid)
  return (await receive((m) => m.ref === ref)).reason
}

t.test('OTP-088 every other message goes to handleInfo', (t) =>
  withRuntime(async () => {
    const Collector = GenServer.define({
      init: () => [] as unknown[],
      handleCall: { seen: (_: void, seen) => reply(seen) },
      handleInfo: (message, seen) => noReply([...seen, message]),
    })
    const pid = await Collector.start()
    const messages = ['plain', { type: 'call' }, undefined, null, 17, { type: 'down' }]
    for (const message of messages) send(pid, message)
    t.same(await Collector.call(pid, 'seen'), messages)
  }),
)

t.test('OTP-089 without handleInfo a message is reported and dropped; a request crashes', (t) =>
  withRuntime(async ({ reports }) => {
    const Deaf = GenServer.define({ module: 'Deaf', init: () => null })
    const pid = await Deaf.start()
    send(pid, { what: 'ever' })
    await settle()
    t.match(reports, [{ type: 'unexpectedMessage', level: 'warning', module: 'Deaf', pid, message: { what: 'ever' } }])
    t.equal(Process.isAlive(pid), true)
    await t.rejects(async () => await GenServer.call(pid, 'ask'), { code: 'BEAMISH_EXIT' })
    t.equal(Process.isAlive(pid), false)
    const second = await Deaf.startMonitor()
    GenServer.cast(second.pid, 'note')
    const { reason } = await receive((m) => m.ref === second.ref)
    t.match(reason, { type: 'error', error: { code: 'BEAMISH_NO_HANDLER', message: /Deaf/ } })
  }),
)

t.test('OTP-090 terminate may be missing, and may fail', (t) =>
  withRuntime(async () => {
    const Without = GenServer.define({ init: () => null })
    t.equal(await Without.stop(await Without.start()), 'ok')
    const error = new Error('in terminate')
    const failing = [
      () => {
        throw error
      },
      async () => {
        await null
        throw error
      },
    ]
    for (const terminate of failing) {
      const Fails = GenServer.define({ init: () => null, terminate })
      const { pid, ref } = await Fails.startMonitor()
      await t.rejects(async () => await Fails.stop(pid), { code: 'BEAMISH_EXIT' })
      const { reason } = await receive((m) => m.ref === ref)
      t.ok(isUncaughtError(reason) && reason.error === error)
    }
  }),
)

t.test('OTP-091 continue runs before anything else', (t) =>
  withRuntime(async () => {
    const Eager = GenServer.define({
      init: (log: string[]) => {
        send(self(), 'in the mailbox')
        return ok(log, { continue: 'from init' })
      },
      handleCall: { call: (_: void, log) => reply('answered', log, { continue: 'from call' }) },
      handleCast: { cast: (_: void, log) => noReply(log, { continue: 'from cast' }) },
      handleInfo: (message, log) => {
        log.push(`message ${message}`)
        return message === 'info' ? noReply(log, { continue: 'from info' }) : noReply()
      },
      handleContinue: (arg, log) => {
        log.push(`continue ${arg}`)
        return noReply()
      },
    })
    const log: string[] = []
    const pid = await Eager.start(log)
    await settle()
    t.same(log, ['continue from init', 'message in the mailbox'])
    log.length = 0
    const called = Eager.call(pid, 'call')
    send(pid, 'behind')
    t.equal(await called, 'answered')
    await settle()
    Eager.cast(pid, 'cast')
    send(pid, 'info')
    send(pid, 'last')
    await settle()
    t.same(log, [
      'continue from call',
      'message behind',
      'continue from cast',
      'message info',
      'continue from info',
      'message last',
    ])
  }),
)

t.test('OTP-091 a start returns before the continue of init is done', (t) =>
  withRuntime(async ({ clock }) => {
    const Slow = GenServer.define({
      init: () => ok('starting', { continue: 'load' }),
      handleCall: { state: (_: void, state) => reply(state) },
      handleContinue: async () => {
        await sleep(100)
        return noReply('loaded')
      },
    })
    const pid = await Slow.start()
    const asked = Slow.call(pid, 'state')
    await clock.advance(100)
    t.equal(await asked, 'loaded', 'and no message is looked at meanwhile')
  }),
)

t.test('OTP-092 continues follow each other, and may stop the server', (t) =>
  withRuntime(async () => {
    const log: unknown[] = []
    const Chain = GenServer.define({
      init: () => ok(null, { continue: 1 }),
      handleInfo: (message) => {
        log.push(message)
        return noReply()
      },
      handleContinue: (step: number) => {
        log.push(step)
        return step < 3 ? noReply(null, { continue: step + 1 }) : stop('done')
      },
      terminate: (reason) => log.push(reason),
    })
    const { pid, ref } = await Chain.startMonitor()
    send(pid, 'never handled')
    t.equal((await receive((m) => m.ref === ref)).reason, 'done')
    t.same(log, [1, 2, 3, 'done'])
  }),
)

t.test('OTP-093 a continue that nobody handles is a crash', (t) =>
  withRuntime(async () => {
    const Without = GenServer.define({ init: () => ok(null, { continue: 'x' }) })
    const { ref } = await Without.startMonitor()
    t.match((await receive((m) => m.ref === ref)).reason, { type: 'error', error: { code: 'BEAMISH_NO_HANDLER' } })
  }),
)

const Idle = GenServer.define({
  init: (log: unknown[]) => ok(log, { timeoutMs: 100 }),
  handleCall: {
    ping: () => reply('pong'),
    again: (timeoutMs: number, log) => reply('pong', log, { timeoutMs }),
  },
  handleInfo: (message, log) => {
    log.push(message)
    return noReply()
  },
})

t.test('OTP-094 a server that hears nothing in time gets timeout, once', (t) =>
  withRuntime(async ({ clock }) => {
    const log: unknown[] = []
    await Idle.start(log)
    await clock.advance(99)
    t.same(log, [])
    await clock.advance(1)
    t.same(log, ['timeout'])
    await clock.advance(1000)
    t.same(log, ['timeout'], 'it is not repeated')
  }),
)

t.test('OTP-095 any message ends the wait for a timeout, unless it is asked for again', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const log: unknown[] = []
    const pid = await Idle.start(log)
    await clock.advance(50)
    await Idle.call(pid, 'ping')
    await clock.advance(1000)
    t.same(log, [])
    await Idle.call(pid, 'again', 30)
    await clock.advance(29)
    t.same(log, [])
    await clock.advance(1)
    t.same(log, ['timeout'])
    await Idle.call(pid, 'again', 0)
    await settle()
    t.same(log, ['timeout', 'timeout'], '0 is: if idle right now')
    const busy = Idle.call(pid, 'again', 0)
    send(pid, 'already there')
    await busy
    await settle()
    t.same(log, ['timeout', 'timeout', 'already there'])
    await settle()
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-095 a message that arrives in the very moment wins over the timeout', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const log: unknown[] = []
    const pid = await Idle.start(log)
    // Both are due together, the message first: the server has not had its turn when its own time is up.
    sendAfter(pid, 'just in time', 100)
    await Idle.call(pid, 'again', 100)
    await clock.advance(100)
    t.same(log, ['just in time'])
    await clock.advance(100)
    t.same(log, ['just in time'])
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-096 hibernation is invisible', (t) =>
  withRuntime(async ({ clock }) => {
    const Sleepy = GenServer.define({
      init: () => ok(1, { hibernate: true }),
      handleCall: { next: (_: void, count) => reply(count, count + 1, { hibernate: true }) },
      handleCast: { add: (by: number, count) => noReply(count + by, { hibernate: true }) },
      handleInfo: (_message, count) => noReply(count + 100, { hibernate: true }),
    })
    for (const options of [{}, { hibernateAfterMs: 10 }]) {
      const pid = await Sleepy.start(undefined, options)
      t.equal(await Sleepy.call(pid, 'next'), 1)
      await clock.advance(50)
      Sleepy.cast(pid, 'add', 10)
      await clock.advance(50)
      send(pid, 'info')
      t.equal(await Sleepy.call(pid, 'next'), 112)
    }
  }),
)

t.test('OTP-097 stopReply answers, ends with the reason, and terminate has run before', (t) =>
  withRuntime(async () => {
    const order: unknown[] = []
    const Leaving = GenServer.define({
      init: () => 'first',
      handleCall: { leave: (reason: unknown) => stopReply(reason, 'bye', 'last') },
      terminate: (reason, state) => order.push(reason, state),
    })
    const { pid, ref } = await Leaving.startMonitor()
    t.equal(await Leaving.call(pid, 'leave', 'shutdown'), 'bye')
    t.same(order, ['shutdown', 'last'])
    t.equal((await receive((m) => m.ref === ref)).reason, 'shutdown')
    const Failing = GenServer.define({
      init: () => null,
      handleCall: { leave: () => stopReply('r', 'bye') },
      terminate: () => exit('terminate failed'),
    })
    const second = await Failing.startMonitor()
    t.equal(await Failing.call(second.pid, 'leave'), 'bye', 'the answer goes out even then')
    t.equal((await receive((m) => m.ref === second.ref)).reason, 'terminate failed')
  }),
)

/** A server that traps exits (or not) and tells `log` what it sees. */
const Traps = GenServer.define({
  module: 'Traps',
  init: (arg: { log: unknown[]; traps: boolean }) => {
    if (arg.traps) trapExit(true)
    return arg.log
  },
  handleCall: {
    work: async () => {
      await sleep(100)
      return reply('done')
    },
  },
  handleInfo: (message, log) => {
    log.push(isExit(message) ? { exit: message.reason } : message)
    return noReply()
  },
  terminate: (reason, log) => {
    log.push({ terminate: reason })
  },
})

/** Starts it as a child of a process that traps exits and ends it as a supervisor does. */
function parentOf(arg: { log: unknown[]; traps: boolean }, tell: Pid): Pid {
  return spawn(function* () {
    trapExit(true)
    const child = yield* Traps.startLink(arg)
    send(tell, child)
    for (;;) exit(child, (yield* receive((m) => m.order)).order)
  })
}

t.test('OTP-098 a server that traps exits ends in order when its parent says so', (t) =>
  withRuntime(async ({ reports }) => {
    for (const reason of ['shutdown', 'normal', shutdown('x')]) {
      const log: unknown[] = []
      const parent = parentOf({ log, traps: true }, self())
      const child = await receive<Pid>()
      send(parent, { order: reason })
      t.same(await endOf(child), reason)
      t.same(log, [{ terminate: reason }])
    }
    t.same(reports, [])
  }),
)

t.test('OTP-098 the end of the parent itself is an order too', (t) =>
  withRuntime(async () => {
    const log: unknown[] = []
    const parent = parentOf({ log, traps: true }, self())
    const child = await receive<Pid>()
    exit(parent, 'kill')
    t.equal(await endOf(child), 'killed')
    t.same(log, [{ terminate: 'killed' }])
  }),
)

t.test('OTP-099 an exit of anybody else is a message', (t) =>
  withRuntime(async () => {
    const log: unknown[] = []
    parentOf({ log, traps: true }, self())
    const child = await receive<Pid>()
    exit(child, 'not my parent')
    const friend = spawn(function* () {
      link(child)
      exit('friend')
    })
    await settle()
    t.equal(Process.isAlive(friend), false)
    const alone = await Traps.start({ log, traps: true })
    exit(alone, 'shutdown')
    await settle()
    t.same(log, [{ exit: 'not my parent' }, { exit: 'friend' }, { exit: 'shutdown' }])
    t.same([child, alone].map(Process.isAlive), [true, true])
  }),
)

t.test('OTP-100 a server that does not trap ends without last words', (t) =>
  withRuntime(async ({ reports }) => {
    const log: unknown[] = []
    const parent = parentOf({ log, traps: false }, self())
    const child = await receive<Pid>()
    send(parent, { order: 'shutdown' })
    t.equal(await endOf(child), 'shutdown')
    const killed = await Traps.start({ log, traps: true })
    exit(killed, 'kill')
    const crashed = await Traps.start({ log, traps: false })
    exit(crashed, 'abnormal')
    t.same([killed, crashed].map(Process.isAlive), [false, false])
    t.same(log, [])
    t.same(reports, [], 'whoever sent the signal reports')
  }),
)

t.test("OTP-101 what is queued before the parent's order is handled, what comes after is not", (t) =>
  withRuntime(async ({ clock }) => {
    const log: unknown[] = []
    const parent = parentOf({ log, traps: true }, self())
    const child = await receive<Pid>()
    const worked = Traps.call(child, 'work')
    await settle()
    send(child, 'before')
    send(parent, { order: 'shutdown' })
    await settle()
    send(child, 'after')
    await clock.advance(100)
    t.equal(await worked, 'done')
    t.equal(await endOf(child), 'noproc')
    t.same(log, ['before', { terminate: 'shutdown' }])
  }),
)

t.test('OTP-102 an abnormal end during a call is reported twice: by the server, by the process', (t) =>
  withRuntime(async ({ reports }) => {
    const Broken = GenServer.define({
      module: 'Broken',
      init: () => ({ secret: 1 }),
      handleCall: {
        crash: () => {
          throw new Error('crashed')
        },
      },
    })
    const pid = await Broken.start(undefined, { name: 'broken' })
    await t.rejects(async () => await Broken.call(pid, 'crash'), { code: 'BEAMISH_EXIT' })
    t.equal(reports.length, 2)
    t.match(reports[0], {
      type: 'serverTerminate',
      level: 'error',
      behaviour: 'GenServer',
      module: 'Broken',
      pid,
      name: 'broken',
      lastMessage: { type: 'call', name: 'crash', from: self() },
      state: { secret: 1 },
      reason: { type: 'error', error: { message: 'crashed' } },
      client: { pid: self(), isAlive: true },
    })
    t.match(reports[1], { type: 'crash', pid, name: 'broken', initialCall: 'GenServer Broken' })
  }),
)

t.test('OTP-103 reports and getStatus show what formatStatus lets them', (t) =>
  withRuntime(async ({ reports }) => {
    const Discreet = GenServer.define({
      init: () => ({ user: 'ann', password: 'secret' }),
      formatStatus: (status) => ({ state: { ...(status.state as object), password: '***' }, message: 'hidden' }),
    })
    const Clumsy = GenServer.define({
      init: () => ({ password: 'secret' }),
      formatStatus: () => {
        throw new Error('secret')
      },
    })
    for (const Server of [Discreet, Clumsy]) {
      const pid = await Server.start()
      const { state } = await Sys.getStatus(pid)
      t.match(state, Server === Discreet ? { user: 'ann', password: '***' } : /formatStatus failed/)
      await Server.stop(pid, 'abnormal')
    }
    const terminated = reports.filter((report) => report.type === 'serverTerminate')
    t.match(terminated[0], { state: { user: 'ann', password: '***' }, lastMessage: 'hidden' })
    t.match(terminated[1], { state: /formatStatus failed/, lastMessage: /formatStatus failed/ })
    t.notMatch(JSON.stringify(terminated), /secret/)
  }),
)

t.test('LS-21 an exception in one handler ends one server, nothing else', (t) =>
  withRuntime(async () => {
    const Room = GenServer.define({
      init: () => 0,
      handleInfo: (message, count) => {
        if (message === 'break') throw new Error('one room')
        return noReply(count + 1)
      },
      handleCall: { count: (_: void, count) => reply(count) },
    })
    const [broken, other] = [await Room.start(), await Room.start()]
    const bodies: Body[] = [
      function* () {
        throw new Error('a body')
      },
      async () => {
        throw new Error('an async body')
      },
      () => {
        throw new Error('a plain body')
      },
    ]
    send(broken, 'break')
    for (const body of bodies) spawn(body)
    send(other, 'm')
    t.equal(await Room.call(other, 'count'), 1)
    t.equal(Process.isAlive(broken), false)
  }),
)

t.test('callbacks of one server never overlap', (t) =>
  withRuntime(async ({ clock }) => {
    const log: string[] = []
    const Steps = GenServer.define({
      init: () => null,
      handleInfo: async (name: string) => {
        log.push(`${name} begins`)
        await sleep(10)
        log.push(`${name} ends`)
        return noReply()
      },
    })
    const pid = await Steps.start()
    for (const name of ['a', 'b']) send(pid, name)
    await clock.advance(20)
    t.same(log, ['a begins', 'a ends', 'b begins', 'b ends'])
  }),
)

t.test('a server may wait for others in its callbacks, as any process', (t) =>
  withRuntime(async ({ clock }) => {
    const Inner = GenServer.define({
      init: () => null,
      handleCall: { ask: (n: number) => sleep(10).then(() => reply(n * 2)) },
    })
    const Outer = GenServer.define({
      init: async () => await Inner.startLink(),
      handleCall: {
        ask: async (n: number, inner) => {
          const before = self()
          const doubled = await Inner.call(inner, 'ask', n)
          const mine = await receive((m) => m === 'for the callback')
          return reply({ doubled, mine, same: before === self() })
        },
      },
      handleInfo: () => noReply(),
    })
    const pid = await Outer.start()
    const asked = Outer.call(pid, 'ask', 4)
    await clock.advance(10)
    send(pid, 'for the callback')
    t.same(await asked, { doubled: 8, mine: 'for the callback', same: true })
  }),
)

t.test('a next step that makes no sense is a crash', (t) =>
  withRuntime(async () => {
    const Odd = GenServer.define({ init: () => null, handleInfo: (timeoutMs: number) => noReply(null, { timeoutMs }) })
    for (const timeoutMs of [-1, Number.NaN, 'soon']) {
      const { pid, ref } = await Odd.startMonitor()
      send(pid, timeoutMs)
      t.match((await receive((m) => m.ref === ref)).reason, { error: { code: 'BEAMISH_BAD_ARGUMENT' } })
    }
    const { pid } = await Odd.startMonitor()
    send(pid, 'infinity')
    send(pid, Number.POSITIVE_INFINITY)
    await settle()
    t.equal(Process.isAlive(pid), true)
  }),
)
