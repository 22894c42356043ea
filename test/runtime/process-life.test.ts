import t from 'tap'
import {
  alias,
  exit,
  isExit,
  isNoCatch,
  isUncaughtError,
  link,
  monitor,
  type Pid,
  Process,
  receive,
  register,
  self,
  send,
  sleep,
  spawn,
  spawnLink,
  spawnMonitor,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

/** A body that only waits. */
/** The reason with which `pid` ends. */
async function endOf(pid: Pid): Promise<unknown> {
  const ref = monitor(pid)
  const down = await receive((m) => m.ref === ref)
  return down.reason
}

t.test('OTP-001 a linked child that returns sends its trapping parent one exit, normal', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const bodies = [function* () {}, async () => {}, () => {}]
    for (const body of bodies) {
      const child = spawnLink(body)
      const message = await receive((m) => isExit(m, child))
      t.equal(message.reason, 'normal')
      await settle()
      t.equal(await receive({ afterMs: 0 }), undefined, 'exactly once')
    }
  }),
)

t.test('OTP-002 an uncaught error is the reason, with its stack', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const broken = new TypeError('broken')
    const bodies = [
      function* () {
        throw broken
      },
      async () => {
        await null
        throw broken
      },
      () => {
        throw broken
      },
    ]
    for (const body of bodies) {
      const child = spawnLink(body)
      const { reason } = await receive((m) => isExit(m, child))
      t.ok(isUncaughtError(reason) && reason.error === broken && /process-life\.test/.test(reason.stack))
    }
  }),
)

t.test('OTP-003 a thrown value that is no error is the reason nocatch(value)', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const child = spawnLink(() => {
      throw 42
    })
    const { reason } = await receive((m) => isExit(m, child))
    t.ok(isNoCatch(reason) && reason.value === 42 && reason.stack !== '')
  }),
)

t.test('OTP-004 a linked child that fails on its first line delivers its real reason', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const child = spawnLink(() => exit('first line'))
    t.equal((await receive((m) => isExit(m, child))).reason, 'first line')
  }),
)

t.test('OTP-005 an exit signal from another process ends it with exactly that reason', (t) =>
  withRuntime(async () => {
    const reason = { why: 'because' }
    for (const body of [idle, async () => void (await receive())]) {
      const { pid, ref } = spawnMonitor(body)
      await settle()
      t.equal(exit(pid, reason), true)
      t.equal((await receive((m) => m.ref === ref)).reason, reason)
    }
  }),
)

t.test('OTP-006 an exit signal normal from another process does nothing', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    await settle()
    exit(pid, 'normal')
    await settle()
    t.equal(Process.isAlive(pid), true)
    t.equal(Process.info(pid, 'messageQueueLength'), 0)
  }),
)

t.test('OTP-007 a process that traps exits gets even normal as a message', (t) =>
  withRuntime(async () => {
    const parent = self()
    const pid = spawn(function* () {
      trapExit(true)
      for (;;) send(parent, yield* receive())
    })
    await settle()
    exit(pid, 'normal')
    const message = await receive()
    t.ok(isExit(message, parent))
    t.equal(message.reason, 'normal')
    t.equal(Process.isAlive(pid), true)
  }),
)

t.test('OTP-008 a process that traps exits gets its own exit signal as a message', (t) =>
  withRuntime(async () => {
    trapExit(true)
    exit(self(), 'me')
    const message = await receive()
    t.ok(isExit(message, self()))
    t.equal(message.reason, 'me')
    t.equal(Process.isAlive(self()), true)
  }),
)

t.test('OTP-009 exit(self(), reason) ends a process that does not trap, also with normal', (t) =>
  withRuntime(async () => {
    for (const reason of ['mine', 'normal']) {
      let wentOn = false
      const parked = spawnMonitor(function* () {
        exit(self(), reason)
        yield* receive()
        wentOn = true
      })
      t.equal((await receive((m) => m.ref === parked.ref)).reason, reason)
      const awaited = spawnMonitor(async () => {
        await sleep(0)
        exit(self(), reason)
        await receive()
        wentOn = true
      })
      t.equal((await receive((m) => m.ref === awaited.ref)).reason, reason)
      await settle()
      t.equal(wentOn, false)
    }
  }),
)

t.test('OTP-010 exit(reason) can be caught in the same process', (t) =>
  withRuntime(async () => {
    const parent = self()
    const { pid, ref } = spawnMonitor(function* () {
      try {
        exit('caught')
      } catch (error) {
        send(parent, error)
      }
      yield* sleep(0)
      exit('later')
    })
    const caught = await receive((m) => m instanceof Error)
    t.match(caught, { name: 'ExitError', code: 'BEAMISH_EXIT', reason: 'caught' })
    t.match(await receive((m) => m.ref === ref), { object: pid, reason: 'later' })
  }),
)

t.test('OTP-011 a kill travels as killed', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const reasons = new Map<Pid, unknown>()
    const last = spawn(idle)
    const middle = spawn(function* () {
      link(last)
      yield* sleep('infinity')
    })
    const first = spawnLink(function* () {
      link(middle)
      yield* sleep('infinity')
    })
    for (const pid of [first, middle, last]) monitor(pid)
    await settle()
    exit(last, 'kill')
    for (let i = 0; i < 3; i++) {
      const down = await receive((m) => m.type === 'down')
      reasons.set(down.object, down.reason)
    }
    t.same([reasons.get(first), reasons.get(middle), reasons.get(last)], ['killed', 'killed', 'killed'])
    const message = await receive()
    t.ok(isExit(message, first))
    t.equal(message.reason, 'killed')
  }),
)

t.test('OTP-012 kill as a plain reason can be trapped and stays kill', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const fails = spawn(function* () {
      yield* receive()
      exit('kill')
    })
    const neighbour = spawn(function* () {
      link(fails)
      yield* sleep('infinity')
    })
    link(fails)
    const ref = monitor(neighbour)
    await settle()
    send(fails, 'go')
    t.equal((await receive((m) => isExit(m, fails))).reason, 'kill')
    t.equal((await receive((m) => m.ref === ref)).reason, 'kill')
  }),
)

t.test('OTP-013 an exit signal is seen by the next look of its sender', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    exit(pid, 'boom')
    t.equal(Process.isAlive(pid), false)
    t.equal(Process.info(pid), undefined)
    t.equal(exit(pid, 'again'), true)
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('OTP-022 a message sent right after spawn is received', (t) =>
  withRuntime(async () => {
    const parent = self()
    for (const body of [
      function* () {
        send(parent, yield* receive())
      },
      async () => send(parent, await receive()),
    ]) {
      send(spawn(body), 'early')
      t.equal(await receive(), 'early')
    }
  }),
)

t.test('what a process owned is free before anybody learns of its end', (t) =>
  withRuntime(async () => {
    const parent = self()
    const { pid, ref } = spawnMonitor(function* () {
      register(self(), 'taken')
      send(parent, alias())
      yield* receive()
    })
    const address = await receive()
    send(pid, 'end')
    await receive((m) => m.ref === ref)
    t.equal(whereis('taken'), undefined)
    t.equal(register(self(), 'taken'), true)
    t.equal(address.receiver, undefined, 'its alias leads nowhere')
  }),
)

t.test('a process that is linked and monitors sees the exit before the down', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const pid = spawnLink(idle)
    monitor(pid)
    exit(pid, 'bye')
    t.ok(isExit(await receive(), pid))
    t.match(await receive(), { type: 'down', reason: 'bye' })
  }),
)

t.test('the first of two fatal signals is the reason', (t) =>
  withRuntime(async () => {
    const { pid, ref } = spawnMonitor(function* () {
      exit(self(), 'first')
      exit(self(), 'second')
      exit('third')
    })
    t.match(await receive((m) => m.ref === ref), { object: pid, reason: 'first' })
  }),
)

t.test('a long chain of links ends without a deep stack', (t) =>
  withRuntime(async () => {
    let previous = spawn(idle)
    const first = previous
    for (let i = 0; i < 20_000; i++) {
      const peer = previous
      previous = spawn(function* () {
        link(peer)
        yield* sleep('infinity')
      })
      if (i % 100 === 0) await settle()
    }
    const last = previous
    await settle()
    exit(first, 'fall')
    t.equal(Process.isAlive(last), false)
    t.equal(await endOf(last), 'noproc')
  }),
)

t.test('an exit signal runs no code of its victim: no catch, no finally', (t) =>
  withRuntime(async () => {
    const ran: string[] = []
    const parked = spawn(function* () {
      try {
        yield* receive()
      } catch {
        ran.push('catch')
      } finally {
        ran.push('finally')
      }
    })
    const awaited = spawn(async () => {
      try {
        await receive()
      } catch {
        ran.push('catch')
      } finally {
        ran.push('finally')
      }
    })
    await settle()
    exit(parked, 'die')
    exit(awaited, 'die')
    await settle()
    t.same(ran, [])
  }),
)

t.test('self().signal fires when the process ends, with its reason', (t) =>
  withRuntime(async () => {
    const parent = self()
    const pid = spawn(function* () {
      const { signal } = self()
      signal.addEventListener('abort', () => send(parent, { aborted: signal.reason, by: self() }))
      yield* receive()
    })
    await settle()
    t.equal(pid.signal.aborted, false)
    exit(pid, 'shutdown')
    const told = await receive()
    t.equal(told.aborted, 'shutdown')
    t.not(told.by, pid, 'the listener does not act for the dead')
    t.equal(pid.signal.aborted, true)
  }),
)
