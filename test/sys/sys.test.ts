import t from 'tap'
import { GenServer, isExitError, noReply, Process, reply, Sys, self, send, spawn, trapExit } from '../../src/index.ts'
import { formatSystemEvent } from '../../src/sys/format-event.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

interface CounterState {
  readonly count: number
}

const Counter = GenServer.define({
  module: 'Counter',
  init: (count: number) => ({ count }),
  handleCall: {
    add: (by: number, state) => reply(state.count + by, { count: state.count + by }),
    get: (_: undefined, state) => reply(state.count),
  },
  handleCast: { set: (count: number) => noReply({ count }) },
  handleInfo: (_message: unknown, state) => noReply(state),
})

async function exitReason(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return isExitError(error) ? error.reason : error
  }
  return 'it did not fail'
}

t.test('OTP-216 a suspended server answers nobody until it is resumed', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Counter.startLink(1, { name: 'hits' })
    t.equal((await Sys.getStatus(pid)).status, 'running')
    t.equal(await Sys.suspend('hits'), 'ok')
    t.equal(await Sys.suspend(pid), 'ok', 'a second time')
    t.equal((await Sys.getStatus(pid)).status, 'suspended')
    const call = exitReason(Counter.call(pid, 'get', undefined, { timeoutMs: 50 }))
    await clock.advance(50)
    t.match(await call, { type: 'callFailed', reason: 'timeout' })
    Counter.cast(pid, 'set', 7)
    t.same(await Sys.getState(pid), { count: 1 }, 'what came meanwhile waits')
    t.equal(await Sys.resume(pid), 'ok')
    t.equal(await Sys.resume(pid), 'ok', 'a second time')
    t.equal((await Sys.getStatus(pid)).status, 'running')
    t.equal(await Counter.call(pid, 'get'), 7, 'what waited was handled, in order')
    t.equal(Process.info(self(), 'messageQueueLength'), 0, 'the late answer went nowhere')
  }),
)

t.test('a suspended server that traps exits still obeys its parent', (t) =>
  withRuntime(async ({ runtime }) => {
    const ends: unknown[] = []
    const Trapping = GenServer.define({
      init: () => trapExit(true),
      terminate: (reason) => ends.push(reason),
    })
    const parent = spawn(async () => {
      const pid = await Trapping.startLink(undefined, { name: 'trapping' })
      await Sys.suspend(pid)
      send('trapping', 'a message that waits')
    })
    await settle()
    t.notOk(Process.isAlive(parent))
    t.same(ends, ['normal'])
    t.equal(runtime.names.get('trapping'), undefined)
  }),
)

t.test('OTP-217 the state of a server can be read and replaced', (t) =>
  withRuntime(async () => {
    const pid = await Counter.startLink(1)
    t.same(await Sys.getState<CounterState>(pid), { count: 1 })
    t.same(await Sys.replaceState<CounterState>(pid, ({ count }) => ({ count: count + 10 })), { count: 11 })
    t.same(await Sys.getState(pid), { count: 11 })
    const failing = () => {
      throw new Error('no')
    }
    await t.rejects(Sys.replaceState(pid, failing), { code: 'BEAMISH_CALLBACK_FAILED', cause: { message: 'no' } })
    t.same(await Sys.getState(pid), { count: 11 }, 'it keeps its state')
    t.match(await exitReason(Sys.getState('nobody')), {
      type: 'callFailed',
      reason: 'noproc',
      call: { module: 'Sys', function: 'getState', args: ['nobody', 5000] },
    })
    await GenServer.stop(pid)
    t.match(await exitReason(Sys.replaceState(pid, (state) => state)), { reason: 'noproc' })
  }),
)

t.test('a server that is no behaviour does not understand', (t) =>
  withRuntime(async ({ clock }) => {
    const plain = spawn(() => new Promise(() => {}))
    const asked = exitReason(Sys.getState(plain, { timeoutMs: 10 }))
    await clock.advance(10)
    t.match(await asked, { reason: 'timeout', call: { args: [plain, 10] } })
    t.match(await exitReason(Sys.getState(self())), { reason: 'callingSelf' })
  }),
)

t.test('OTP-218 statistics count messages, a log keeps the last events', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Counter.startLink(0)
    t.equal(await Sys.statistics(pid, 'get'), 'noStatistics')
    await Sys.statistics(pid, 'on')
    await clock.advance(30)
    await Counter.call(pid, 'add', 1)
    await Counter.call(pid, 'add', 1)
    Counter.cast(pid, 'set', 5)
    const counts = await Sys.statistics(pid, 'get')
    if (counts === 'noStatistics') throw new Error('statistics are on')
    t.match(counts, { messagesIn: 3, messagesOut: 2 })
    t.equal(counts.currentTimeMs - counts.startTimeMs, 30)
    t.ok(counts.reductions >= 3)
    await Sys.statistics(pid, 'off')
    t.equal(await Sys.statistics(pid, 'get'), 'noStatistics')

    await Sys.log(pid, 'on', { length: 2 })
    await Counter.call(pid, 'add', 1)
    Counter.cast(pid, 'set', 9)
    const events = await Sys.log(pid, 'get')
    t.match(events, [
      { type: 'in', message: { type: 'cast', name: 'set', payload: 9 } },
      { type: 'noreply', state: { count: 9 } },
    ])
    t.equal(events.length, 2)
    await Sys.log(pid, 'off')
    t.same(await Sys.log(pid, 'get'), [])
    t.same((await Sys.getStatus(pid)).debug, [], 'the server pays for nothing any more')
  }),
)

t.test('a log keeps ten events unless told otherwise', (t) =>
  withRuntime(async () => {
    const pid = await Counter.startLink(0)
    await Sys.log(pid, 'on')
    for (let i = 0; i < 20; i++) Counter.cast(pid, 'set', i)
    const events = await Sys.log(pid, 'get')
    t.equal(events.length, 10)
    t.match(events.at(-1), { type: 'noreply', state: { count: 19 } })
  }),
)

t.test('OTP-219 an installed function sees each event once for each of its ids', (t) =>
  withRuntime(async () => {
    const pid = await Counter.startLink(0)
    const seen: string[] = []
    const spy = (state: unknown, event: { type: string }) => {
      seen.push(`${state}:${event.type}`)
      return state
    }
    await Sys.install(pid, spy, 'a')
    await Sys.install(pid, spy, 'ignored: it is installed')
    await Sys.install(pid, spy, 'b', { id: 'second' })
    await Sys.install(pid, spy, 'c', { id: 'third' })
    await Counter.call(pid, 'add', 1)
    t.same(seen, ['a:in', 'b:in', 'c:in', 'a:out', 'b:out', 'c:out'])
    seen.length = 0
    await Sys.remove(pid, spy)
    await Sys.remove(pid, 'second')
    await Counter.call(pid, 'add', 1)
    t.same(seen, ['c:in', 'c:out'])
    seen.length = 0
    await Sys.noDebug(pid)
    await Counter.call(pid, 'add', 1)
    t.same(seen, [])
  }),
)

t.test('an installed function is given its own state, may end itself, and harms nobody when it throws', (t) =>
  withRuntime(async () => {
    const pid = await Counter.startLink(0)
    const states: unknown[] = []
    await Sys.install(
      pid,
      (count, _event, state) => {
        states.push([count, state])
        return (count as number) === 2 ? 'done' : (count as number) + 1
      },
      1,
    )
    await Sys.install(pid, () => {
      throw new Error('a broken spy')
    })
    t.equal(await Counter.call(pid, 'add', 1), 1)
    t.equal(await Counter.call(pid, 'add', 1), 2)
    t.same(states, [
      [1, { count: 0 }],
      [2, { count: 1 }],
    ])
    t.same((await Sys.getStatus(pid)).debug, [])
  }),
)

t.test('the status of a server is what formatStatus shows', (t) =>
  withRuntime(async () => {
    const Safe = GenServer.define({
      module: 'Safe',
      init: (secret: string) => ({ secret }),
      formatStatus: (status) => ({ state: { secret: '***' }, log: status.log.map(() => 'an event') }),
    })
    const parent = self()
    const pid = await Safe.startLink('xyzzy', { name: 'safe' })
    await Sys.log(pid, 'on')
    send(pid, 'hello')
    const status = await Sys.getStatus('safe')
    t.match(status, {
      pid,
      name: 'safe',
      behaviour: 'GenServer',
      module: 'Safe',
      parent,
      state: { secret: '***' },
      debug: ['log'],
    })
    t.same(status.log, ['an event'])
    t.notMatch(JSON.stringify(status), /xyzzy/)
    t.same(await Sys.getState(pid), { secret: 'xyzzy' }, 'whoever asks for the state gets it')
  }),
)

t.test('terminate ends a server in order, and has answered by then', (t) =>
  withRuntime(async ({ reports }) => {
    const ends: unknown[] = []
    const Slow = GenServer.define({ init: () => null, terminate: (reason) => ends.push(reason) })
    const pid = await Slow.start()
    t.equal(await Sys.terminate(pid, { type: 'shutdown', detail: 'maintenance' }), 'ok')
    await settle()
    t.same(ends, [{ type: 'shutdown', detail: 'maintenance' }])
    t.notOk(Process.isAlive(pid))
    t.same(reports, [])
  }),
)

t.test('LS-08 the bound of a mailbox holds while its server is suspended', (t) =>
  withRuntime(async ({ reports }) => {
    const pid = await Counter.startLink(0, { mailbox: { limit: 3, onOverflow: 'dropNewest' } })
    await Sys.suspend(pid)
    for (let i = 1; i <= 10; i++) Counter.cast(pid, 'set', i)
    t.equal(Process.info(pid, 'messageQueueLength'), 3)
    t.equal((await Sys.getStatus(pid)).status, 'suspended', 'a full mailbox keeps no system message out')
    await Sys.resume(pid)
    await settle()
    t.equal(await Counter.call(pid, 'get'), 3)
    t.match(reports[0], { type: 'mailboxOverflow', pid })
  }),
)

t.test('a trace goes to a function, and its lines read like those of OTP', (t) =>
  withRuntime(async () => {
    const pid = await Counter.startLink(0, { name: 'traced' })
    const lines: string[] = []
    await Sys.trace(pid, (event) => lines.push(formatSystemEvent('traced', event)))
    await Counter.call(pid, 'add', 2)
    Counter.cast(pid, 'set', 9)
    send(pid, { type: 'tick' })
    await Sys.trace(pid, 'off')
    await Counter.call(pid, 'get')
    t.same(lines, [
      `*DBG* traced got call add 2 from ${self()}`,
      `*DBG* traced sent 2 to ${self()}, new state { count: 2 }`,
      '*DBG* traced got cast set 9',
      '*DBG* traced new state { count: 9 }',
      "*DBG* traced got { type: 'tick' }",
      '*DBG* traced new state { count: 9 }',
    ])
  }),
)

t.test('mistakes are refused at the door', (t) =>
  withRuntime(async () => {
    const pid = await Counter.startLink(0)
    const wrong: (() => unknown)[] = [
      () => Sys.statistics(pid, 'yes' as 'on'),
      () => Sys.log(pid, 'on', { length: 0 }),
      () => Sys.trace(pid, 'loud' as 'on'),
      () => Sys.install(pid, 'spy' as never),
      () => Sys.replaceState(pid, 5 as never),
      () => Sys.getState(pid, { timeoutMs: -1 }),
    ]
    for (const mistake of wrong) t.throws(mistake, { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)
