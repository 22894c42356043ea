import t from 'tap'
import {
  cancelTimer,
  exit,
  makeRef,
  monotonicTime,
  type Pid,
  Process,
  readTimer,
  receive,
  register,
  self,
  send,
  sendAfter,
  sendInterval,
  spawn,
  startTimer,
  systemClock,
  unregister,
  type ViaModule,
  via,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

async function arrived(): Promise<unknown[]> {
  const messages: unknown[] = []
  for (let message = await receive({ afterMs: 0 }); message !== undefined; message = await receive({ afterMs: 0 })) {
    messages.push(message)
  }
  return messages
}

t.test('OTP-055 sendAfter delivers when the time is up, not before', (t) =>
  withRuntime(async ({ clock }) => {
    sendAfter(self(), 'm', 10)
    await clock.advance(9)
    t.same(await arrived(), [])
    await clock.advance(1)
    t.same(await arrived(), ['m'])
  }),
)

t.test('OTP-055 the clock of the machine is not early either', (t) =>
  withRuntime(
    async () => {
      for (const afterMs of [1, 3, 10]) {
        const before = performance.now()
        sendAfter(self(), 'm', afterMs)
        t.equal(await receive(), 'm')
        t.ok(performance.now() - before >= afterMs)
      }
    },
    { clock: systemClock },
  ),
)

t.test('OTP-056 an absolute time, and the message of startTimer', (t) =>
  withRuntime(async ({ clock }) => {
    await clock.advance(5)
    const due = monotonicTime() + 20
    sendAfter(self(), 'absolute', due, { abs: true })
    sendAfter(self(), 'past', 1, { abs: true })
    const ref = startTimer(self(), 'm', 30)
    await clock.advance(19)
    t.same(await arrived(), ['past'])
    await clock.advance(1)
    t.same(await arrived(), ['absolute'])
    await clock.advance(10)
    t.same(await arrived(), [{ type: 'timeout', ref, message: 'm' }])
  }),
)

t.test('OTP-057 a running timer can be read and cancelled', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const ref = sendAfter(self(), 'm', 100)
    await clock.advance(40)
    t.equal(readTimer(ref), 60)
    t.equal(cancelTimer(ref), 60)
    t.equal(readTimer(ref), false)
    t.equal(cancelTimer(ref), false)
    await clock.advance(100)
    t.same(await arrived(), [])
    t.equal(runtime.timers.size, 0)
    {
      using _scoped = sendAfter(self(), 'never', 1)
    }
    await clock.advance(1)
    t.same(await arrived(), [])
  }),
)

t.test('OTP-058 a fired timer, a reference of something else, and no reference', (t) =>
  withRuntime(async ({ clock }) => {
    const ref = sendAfter(self(), 'm', 1)
    await clock.advance(1)
    t.equal(readTimer(ref), false)
    t.equal(cancelTimer(ref), false)
    t.same(await arrived(), ['m'], 'false may mean that the message is there already')
    t.equal(readTimer(makeRef()), false)
    t.equal(cancelTimer(makeRef()), false)
    // @ts-expect-error no reference
    t.throws(() => readTimer(17), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no reference
    t.throws(() => cancelTimer('ref'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('OTP-059 an asynchronous cancel answers with a message, unless told not to', (t) =>
  withRuntime(async ({ clock }) => {
    const ref = sendAfter(self(), 'm', 100)
    await clock.advance(25)
    t.equal(cancelTimer(ref, { async: true }), true)
    t.same(await arrived(), [{ type: 'cancelTimer', ref, result: 75 }])
    t.equal(cancelTimer(ref, { async: true }), true)
    t.same(await arrived(), [{ type: 'cancelTimer', ref, result: false }])
    const quiet = sendAfter(self(), 'm', 100)
    t.equal(cancelTimer(quiet, { async: true, info: false }), true)
    t.equal(cancelTimer(quiet, { info: false }), true)
    await clock.advance(100)
    t.same(await arrived(), [])
  }),
)

t.test('OTP-060 a timer aimed at a pid ends with it', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const pid = spawn(idle)
    const refs = [sendAfter(pid, 'm', 10), startTimer(pid, 'm', 10), sendInterval(pid, 'm', 10)]
    exit(pid, 'kill')
    t.same(refs.map(readTimer), [false, false, false])
    t.equal(runtime.timers.size, 0)
    t.equal(readTimer(sendAfter(pid, 'm', 10)), false)
    await clock.advance(20)
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-061 a name is resolved when the timer fires', (t) =>
  withRuntime(async ({ clock }) => {
    sendAfter('later', 'm1', 10)
    await clock.advance(5)
    register(self(), 'later')
    await clock.advance(5)
    t.same(await arrived(), ['m1'])
    sendAfter('later', 'm2', 10)
    unregister('later')
    await clock.advance(10)
    t.same(await arrived(), [], 'nobody has it: dropped')
    t.equal(Process.isAlive(self()), true)
  }),
)

t.test('OTP-061 a via name is resolved when the timer fires, and its module may fail', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    let asked: Pid | undefined
    const book: ViaModule<string> = {
      registerName: () => 'yes',
      unregisterName: () => {},
      whereisName: (term) => {
        asked = self()
        if (term === 'broken') throw new Error('broken')
        return target
      },
      send: () => {},
    }
    const target = self()
    sendAfter(via(book, 'broken'), 'lost', 5)
    sendAfter(via(book, 'here'), 'm', 5)
    await clock.advance(5)
    t.same(await arrived(), ['m'])
    t.equal(asked, runtime.main.pid, 'the module runs in this runtime, not in whoever set the alarm')
  }),
)

t.test('OTP-062 a timer of 0 comes after what is sent now', (t) =>
  withRuntime(async ({ clock }) => {
    sendAfter(self(), 't', 0)
    send(self(), 'm')
    await clock.advance(0)
    t.same(await arrived(), ['m', 't'])
  }),
)

t.test('OTP-063 timers that are due together fire in the order of their start', (t) =>
  withRuntime(async ({ clock }) => {
    const sent = Array.from({ length: 100 }, (_, i) => i)
    for (const i of sent) sendAfter(self(), i, 10)
    await clock.advance(10)
    t.same(await arrived(), sent)
  }),
)

t.test('OTP-064 a very long delay neither fires at once nor fails', async (t) => {
  await withRuntime(async ({ clock }) => {
    sendAfter(self(), 'm', 2 ** 31 + 10)
    await clock.advance(2 ** 31)
    t.same(await arrived(), [])
    await clock.advance(10)
    t.same(await arrived(), ['m'])
  })
  await withRuntime(
    async () => {
      const ref = sendAfter(self(), 'm', 2 ** 40)
      await new Promise((resolve) => setTimeout(resolve, 5))
      t.same(await arrived(), [])
      t.ok((readTimer(ref) as number) > 2 ** 39)
    },
    { clock: systemClock },
  )
})

t.test('an illegal delay or destination is refused', (t) =>
  withRuntime(async ({ runtime }) => {
    for (const afterMs of [-1, Number.NaN, Number.NEGATIVE_INFINITY]) {
      t.throws(() => sendAfter(self(), 'm', afterMs), { code: 'BEAMISH_BAD_ARGUMENT' })
    }
    t.throws(() => sendInterval(self(), 'm', 0), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no delay
    t.throws(() => startTimer(self(), 'm', '10'), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no destination
    t.throws(() => sendAfter(17, 'm', 10), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no destination
    t.throws(() => sendInterval({}, 'm', 10), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('the end of its creator does not stop a timer aimed at somebody else', (t) =>
  withRuntime(async ({ clock }) => {
    const target = self()
    spawn(() => sendAfter(target, 'm', 10))
    await clock.advance(10)
    t.same(await arrived(), ['m'])
  }),
)

t.test('LS-09 an interval that is cancelled from its own message is gone', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const parent = self()
    const pid = spawn(function* () {
      const ref = sendInterval(self(), 'tick', 10)
      for (let ticks = 1; ; ticks++) {
        yield* receive()
        send(parent, ticks)
        if (ticks === 3) cancelTimer(ref)
      }
    })
    await clock.advance(100)
    t.same(await arrived(), [1, 2, 3])
    t.equal(runtime.timers.size, 0)
    t.equal(Process.info(pid, 'messageQueueLength'), 0)
    const ref = sendInterval(self(), 'tick', 10)
    await clock.advance(10)
    t.equal(cancelTimer(ref), 10)
    t.equal(cancelTimer(ref), false)
    t.equal(runtime.timers.size, 0)
    await settle()
  }),
)

t.test('ticks that were missed do not pile up', (t) =>
  withRuntime(async ({ clock }) => {
    using _ticker = sendInterval(self(), 'tick', 10)
    await clock.advance(35)
    t.same(await arrived(), ['tick', 'tick', 'tick'])
  }),
)
