import t from 'tap'
import {
  exit,
  GenServer,
  isDown,
  isExit,
  link,
  monitor,
  noReply,
  ok,
  type Pid,
  Process,
  receive,
  register,
  reply,
  self,
  send,
  shutdown,
  sleep,
  spawn,
  spawnMonitor,
  stop,
  stopInit,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Plain = GenServer.define({
  module: 'Plain',
  init: () => ({ since: 0 }),
  handleCall: {
    crash: () => {
      throw new Error('crashed')
    },
  },
  handleInfo: (reason) => stop(reason),
})

/** A server whose `init` takes that long. */
const Slow = GenServer.define({
  module: 'Slow',
  init: async (forMs: number) => {
    await sleep(forMs)
    return { forMs }
  },
})

/** Whatever has arrived by now. */
async function arrived(): Promise<unknown[]> {
  await settle()
  const messages: unknown[] = []
  for (let message = await receive({ afterMs: 0 }); message !== undefined; message = await receive({ afterMs: 0 })) {
    messages.push(message)
  }
  return messages
}

t.test('OTP-065 a start returns when init is done, and not before', (t) =>
  withRuntime(async ({ clock }) => {
    const parent = self()
    const starter = spawn(function* () {
      send(parent, yield* Slow.start(50))
      send(parent, yield* Slow.startLink(50))
      yield* receive()
    })
    await clock.advance(49)
    t.same(await arrived(), [])
    t.equal(Process.info(starter, 'status'), 'waiting')
    await clock.advance(1)
    t.equal((await arrived()).length, 1)
    await clock.advance(50)
    t.equal((await arrived()).length, 1)
  }),
)

t.test('OTP-066 an init that takes too long is killed, and nothing is left of it', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    trapExit(true)
    const before = runtime.size
    for (const start of [Slow.tryStart, Slow.tryStartLink, Slow.tryStartMonitor]) {
      const starting = start(5000, { timeoutMs: 100, name: 'slow' })
      await clock.advance(99)
      const child = whereis('slow') as Pid
      t.equal(Process.isAlive(child), true)
      await clock.advance(1)
      t.same(await starting, { type: 'refused', reason: 'timeout' })
      t.equal(Process.isAlive(child), false)
      t.equal(whereis('slow'), undefined)
      t.same(await arrived(), [])
    }
    t.equal(runtime.size, before)
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-066 a starter that does not trap survives the timeout of a linked child', (t) =>
  withRuntime(async ({ clock }) => {
    const starting = Slow.tryStartLink(5000, { timeoutMs: 100 })
    await clock.advance(100)
    t.same(await starting, { type: 'refused', reason: 'timeout' })
    t.same(Process.info(self(), 'links'), [])
  }),
)

t.test('OTP-067 startMonitor gives pid and reference, and later the down', (t) =>
  withRuntime(async () => {
    const { pid, ref } = await Plain.startMonitor()
    t.same(Process.info(self(), 'links'), [])
    await Plain.stop(pid)
    t.match(await arrived(), [{ type: 'down', ref, object: pid, reason: 'normal' }])
    const outcome = await Plain.tryStartMonitor()
    t.match(outcome, { type: 'started' })
  }),
)

t.test('OTP-068 stop returns when the server is dead, and exits when it ends otherwise', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Plain.start(undefined, { name: 'plain' })
    t.equal(await Plain.stop('plain'), 'ok')
    t.equal(Process.isAlive(pid), false)
    t.equal(whereis('plain'), undefined)
    await t.rejects(Plain.stop(pid), { code: 'BEAMISH_NOPROC', reason: { reason: 'noproc' } })
    const detail = shutdown('tidy')
    t.equal(await Plain.stop(await Plain.start(), detail), 'ok')

    const Stubborn = GenServer.define({ init: () => null, terminate: () => exit('no') })
    const call = { module: 'GenServer', function: 'stop', args: [await Stubborn.start(), 'please', 'infinity'] }
    const stopped = Stubborn.stop(call.args[0] as Pid, 'please')
    await t.rejects(stopped, { code: 'BEAMISH_EXIT', reason: { reason: 'no', call } })

    const living = await Plain.start()
    t.throws(() => Plain.stop(living, 'normal', -1), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.equal(Process.isAlive(living), true)
    const Busy = GenServer.define({ init: () => null, handleInfo: () => sleep(1000).then(() => noReply()) })
    const busy = await Busy.start()
    send(busy, 'work')
    const late = t.rejects(Busy.stop(busy, 'normal', 10), { code: 'BEAMISH_TIMEOUT' })
    await clock.advance(10)
    await late
    t.equal(Process.isAlive(busy), true)
    await clock.advance(1000)
    t.equal(Process.isAlive(busy), false, 'the order was queued: it stops later')
  }),
)

t.test('OTP-068 nobody stops himself', (t) =>
  withRuntime(async () => {
    const Suicidal = GenServer.define({
      init: () => null,
      handleCall: {
        stop: async () => {
          try {
            await GenServer.stop(self())
          } catch (error) {
            return reply(error)
          }
          return reply('stopped')
        },
      },
    })
    t.match(await Suicidal.call(await Suicidal.start(), 'stop'), { code: 'BEAMISH_CALLING_SELF' })
  }),
)

t.test('OTP-069 a started process knows who started it, and what it runs', (t) =>
  withRuntime(async () => {
    const starter = self()
    const Outer = GenServer.define({
      module: 'Outer',
      init: async () => ok(await Plain.startLink()),
      handleCall: { inner: (_: void, pid) => reply(pid) },
    })
    const outer = await Outer.start()
    const inner = await Outer.call(outer, 'inner')
    t.same(Process.info(outer, 'ancestors'), [starter])
    t.same(Process.info(inner, 'ancestors'), [outer, starter])
    t.equal(Process.info(inner, 'initialCall'), 'GenServer Plain')
    register(starter, 'starter')
    t.same(Process.info(await Plain.start(), 'ancestors'), ['starter'], 'by name, if it has one')
    t.same(
      Process.info(
        spawn(function* () {
          yield* sleep(1)
        }),
        'ancestors',
      ),
      [],
      'a plain process has none',
    )
  }),
)

t.test('OTP-070 a crash is reported once, with all that helps', (t) =>
  withRuntime(async ({ reports }) => {
    const starter = self()
    const pid = await Plain.start(undefined, { name: 'plain', label: { room: 7 } })
    const { pid: friend } = spawnMonitor(function* () {
      link(pid)
      yield* sleep('infinity')
    })
    await settle()
    const called = t.rejects(Plain.call(pid, 'crash'), { code: 'BEAMISH_EXIT' })
    send(pid, 'unread')
    await called
    const crashes = reports.filter((report) => report.type === 'crash')
    t.equal(crashes.length, 1)
    t.match(crashes[0], {
      level: 'error',
      initialCall: 'GenServer Plain',
      pid,
      name: 'plain',
      label: { room: 7 },
      reason: { type: 'error', error: { message: 'crashed' }, stack: /start\.test/ },
      ancestors: [starter],
      messageQueueLength: 1,
      messages: ['unread'],
      links: [friend],
      trapsExits: false,
      neighbours: [{ pid: friend }],
    })
  }),
)

t.test('OTP-071 an expected end is not reported', (t) =>
  withRuntime(async ({ reports }) => {
    for (const reason of ['normal', 'shutdown', shutdown('why')]) {
      const { pid, ref } = await Plain.startMonitor()
      send(pid, reason)
      t.same((await receive((m) => isDown(m, ref))).reason, reason)
      const stopped = await Plain.start()
      await Plain.stop(stopped, reason)
    }
    t.same(reports, [])
    const { pid, ref } = await Plain.startMonitor()
    send(pid, 'abnormal')
    await receive((m) => isDown(m, ref))
    t.same(
      reports.map((report) => report.type),
      ['serverTerminate', 'crash'],
    )
  }),
)

t.test('LS-01 an init that throws leaves no zombie, and everybody is told', (t) =>
  withRuntime(async ({ runtime, reports }) => {
    trapExit(true)
    let child: Pid | undefined
    const Broken = GenServer.define({
      init: () => {
        child = self()
        throw new Error('broken')
      },
    })
    const before = runtime.size
    const outcome = await Broken.tryStartLink(undefined, { name: 'broken' })
    t.match(outcome, { type: 'refused', reason: { type: 'error', error: { message: 'broken' } } })
    t.equal(Process.isAlive(child as Pid), false)
    t.equal(runtime.size, before)
    t.equal(whereis('broken'), undefined)
    t.same(await arrived(), [], 'its exit was consumed: the outcome says it')
    t.equal(reports.filter((report) => report.type === 'crash').length, 1)
    await t.rejects(Broken.start(), {
      code: 'BEAMISH_START_REFUSED',
      cause: { message: 'broken' },
      outcome: { type: 'refused' },
    })
  }),
)

t.test('a watcher of a child that dies in init is told too', (t) =>
  withRuntime(async ({ clock }) => {
    const starting = Slow.tryStart(100, { name: 'slow' })
    await settle()
    const ref = monitor('slow')
    exit(whereis('slow') as Pid, 'kill')
    t.match(await starting, { type: 'refused', reason: 'killed' })
    t.match(await arrived(), [{ type: 'down', ref, reason: 'killed' }])
    await clock.advance(100)
  }),
)

t.test('a starter that is ended while it waits is not resumed, and a linked child dies with it', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const before = runtime.size
    let wentOn = false
    const starters = [
      spawn(function* () {
        yield* Slow.startLink(100)
        wentOn = true
      }),
      spawn(async () => {
        await Slow.startLink(100)
        wentOn = true
      }),
    ]
    await settle()
    for (const starter of starters) exit(starter, 'bored')
    await clock.advance(200)
    t.equal(wentOn, false)
    t.equal(runtime.size, before)
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('a starter that dies of its child is not resumed either', (t) =>
  withRuntime(async () => {
    let wentOn = false
    const Failing = GenServer.define({ init: () => stopInit('abnormal') })
    const { ref } = spawnMonitor(async () => {
      try {
        await Failing.tryStartLink()
      } finally {
        wentOn = true
      }
    })
    t.equal((await receive((m) => isDown(m, ref))).reason, 'abnormal')
    await settle()
    t.equal(wentOn, false)
  }),
)

t.test('LS-14 a tiny mailbox that fills before init is done blocks nobody', (t) =>
  withRuntime(async ({ clock }) => {
    const Tiny = GenServer.define({
      init: async () => {
        await sleep(10)
        return [] as unknown[]
      },
      handleCall: { seen: (_: void, seen) => reply(seen) },
      handleInfo: (message, seen) => noReply([...seen, message]),
    })
    for (const onOverflow of ['dropNewest', 'dropOldest'] as const) {
      const starting = Tiny.start(undefined, { name: 'tiny', mailbox: { limit: 1, onOverflow } })
      await settle()
      for (const message of [1, 2, 3]) send('tiny', message)
      await clock.advance(10)
      const pid = await starting
      await settle()
      t.same(await Tiny.call(pid, 'seen'), [onOverflow === 'dropNewest' ? 1 : 3])
      await Tiny.stop(pid)
    }
    t.notOk(isExit(await receive({ afterMs: 0 })))
  }),
)
