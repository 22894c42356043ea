import t from 'tap'
import {
  alias,
  BadArgumentError,
  exit,
  GenServer,
  isDown,
  monitor,
  type Pid,
  Process,
  receive,
  register,
  reply,
  self,
  send,
  sleep,
  spawn,
  spawnMonitor,
  wait,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

t.test('OTP-021 sleep waits as long as it says, also beyond 32 bits', (t) =>
  withRuntime(async ({ clock }) => {
    t.equal(await sleep(0), undefined)
    const awake: string[] = []
    spawn(function* () {
      yield* sleep(0)
      awake.push('generator 0')
      yield* sleep(2 ** 32 + 5)
      awake.push('generator')
    })
    spawn(async () => {
      await sleep(2 ** 32 + 5)
      awake.push('async')
    })
    await clock.advance(2 ** 32 + 4)
    t.same(awake, ['generator 0'])
    await clock.advance(1)
    t.same(awake.sort(), ['async', 'generator', 'generator 0'])
  }),
)

t.test('OTP-023 messages of one sender arrive in the order sent', (t) =>
  withRuntime(async () => {
    const parent = self()
    const sent = Array.from({ length: 1000 }, (_, i) => i)
    const bodies = [
      function* () {
        const got: number[] = []
        while (got.length < sent.length) got.push(yield* receive<number>())
        send(parent, got)
      },
      async () => {
        const got: number[] = []
        while (got.length < sent.length) got.push(await receive<number>())
        send(parent, got)
      },
    ]
    for (const body of bodies) {
      const pid = spawn(body)
      for (const i of sent) {
        send(pid, i)
        if (i % 300 === 0) await settle()
      }
      t.same(await receive(), sent)
    }
  }),
)

t.test('OTP-024 nothing that is sent after a fatal exit signal is seen', (t) =>
  withRuntime(async () => {
    const seen: string[] = []
    const bodies = [
      function* () {
        for (;;) seen.push(yield* receive<string>())
      },
      async () => {
        for (;;) seen.push(await receive<string>())
      },
    ]
    for (const body of bodies) {
      const { pid, ref } = spawnMonitor(body)
      await settle()
      for (const message of ['m1', 'm2', 'm3']) send(pid, message)
      exit(pid, 'r')
      send(pid, 'm4')
      t.equal((await receive((m) => m.ref === ref)).reason, 'r')
      await settle()
      t.notOk(seen.includes('m4'))
    }
  }),
)

t.test('OTP-025 the last words of a process arrive before its end', (t) =>
  withRuntime(async () => {
    const parent = self()
    register(parent, 'parent')
    const address = alias()
    const { ref } = spawnMonitor(() => {
      send(parent, 'by pid')
      send('parent', 'by name')
      send(address, 'by alias')
    })
    t.equal(await receive(), 'by pid')
    t.equal(await receive(), 'by name')
    t.equal(await receive(), 'by alias')
    t.ok(isDown(await receive(), ref))
  }),
)

t.test('OTP-026 what a selective receive passes over is still there, in order', (t) =>
  withRuntime(async () => {
    send(self(), 'x')
    send(self(), 'y')
    send(self(), 'z')
    t.equal(await receive((m) => m === 'y'), 'y')
    t.equal(await receive(), 'x')
    t.equal(await receive(), 'z')
  }),
)

t.test('OTP-027 a receive with timeout 0 looks at the whole mailbox once', (t) =>
  withRuntime(async () => {
    const parent = self()
    const seen: unknown[] = []
    spawn(function* () {
      yield* sleep(0)
      send(self(), 'x')
      send(self(), 'y')
      seen.push(yield* receive((m) => m === 'z', { afterMs: 0 }))
      seen.push(yield* receive((m) => m === 'y', { afterMs: 0 }))
      seen.push(yield* receive({ afterMs: 0 }))
      seen.push(yield* receive({ afterMs: 0 }))
      send(parent, 'done')
    })
    await receive()
    t.same(seen, [undefined, 'y', 'x', undefined])
    send(self(), 'x')
    send(self(), 'y')
    t.equal(await receive((m) => m === 'z', { afterMs: 0 }), undefined)
    t.equal(await receive((m) => m === 'y', { afterMs: 0 }), 'y')
    t.equal(await receive({ afterMs: 0 }), 'x')
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('OTP-028 a timeout is never early, and a long one hinders no message', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const times: number[] = []
    spawn(function* () {
      yield* receive({ afterMs: 100 })
      times.push(clock.now())
    })
    spawn(async () => {
      await receive({ afterMs: 100 })
      times.push(clock.now())
    })
    await clock.advance(99)
    t.same(times, [])
    await clock.advance(1)
    t.same(times, [100, 100])
    const parent = self()
    const patient = [
      spawn(function* () {
        send(parent, yield* receive({ afterMs: 2 ** 32 - 1 }))
      }),
      spawn(async () => send(parent, await receive({ afterMs: 2 ** 32 - 1 }))),
    ]
    for (const pid of patient) {
      await settle()
      send(pid, 'now')
      t.equal(await receive(), 'now')
    }
    await settle()
    t.equal(runtime.timers.size, 0, 'and no timer is left behind')
  }),
)

t.test('OTP-028 messages that do not match do not start the timeout anew', (t) =>
  withRuntime(async ({ clock }) => {
    const parent = self()
    const bodies = [
      function* () {
        send(parent, yield* receive((m) => m === 'never', { afterMs: 10 }))
      },
      async () => send(parent, await receive((m) => m === 'never', { afterMs: 10 })),
    ]
    for (const body of bodies) {
      const pid = spawn(body)
      await clock.advance(9)
      send(pid, 'other')
      await settle()
      t.equal(Process.info(self(), 'messageQueueLength'), 0)
      await clock.advance(1)
      t.equal(Process.info(self(), 'messageQueueLength'), 1)
      await receive()
    }
  }),
)

t.test('OTP-029 an illegal timeout is an error, not a wait', (t) =>
  withRuntime(async () => {
    for (const afterMs of [-1, 3.14, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
      t.throws(() => receive({ afterMs }), { code: 'BEAMISH_BAD_ARGUMENT' }, String(afterMs))
    }
    // @ts-expect-error a timeout is a number or 'infinity'
    t.throws(() => receive({ afterMs: '10' }), BadArgumentError)
    // @ts-expect-error no predicate
    t.throws(() => receive(17), BadArgumentError)
    t.throws(() => sleep(-1), BadArgumentError)
  }),
)

t.test('OTP-030 a call does not look at what waits in the mailbox', (t) =>
  withRuntime(async () => {
    const Echo = GenServer.define({ init: () => null, handleCall: { echo: (value: number) => reply(value) } })
    const server = await Echo.start()
    const parent = self()
    const caller = spawn(function* () {
      for (;;) {
        yield* receive((m) => m === 'measure')
        const start = performance.now()
        for (let i = 0; i < 2000; i++) yield* Echo.call(server, 'echo', i)
        send(parent, performance.now() - start)
      }
    })
    const measure = async (): Promise<number> => {
      send(caller, 'measure')
      return await receive()
    }
    await measure() // warm
    const short = Math.min(await measure(), await measure(), await measure())
    for (let i = 0; i < 100_000; i++) send(caller, { unrelated: i })
    const long = Math.min(await measure(), await measure(), await measure())
    t.ok(long < 10 * short + 1, `${short} ms with an empty mailbox, ${long} ms with a long one`)
  }),
)

t.test('OTP-031 what a process sends itself is seen by a later receive only', (t) =>
  withRuntime(async () => {
    const order: string[] = []
    const parent = self()
    spawn(function* () {
      send(self(), 'mine')
      order.push('sent')
      order.push(yield* receive<string>())
      send(parent, 'done')
    })
    await receive()
    t.same(order, ['sent', 'mine'])
  }),
)

t.test('OTP-032 send to a dead pid is silent, to an unknown name an error', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    exit(pid, 'kill')
    t.equal(send(pid, 'lost'), 'lost')
    t.throws(() => send('nobody', 'lost'), { code: 'BEAMISH_UNKNOWN_NAME' })
    // @ts-expect-error no destination
    t.throws(() => send(undefined, 'lost'), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no destination
    t.throws(() => send(17, 'lost'), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => send({} as Pid, 'lost'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a predicate that throws is an error of the process, and its message stays', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const parent = self()
    const picky = (): boolean => {
      throw new Error('picky')
    }
    const bodies = [
      function* () {
        try {
          yield* receive(picky, { afterMs: 1000 })
        } catch (error) {
          send(parent, error)
        }
        send(parent, yield* receive())
        yield* receive()
      },
      async () => {
        try {
          await receive(picky, { afterMs: 1000 })
        } catch (error) {
          send(parent, error)
        }
        send(parent, await receive())
        await receive()
      },
    ]
    for (const body of bodies) {
      const pid = spawn(body)
      await settle()
      send(pid, 'untouched')
      t.match(await receive(), { message: 'picky' })
      t.equal(await receive(), 'untouched')
      await settle()
      t.equal(runtime.timers.size, 0, 'its timer is gone')
      await clock.advance(1000)
      t.equal(Process.isAlive(pid), true)
    }
  }),
)

t.test('a process that is ended while it waits leaves no timer behind', (t) =>
  withRuntime(async ({ runtime }) => {
    const waits = [
      function* () {
        yield* receive({ afterMs: 100_000 })
      },
      function* () {
        yield* sleep(100_000)
      },
      async () => void (await receive({ afterMs: 100_000 })),
      async () => void (await sleep(100_000)),
    ]
    for (const body of waits) {
      const pid = spawn(body)
      await settle()
      t.equal(runtime.timers.size, 1)
      exit(pid, 'kill')
      await settle()
      t.equal(runtime.timers.size, 0)
    }
  }),
)

t.test('an awaited receive is one at a time; sleeping beside it is allowed', (t) =>
  withRuntime(async ({ clock }) => {
    const first = receive({ afterMs: 50 })
    t.throws(() => receive(), { code: 'BEAMISH_ALREADY_RECEIVING' })
    const naps = Promise.all([sleep(10), sleep(20)])
    await clock.advance(50)
    t.equal(await first, undefined)
    await naps
    send(self(), 'next')
    t.equal(await receive(), 'next')
  }),
)

t.test('a receive that waits sees a match behind messages that a full mailbox dropped', (t) =>
  withRuntime(async () => {
    const parent = self()
    const wanted = (m: unknown) => m === 'wanted'
    const bodies = [
      function* () {
        send(parent, yield* receive(wanted))
      },
      async () => send(parent, await receive(wanted)),
    ]
    for (const body of bodies) {
      const pid = spawn(body, { mailbox: { limit: 2, onOverflow: 'dropOldest' } })
      send(pid, 'a')
      send(pid, 'b')
      await settle()
      send(pid, 'wanted')
      await settle()
      t.equal(await receive({ afterMs: 0 }), 'wanted')
    }
  }),
)

t.test('a receive that waits sees a match behind messages that were flushed', (t) =>
  withRuntime(async () => {
    const { ref } = spawnMonitor(() => {})
    await settle()
    const waiting = receive((m) => m === 'wanted')
    await settle()
    ;(ref as Disposable)[Symbol.dispose]() // takes the queued down out of the mailbox
    send(self(), 'wanted')
    await settle()
    t.equal(Process.info(self(), 'messageQueueLength'), 0)
    t.equal(await waiting, 'wanted')
  }),
)

t.test('an async helper may await a receive for the generator body that called it', (t) =>
  withRuntime(async () => {
    const parent = self()
    const helper = async () => [await receive(), await receive()]
    const pid = spawn(function* () {
      send(parent, yield* wait(helper))
      yield* receive()
    })
    await settle()
    send(pid, 1)
    await settle()
    send(pid, 2)
    await settle()
    t.same(await receive({ afterMs: 0 }), [1, 2])
  }),
)

t.test('a body that yields what is no operation is told so', (t) =>
  withRuntime(async () => {
    const { ref } = spawnMonitor(function* () {
      yield receive
    })
    t.match(await receive((m) => m.ref === ref), { reason: { error: { code: 'BEAMISH_BAD_YIELD' } } })
  }),
)

t.test('a monitor of somebody else does not wake an awaited receive for good', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    monitor(pid)
    const waiting = receive((m) => m === 'this')
    exit(pid, 'kill')
    await settle()
    send(self(), 'this')
    t.equal(await waiting, 'this')
    t.ok(isDown(await receive()))
  }),
)
