import t from 'tap'
import {
  type Body,
  exit,
  GenServer,
  ignore,
  isBadReturnValue,
  isUncaughtError,
  noReply,
  ok,
  Process,
  receive,
  refuse,
  reply,
  self,
  send,
  spawnMonitor,
  stopInit,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Counter = GenServer.define({
  module: 'Counter',
  init: (start: number) => ({ count: start }),
  handleCall: { get: (_: void, state) => reply(state.count) },
})

async function arrived(): Promise<unknown[]> {
  await settle()
  const messages: unknown[] = []
  for (let message = await receive({ afterMs: 0 }); message !== undefined; message = await receive({ afterMs: 0 })) {
    messages.push(message)
  }
  return messages
}

t.test('OTP-072 start gives a pid, startLink also links, start does not', (t) =>
  withRuntime(async () => {
    const linked = await Counter.startLink(1)
    t.same(Process.info(self(), 'links'), [linked])
    const alone = await Counter.start(2)
    t.same(Process.info(self(), 'links'), [linked])
    t.equal(await Counter.call(linked, 'get'), 1)
    t.equal(await Counter.call(alone, 'get'), 2)
    t.match(await Counter.tryStart(3), { type: 'started' })
    t.match(await Counter.tryStartLink(3), { type: 'started' })
    t.equal(Process.info(self(), 'links')?.length, 2)
  }),
)

t.test('OTP-072 the state may come plain, wrapped, or later', (t) =>
  withRuntime(async () => {
    const get = (_: void, state: number) => reply(state)
    const servers = [
      GenServer.define({ init: () => 7, handleCall: { get } }),
      GenServer.define({ init: () => ok(7), handleCall: { get } }),
      GenServer.define({ init: async () => 7, handleCall: { get } }),
      GenServer.define({ init: async () => ok(7), handleCall: { get } }),
    ]
    for (const Server of servers) t.equal(await Server.call(await Server.start(), 'get'), 7)
  }),
)

t.test('OTP-073 a second start with the name is told who has it', (t) =>
  withRuntime(async ({ runtime }) => {
    const pid = await Counter.start(0, { name: 'counter' })
    const before = runtime.size
    for (const start of [Counter.tryStart, Counter.tryStartLink, Counter.tryStartMonitor]) {
      t.same(await start(0, { name: 'counter' }), { type: 'alreadyStarted', pid })
    }
    for (const start of [Counter.start, Counter.startLink, Counter.startMonitor]) {
      await t.rejects(async () => await start(0, { name: 'counter' }), {
        code: 'BEAMISH_ALREADY_STARTED',
        outcome: { type: 'alreadyStarted', pid },
      })
    }
    t.equal(runtime.size, before)
    t.same(Process.info(self(), 'links'), [])
  }),
)

t.test('OTP-074 ignore leaves nothing, and is no failure', (t) =>
  withRuntime(async ({ runtime, reports }) => {
    trapExit(true)
    const before = runtime.size
    let terminated = false
    const Ignored = GenServer.define({
      init: () => ignore(),
      terminate: () => {
        terminated = true
      },
    })
    for (const start of [Ignored.tryStart, Ignored.tryStartLink, Ignored.tryStartMonitor]) {
      t.same(await start(undefined, { name: 'ignored' }), { type: 'ignored' })
      t.equal(whereis('ignored'), undefined)
    }
    await t.rejects(Ignored.startLink(), { code: 'BEAMISH_START_IGNORED' })
    t.equal(runtime.size, before)
    t.same(await arrived(), [])
    t.same(reports, [])
    t.equal(terminated, false)
  }),
)

t.test('OTP-075 stopInit exits with its reason, refuse ends in peace', (t) =>
  withRuntime(async ({ reports }) => {
    trapExit(true)
    const Stopped = GenServer.define({ init: () => stopInit('r') })
    const Refused = GenServer.define({ init: async () => refuse({ full: true }) })
    for (const start of [Stopped.tryStart, Stopped.tryStartLink])
      t.same(await start(), { type: 'refused', reason: 'r' })
    t.equal(reports.length, 2, 'a crash report for each')
    for (const start of [Refused.tryStart, Refused.tryStartLink]) {
      t.same(await start(), { type: 'refused', reason: { full: true } })
    }
    await t.rejects(Refused.start(), { code: 'BEAMISH_START_REFUSED', outcome: { reason: { full: true } } })
    t.equal(reports.length, 2, 'and none for these')
    t.same(await arrived(), [])
  }),
)

t.test('OTP-075 who links to a server that refuses sees it end normal', (t) =>
  withRuntime(async () => {
    const Refused = GenServer.define({ init: () => refuse('no') })
    const body: Body = async () => {
      await Refused.tryStartLink()
      exit('survived')
    }
    const { ref } = spawnMonitor(body)
    t.equal((await receive((m) => m.ref === ref)).reason, 'survived')
  }),
)

t.test('OTP-076 an init that returns nothing sensible is refused with what it returned', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const Forgot = GenServer.define({ init: () => undefined })
    const Handler = GenServer.define({ init: () => noReply(1) })
    for (const start of [Forgot.tryStart, Forgot.tryStartLink, Handler.tryStart, Handler.tryStartLink]) {
      const outcome = await start()
      t.ok(outcome.type === 'refused' && isBadReturnValue(outcome.reason))
    }
    t.same(await arrived(), [])
  }),
)

t.test('OTP-077 an init that throws or exits is refused with that, linked or not', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const error = new Error('broken')
    const inits = [
      () => {
        throw error
      },
      async () => {
        await null
        throw error
      },
    ]
    for (const init of inits) {
      const Throws = GenServer.define({ init })
      for (const start of [Throws.tryStart, Throws.tryStartLink]) {
        const outcome = await start()
        t.ok(outcome.type === 'refused' && isUncaughtError(outcome.reason) && outcome.reason.error === error)
      }
    }
    const Exits = GenServer.define({ init: () => exit('r') })
    for (const start of [Exits.tryStart, Exits.tryStartLink]) t.same(await start(), { type: 'refused', reason: 'r' })
    t.same(await arrived(), [])
  }),
)

t.test('OTP-078 a starter that does not trap ends with the reason of its linked child', (t) =>
  withRuntime(async () => {
    const Failing = GenServer.define({ init: () => stopInit('abnormal') })
    const seen: unknown[] = []
    const bodies: Body[] = [
      function* () {
        seen.push(yield* Failing.tryStartLink())
      },
      async () => {
        seen.push(await Failing.tryStartLink())
      },
    ]
    for (const body of bodies) {
      const { ref } = spawnMonitor(body)
      t.equal((await receive((m) => m.ref === ref)).reason, 'abnormal')
    }
    await settle()
    t.same(seen, [])
  }),
)

t.test('a start takes no unknown option and no bad one', (t) =>
  withRuntime(async ({ runtime }) => {
    const before = runtime.size
    // @ts-expect-error unknown option
    t.throws(() => Counter.start(0, { nmae: 'typo' }), { code: 'BEAMISH_BAD_ARGUMENT', message: /nmae/ })
    t.throws(() => Counter.start(0, { timeoutMs: -1 }), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no such policy
    const mailbox: { limit: number; onOverflow: 'exit' } = { limit: 1, onOverflow: 'panic' }
    t.throws(() => Counter.start(0, { mailbox }), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Counter.start(0, { mailbox: { limit: 0, onOverflow: 'exit' } }), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.equal(runtime.size, before)
  }),
)

t.test('define refuses what is no callback', async (t) => {
  // @ts-expect-error no init
  t.throws(() => GenServer.define({}), { code: 'BEAMISH_BAD_ARGUMENT', message: /init/ })
  // @ts-expect-error no such callback
  t.throws(() => GenServer.define({ init: () => 1, handleCalls: {} }), { code: 'BEAMISH_BAD_ARGUMENT' })
  // @ts-expect-error no function
  t.throws(() => GenServer.define({ init: () => 1, handleCall: { get: 1 } }), { code: 'BEAMISH_BAD_ARGUMENT' })
  // @ts-expect-error no function
  t.throws(() => GenServer.define({ init: () => 1, terminate: 'now' }), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('messages that arrive while init runs wait for it', (t) =>
  withRuntime(async () => {
    const Named = GenServer.define({
      init: () => {
        send(self(), 'from init')
        return [] as unknown[]
      },
      handleCall: { seen: (_: void, seen) => reply(seen) },
      handleInfo: (message, seen) => noReply([...seen, message]),
    })
    t.same(await Named.call(await Named.start(), 'seen'), ['from init'])
  }),
)
