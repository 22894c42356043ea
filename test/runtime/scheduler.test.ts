import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as after, setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import {
  type Body,
  GenServer,
  noReply,
  type Pid,
  Process,
  Runtime,
  receive,
  reply,
  self,
  send,
  sleep,
  spawn,
  systemClock,
  yieldNow,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

t.test('processes run in the order in which they became runnable', (t) =>
  withRuntime(async () => {
    const ran: number[] = []
    const expected = Array.from({ length: 1000 }, (_, i) => i)
    for (const i of expected) spawn(() => ran.push(i))
    await settle()
    t.same(ran, expected)
    const pids = expected.map((i) =>
      spawn(function* () {
        yield* receive()
        ran.push(i)
      }),
    )
    await settle()
    ran.length = 0
    const backwards = [...expected].reverse()
    for (const i of backwards) send(pids[i] as Pid, 'go')
    await settle()
    t.same(ran, backwards)
  }),
)

t.test('a process with a long mailbox lets the others in between', (t) =>
  withRuntime(async () => {
    const Counter = GenServer.define({ init: () => 0, handleInfo: (_message, count: number) => noReply(count + 1) })
    const busyBodies: Body[] = [
      function* () {
        for (;;) yield* receive()
      },
      async () => {
        for (;;) await receive()
      },
    ]
    const busy = [...busyBodies.map((body) => spawn(body)), await Counter.start()]
    for (const pid of busy) {
      let left: number | undefined
      await settle()
      for (let i = 0; i < 20_000; i++) send(pid, i)
      spawn(function* () {
        left = Process.info(pid, 'messageQueueLength')
        yield* sleep(0)
      })
      await settle()
      while (Process.info(pid, 'messageQueueLength') !== 0) await settle()
      t.ok(left !== undefined && left > 15_000, `${left} of 20000 messages were left when the other one ran`)
    }
  }),
)

t.test('yieldNow lets everybody who is ready run first', (t) =>
  withRuntime(async () => {
    const parent = self()
    const bodies: Body[] = [
      function* () {
        const ran: string[] = []
        spawn(() => ran.push('other'))
        ran.push('before')
        yield* yieldNow()
        ran.push('after')
        send(parent, ran)
      },
      async () => {
        const ran: string[] = []
        spawn(() => ran.push('other'))
        ran.push('before')
        await yieldNow()
        ran.push('after')
        send(parent, ran)
      },
    ]
    for (const body of bodies) {
      spawn(body)
      t.same(await receive(), ['before', 'other', 'after'])
    }
  }),
)

t.test('a long computation that yields holds up no timer of the host', (t) =>
  withRuntime(
    async () => {
      const compute = (untilMs: number) => {
        while (performance.now() < untilMs);
      }
      const bodies: Body[] = [
        function* () {
          for (let i = 0; i < 100; i++) {
            compute(performance.now() + 1)
            yield* yieldNow()
          }
        },
        async () => {
          for (let i = 0; i < 100; i++) {
            compute(performance.now() + 1)
            await yieldNow()
          }
        },
      ]
      for (const body of bodies) {
        const pid = spawn(body)
        let turns = 0
        while (Process.isAlive(pid)) {
          await nextTurn()
          turns++
        }
        t.ok(turns >= 8, `${turns} turns of the event loop in 100 ms of work`)
      }
    },
    { clock: systemClock },
  ),
)

t.test('several yields, sleeps and a receive of one process can be awaited at once', (t) =>
  withRuntime(async ({ clock }) => {
    const all = Promise.all([yieldNow(), yieldNow(), sleep(10), sleep(20), receive()])
    send(self(), 'm')
    await clock.advance(20)
    t.same(await all, [undefined, undefined, undefined, undefined, 'm'])
  }),
)

t.test('whoever holds the thread too long is reported', (t) =>
  withRuntime(
    async ({ reports }) => {
      const Slow = GenServer.define({
        module: 'Slow',
        init: () => null,
        handleCall: {
          work: (forMs: number) => {
            const end = performance.now() + forMs
            while (performance.now() < end);
            return reply('done')
          },
        },
      })
      const pid = await Slow.start(undefined, { name: 'slow' })
      await settle()
      await Slow.call(pid, 'work', 40)
      await settle()
      const [report] = reports.filter((report) => report.type === 'longRun')
      t.match(report, { level: 'warning', processes: [{ pid, name: 'slow' }] })
      t.ok(report?.type === 'longRun' && report.durationMs >= 39)
    },
    { longRunMs: 20 },
  ),
)

t.test('a disposed runtime runs nothing any more, and says nothing', async (t) => {
  const reports: unknown[] = []
  const ran: string[] = []
  const runtime = new Runtime({ reporter: (report) => reports.push(report) })
  await runtime.run(async () => {
    spawn(async () => {
      await nextTurn()
      ran.push('async')
      await receive()
      ran.push('never')
    })
    spawn(function* () {
      yield* sleep(1)
      ran.push('never')
    })
    await sleep(0)
  })
  runtime[Symbol.dispose]()
  runtime[Symbol.dispose]()
  runtime.spawn({ run: () => ran.push('never') }, runtime.main)
  await after(5)
  t.same(ran, ['async'], 'foreign code goes on, but gets nowhere')
  t.same(reports, [])
  t.equal(runtime.timers.size, 0)
})

// ── LS-17: two processes that only talk to each other must starve nobody ───────────────────────────────────────────────

/** A socket on which every byte comes back. */
async function echo(): Promise<{ socket: Socket; close: () => void }> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.setNoDelay(true)
  const close = () => {
    socket.destroy()
    server.close()
  }
  return { socket, close }
}

interface Served {
  immediates: number
  timeouts: number
  bytes: number
}

/** So much is no starvation, which gives one of each, or none. */
const ENOUGH = 5

/** Waits until the event loop has got enough done while processes keep the scheduler busy; a loop that starves never has. */
async function serve(): Promise<Served> {
  const { socket, close } = await echo()
  const served: Served = { immediates: 0, timeouts: 0, bytes: 0 }
  const isDone = () => Math.min(served.immediates, served.timeouts, served.bytes) >= ENOUGH
  await new Promise<void>((resolve) => {
    const again = (go: () => void) => (isDone() ? resolve() : go())
    const onImmediate = () => {
      served.immediates++
      again(() => setImmediate(onImmediate))
    }
    const onTimeout = () => {
      served.timeouts++
      again(() => setTimeout(onTimeout, 1))
    }
    socket.on('data', () => {
      served.bytes++
      again(() => socket.write('x'))
    })
    setImmediate(onImmediate)
    setTimeout(onTimeout, 1)
    socket.write('x')
  })
  close()
  return served
}

let exchanged = 0

const Ponger = GenServer.define({
  init: () => 0,
  handleCall: { ping: (_: void, count) => reply(count, count + 1) },
  handleInfo: (from: Pid, count) => {
    exchanged++
    send(from, self())
    return noReply(count + 1)
  },
})

function* pingPong() {
  for (; ; exchanged++) send(yield* receive<Pid>(), self())
}

async function asyncPingPong() {
  for (; ; exchanged++) send(await receive<Pid>(), self())
}

/** Starts what keeps the scheduler busy for ever, in each way in which a process can be written. */
const busy: Record<string, () => Promise<unknown>> = {
  'two generator bodies': async () => send(spawn(pingPong), spawn(pingPong)),
  'two async bodies': async () => send(spawn(asyncPingPong), spawn(asyncPingPong)),
  'two servers': async () => send(await Ponger.start(), await Ponger.start()),
  'a generator body that calls a server': async () => {
    const server = await Ponger.start()
    spawn(function* () {
      for (; ; exchanged++) yield* Ponger.call(server, 'ping')
    })
  },
  'an async body that calls a server': async () => {
    const server = await Ponger.start()
    spawn(async () => {
      for (; ; exchanged++) await Ponger.call(server, 'ping')
    })
  },
  'a generator body that talks to itself': async () => {
    const pid = spawn(pingPong)
    send(pid, pid)
  },
  'an async body that talks to itself': async () => {
    const pid = spawn(async () => {
      for (; ; exchanged++) send(self(), await receive())
    })
    send(pid, 'token')
  },
  'an async body that only yields': async () => {
    spawn(async () => {
      for (; ; exchanged++) await yieldNow()
    })
  },
  'a server whose handler is async': async () => {
    const Slow = GenServer.define({
      init: () => null,
      handleInfo: async (message) => {
        exchanged++
        await null
        send(self(), message)
        return noReply()
      },
    })
    send(await Slow.start(), 'token')
  },
}

t.test('LS-17 busy processes starve neither setImmediate, nor a timer of 1 ms, nor a socket', async (t) => {
  for (const [kind, start] of Object.entries(busy)) {
    await withRuntime(async () => {
      await start()
      await nextTurn()
      exchanged = 0
      const { immediates, timeouts, bytes } = await serve()
      t.ok(exchanged > 100, `${kind}: ${exchanged} messages went back and forth`)
      t.ok(
        Math.min(immediates, timeouts, bytes) >= ENOUGH,
        `${immediates} immediates, ${timeouts} timers, ${bytes} bytes`,
      )
    })
  }
})
