import t from 'tap'
import {
  type Body,
  callFailed,
  exit,
  type From,
  GenServer,
  isBadReturnValue,
  isCallFailed,
  isUncaughtError,
  noReply,
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
  spawnMonitor,
  stop,
  type ViaModule,
  via,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Counter = GenServer.define({
  module: 'Counter',
  init: (start: number) => ({ count: start }),
  handleCall: {
    add: (by: number, state) => reply(state.count + by, { count: state.count + by }),
    get: (_: void, state) => reply(state.count),
    later: async (by: number, state) => {
      await sleep(10)
      return reply(state.count + by, { count: state.count + by })
    },
  },
  handleCast: { set: (count: number) => noReply({ count }) },
})

/** What a call throws. */
async function failure(call: PromiseLike<unknown>): Promise<{ code: string; reason: unknown }> {
  try {
    await call
  } catch (error) {
    return error as { code: string; reason: unknown }
  }
  throw new Error('the call succeeded')
}

/** A server that answers nobody. */
const Silent = GenServer.define({
  module: 'Silent',
  init: () => null,
  handleCall: { ask: () => noReply() },
  handleInfo: (message) => (message === 'crash' ? exit('crashed') : stop(message)),
})

t.test('OTP-079 a call gives the reply, and the state is the new one', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Counter.start(1)
    t.equal(await Counter.call(pid, 'add', 2), 3)
    t.equal(await Counter.call(pid, 'get'), 3)
    t.equal(await GenServer.call(pid, 'get'), 3)
    const later = Counter.call(pid, 'later', 1)
    const behind = Counter.call(pid, 'get')
    await clock.advance(10)
    t.equal(await later, 4)
    t.equal(await behind, 4, 'the next message waits until the callback is done')
    const parent = self()
    spawn(function* () {
      const sum: number = yield* Counter.call(pid, 'add', 1)
      send(parent, sum)
    })
    t.equal(await receive(), 5)
  }),
)

t.test('OTP-080 an answer may come later, from a timer or from somebody else', (t) =>
  withRuntime(async ({ clock }) => {
    const Later = GenServer.define({
      init: (): { waiting: From<string> | undefined } => ({ waiting: undefined }),
      handleCall: {
        delayed: (_: void, _state, from: From<string>) => {
          sendAfter(self(), 'answer', 10)
          return noReply({ waiting: from })
        },
        delegated: (_: void, _state, from: From<string>) => {
          spawn(() => GenServer.reply(from, 'from a third'))
          return noReply()
        },
      },
      handleInfo: (_message, state) => {
        if (state.waiting !== undefined) GenServer.reply(state.waiting, 'from a timer')
        return noReply({ waiting: undefined })
      },
    })
    const pid = await Later.start()
    const delayed = Later.call(pid, 'delayed')
    await clock.advance(10)
    t.equal(await delayed, 'from a timer')
    t.equal(await Later.call(pid, 'delegated'), 'from a third')
    t.throws(() => GenServer.reply({ pid, ref: {} } as never, 'x'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('OTP-081 a call that takes too long exits with timeout @ call', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Silent.start()
    const args = [pid, 'ask', 'payload', 100]
    const called = failure(GenServer.call(pid, 'ask', 'payload', { timeoutMs: 100 }))
    await clock.advance(100)
    const error = await called
    t.equal(error.code, 'BEAMISH_TIMEOUT')
    t.same(error.reason, callFailed('timeout', { module: 'GenServer', function: 'call', args }))
    t.equal(Process.isAlive(pid), true)
    const byDefault = failure(Silent.call(pid, 'ask'))
    await clock.advance(4999)
    t.equal(Process.info(pid, 'monitoredBy')?.length, 1)
    await clock.advance(1)
    t.match(await byDefault, { code: 'BEAMISH_TIMEOUT', reason: { call: { args: [pid, 'ask', undefined, 5000] } } })
  }),
)

t.test('OTP-081 uncaught, the caller ends with the pair', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Silent.start()
    const bodies: Body[] = [
      function* () {
        yield* Silent.call(pid, 'ask', undefined, { timeoutMs: 10 })
      },
      async () => {
        await Silent.call(pid, 'ask', undefined, { timeoutMs: 10 })
      },
    ]
    for (const body of bodies) {
      const { ref } = spawnMonitor(body)
      await clock.advance(10)
      const { reason } = await receive((m) => m.ref === ref)
      t.ok(isCallFailed(reason) && reason.reason === 'timeout')
    }
  }),
)

t.test('OTP-082, LS-15 an answer after the timeout goes nowhere, and nothing is kept', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const parent = self()
    const Slow = GenServer.define({
      init: () => null,
      handleCall: {
        ask: async () => {
          await sleep(100)
          return reply('late')
        },
      },
    })
    const pid = await Slow.start()
    const bodies: Body[] = [
      function* () {
        try {
          yield* Slow.call(pid, 'ask', undefined, { timeoutMs: 10 })
        } catch (error) {
          send(parent, error)
        }
        send(parent, yield* receive({ afterMs: 1000 }))
      },
      async () => {
        try {
          await Slow.call(pid, 'ask', undefined, { timeoutMs: 10 })
        } catch (error) {
          send(parent, error)
        }
        send(parent, await receive({ afterMs: 1000 }))
      },
    ]
    for (const body of bodies) {
      spawn(body)
      await clock.advance(10)
      t.match(await receive(), { code: 'BEAMISH_TIMEOUT' })
      t.same(Process.info(pid, 'monitoredBy'), [])
      t.equal(runtime.timers.size, 2, 'only the sleep of the server and the wait of the caller')
      await clock.advance(2000)
      t.equal(await receive(), undefined, 'the mailbox of the caller stayed empty')
    }
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-083 a call to nobody exits with noproc @ call and the server as given', (t) =>
  withRuntime(async ({ runtime }) => {
    const dead = await Counter.start(0)
    await Counter.stop(dead)
    const book: ViaModule<string> = {
      registerName: () => 'yes',
      unregisterName: () => {},
      whereisName: () => undefined,
      send: () => {},
    }
    for (const server of [dead, 'nobody', via(book, 'x'), null as never, undefined as never]) {
      const error = await failure(Counter.call(server, 'get'))
      t.equal(error.code, 'BEAMISH_NOPROC')
      t.ok(isCallFailed(error.reason) && error.reason.reason === 'noproc' && error.reason.call.args[0] === server)
    }
    t.throws(() => Counter.call(17 as never, 'get'), { code: 'BEAMISH_BAD_ARGUMENT' }, 'what can be no server at all')
    await settle()
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-084 a server that ends without an answer takes its reason to the caller', (t) =>
  withRuntime(async ({ runtime }) => {
    for (const reason of ['normal', 'shutdown', shutdown('x'), 'abnormal']) {
      const pid = await Silent.start()
      const called = failure(Silent.call(pid, 'ask'))
      send(pid, reason)
      const error = await called
      t.equal(error.code, 'BEAMISH_EXIT')
      t.ok(isCallFailed(error.reason) && error.reason.reason === reason)
    }
    const crashing = await Silent.start()
    const crashed = failure(Silent.call(crashing, 'ask'))
    send(crashing, 'crash')
    t.match(await crashed, { reason: { reason: 'crashed' } })
    const victim = await Silent.start()
    const killed = failure(Silent.call(victim, 'ask'))
    await settle()
    exit(victim, 'kill')
    t.match(await killed, { reason: { reason: 'killed' } })
    await settle()
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-085 a handler that returns nothing sensible ends the server with what it returned', (t) =>
  withRuntime(async ({ reports }) => {
    const terminated: unknown[] = []
    const Bad = GenServer.define({
      module: 'Bad',
      init: () => ({ good: true }),
      handleCall: {
        forgot: () => undefined as never,
        later: async () => 17 as never,
      },
      handleCast: { replies: () => reply('nobody asked') as never },
      handleInfo: () => 'what' as never,
      terminate: (reason, state) => terminated.push([reason, state]),
    })
    for (const [name, value] of [
      ['forgot', undefined],
      ['later', 17],
    ] as const) {
      const { pid, ref } = await Bad.startMonitor()
      const { reason } = await failure(Bad.call(pid, name))
      t.ok(isCallFailed(reason) && isBadReturnValue(reason.reason) && reason.reason.value === value)
      t.match((await receive((m) => m.ref === ref)).reason, { type: 'badReturnValue', value })
    }
    for (const disturb of [(pid: Pid) => Bad.cast(pid, 'replies'), (pid: Pid) => send(pid, 'message')]) {
      const { pid, ref } = await Bad.startMonitor()
      disturb(pid)
      t.match((await receive((m) => m.ref === ref)).reason, { type: 'badReturnValue' })
    }
    t.equal(terminated.length, 4)
    t.ok(terminated.every((words) => isBadReturnValue((words as unknown[])[0])))
    t.match(terminated[0], [{}, { good: true }], 'with the last good state')
    t.match(reports[0], { reason: { explanation: /BEAMISH_BAD_RETURN.*Bad\.handleCall\.forgot/ } })
  }),
)

t.test('OTP-086 a cast is always fine', (t) =>
  withRuntime(async () => {
    const pid = await Counter.start(0)
    const gone = await Counter.start(0)
    await Counter.stop(gone)
    const broken: ViaModule<string> = {
      registerName: () => 'yes',
      unregisterName: () => {},
      whereisName: () => {
        throw new Error('broken')
      },
      send: () => {},
    }
    for (const server of [pid, gone, 'unknown', via(broken, 'x'), null as never]) {
      t.equal(Counter.cast(server, 'set', 5), undefined)
    }
    t.equal(await Counter.call(pid, 'get'), 5)
  }),
)

t.test('OTP-087 a cast before a call is handled before it', (t) =>
  withRuntime(async () => {
    const pid = await Counter.start(0)
    for (let i = 1; i < 100; i++) {
      Counter.cast(pid, 'set', i)
      t.equal(await Counter.call(pid, 'get'), i)
    }
  }),
)

t.test('a server that calls itself is told so, by pid and by name', (t) =>
  withRuntime(async () => {
    const Narcissus = GenServer.define({
      init: () => null,
      handleCall: {
        reflect: async (by: 'pid' | 'name') =>
          reply((await failure(GenServer.call(by === 'pid' ? self() : 'narcissus', 'reflect'))).code),
      },
    })
    const pid = await Narcissus.start(undefined, { name: 'narcissus' })
    t.equal(await Narcissus.call(pid, 'reflect', 'pid'), 'BEAMISH_CALLING_SELF')
    t.equal(await Narcissus.call(pid, 'reflect', 'name'), 'BEAMISH_CALLING_SELF')
  }),
)

t.test('only the first answer counts, and no other ever leaks', (t) =>
  withRuntime(async () => {
    const Twice = GenServer.define({
      init: () => null,
      handleCall: {
        ask: (_: void, _state, from: From<string>) => {
          GenServer.reply(from, 'first')
          GenServer.reply(from, 'second')
          return reply('third')
        },
      },
    })
    const pid = await Twice.start()
    t.equal(await Twice.call(pid, 'ask'), 'first')
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('a call may be given up with a signal', (t) =>
  withRuntime(async ({ runtime }) => {
    const pid = await Silent.start()
    const controller = new AbortController()
    const called = failure(Silent.call(pid, 'ask', undefined, { signal: controller.signal }))
    await settle()
    controller.abort()
    t.match(await called, { code: 'BEAMISH_EXIT', reason: { reason: 'aborted' } })
    t.match(await failure(Silent.call(pid, 'ask', undefined, { signal: controller.signal })), {
      reason: { reason: 'aborted' },
    })
    t.same(Process.info(pid, 'monitoredBy'), [])
    await settle()
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('a caller that is ended while it waits leaves nothing behind', (t) =>
  withRuntime(async ({ runtime }) => {
    const pid = await Silent.start()
    const bodies: Body[] = [
      function* () {
        yield* Silent.call(pid, 'ask')
      },
      async () => void (await Silent.call(pid, 'ask')),
    ]
    for (const body of bodies) {
      const caller = spawn(body)
      await settle()
      t.equal(runtime.timers.size, 1)
      exit(caller, 'kill')
      await settle()
      t.equal(runtime.timers.size, 0)
      t.same(Process.info(pid, 'monitoredBy'), [])
    }
  }),
)

t.test('LS-06 a full mailbox never throws into the sender', (t) =>
  withRuntime(async ({ reports }) => {
    const full = spawn(() => sleep('infinity'), { mailbox: { limit: 2, onOverflow: 'dropNewest' } })
    for (const message of [1, 2, 3, 4]) t.equal(send(full, message), message)
    t.same(Process.info(full, 'messages'), [1, 2])
    const oldest = spawn(() => sleep('infinity'), { mailbox: { limit: 2, onOverflow: 'dropOldest' } })
    for (const message of [1, 2, 3, 4]) send(oldest, message)
    t.same(Process.info(oldest, 'messages'), [3, 4])
    const { pid: mortal, ref } = spawnMonitor(() => sleep('infinity'), { mailbox: { limit: 2, onOverflow: 'exit' } })
    for (const message of [1, 2, 3, 4]) send(mortal, message)
    t.match((await receive((m) => m.ref === ref)).reason, { type: 'mailboxOverflow', limit: 2 })
    t.ok(reports.some((report) => report.type === 'mailboxOverflow'))
    const busy = await Silent.start(undefined, { mailbox: { limit: 1, onOverflow: 'dropNewest' } })
    const [first, second] = [
      Silent.call(busy, 'ask', undefined, { timeoutMs: 'infinity' }),
      failure(Silent.call(busy, 'ask')),
    ]
    t.match(await second, { code: 'BEAMISH_EXIT', reason: { reason: 'overloaded' } })
    await settle() // until the first question is out of the mailbox: it would have no room for the next message
    send(busy, 'normal')
    t.match(await failure(first), { reason: { reason: 'normal' } })
  }),
)

t.test('LS-08 the bound of a mailbox holds while a handler is suspended', (t) =>
  withRuntime(async ({ clock }) => {
    const Busy = GenServer.define({
      init: () => [] as unknown[],
      handleCall: { seen: (_: void, seen) => reply(seen) },
      handleInfo: async (message, seen) => {
        await sleep(10)
        return noReply([...seen, message])
      },
    })
    const pid = await Busy.start(undefined, { mailbox: { limit: 3, onOverflow: 'dropNewest' } })
    send(pid, 'busy')
    await settle()
    for (let i = 0; i < 10; i++) send(pid, i)
    t.equal(Process.info(pid, 'messageQueueLength'), 3)
    await clock.advance(100)
    t.same(await Busy.call(pid, 'seen'), ['busy', 0, 1, 2])
  }),
)

t.test('signals are not refused by a full mailbox', (t) =>
  withRuntime(async () => {
    const full = await Silent.start(undefined, { mailbox: { limit: 1, onOverflow: 'dropNewest' } })
    Silent.call(full, 'ask', undefined, { timeoutMs: 'infinity' }).catch(() => {})
    t.equal(await Silent.stop(full), 'ok')
  }),
)

t.test('an error in a handler is the reason, for the caller and for the server', (t) =>
  withRuntime(async () => {
    const error = new Error('broken')
    const Broken = GenServer.define({
      init: () => null,
      handleCall: {
        now: () => {
          throw error
        },
        later: async () => {
          await null
          throw error
        },
      },
    })
    for (const name of ['now', 'later'] as const) {
      const { pid, ref } = await Broken.startMonitor()
      const { reason, code } = await failure(Broken.call(pid, name))
      t.equal(code, 'BEAMISH_EXIT')
      t.ok(isCallFailed(reason) && isUncaughtError(reason.reason) && reason.reason.error === error)
      t.match((await receive((m) => m.ref === ref)).reason, { type: 'error', error })
    }
  }),
)
