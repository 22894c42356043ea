import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import {
  alias,
  exit,
  GenServer,
  monitor,
  noReply,
  type Pid,
  Process,
  Runtime,
  receive,
  registered,
  reply,
  self,
  sendAfter,
  sleep,
  spawn,
  spawnMonitor,
} from '../../src/index.ts'
import { settle, VirtualClock } from '../../src/testing/index.ts'

/** How many lives to live through: `BEAMISH_SOAK=1000000` for the long form. */
const LIVES = Number(process.env['BEAMISH_SOAK'] ?? 30_000)
const BATCH = 500
/** What the engine itself may gain meanwhile: compiled code, feedback, caches. */
const NOISE_BYTES = 2_000_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const Server = GenServer.define({
  module: 'Server',
  init: (place: number) => place,
  handleCall: {
    ok: (value: number) => reply(value),
    later: async (value: number) => {
      await sleep(1)
      return reply(value)
    },
    never: () => noReply(),
    crash: () => {
      throw new Error('crash')
    },
  },
})

/** Those that the test kills while they wait. */
let doomed: Pid[] = []

/** One of each way to live and die. All are over, at the latest, when 20 ms have passed. */
const lives: readonly ((i: number) => unknown)[] = [
  // processes that end by themselves
  () => spawn(function* () {}),
  () => spawn(async () => void (await null)),
  () => spawnMonitor(() => exit('own reason')),
  () =>
    spawn(() => {
      throw new Error('uncaught')
    }),
  // processes that are ended while they wait
  () => {
    const pid = spawn(function* () {
      yield* receive({ afterMs: 1_000_000 })
    })
    sendAfter(pid, 'never', 1_000_000)
    return exit(pid, 'kill')
  },
  () => {
    const pid = spawn(async () => void (await sleep(1_000_000)))
    monitor(pid)
    doomed.push(pid)
  },
  () => doomed.push(spawn(async () => void (await receive((m) => m === 'never', { afterMs: 1_000_000 })))),
  // names, aliases, dictionaries, timers
  (i) =>
    spawn(function* () {
      Process.put('key', alias())
      const server = yield* Server.startLink(i, { name: `server ${i}` })
      sendAfter(server, 'tick', 1_000_000)
      yield* Server.call(`server ${i}`, 'ok', i)
      exit('takes the server along')
    }),
  // calls: answered, late, never answered, crashed, to nobody
  (i) =>
    spawn(function* () {
      const server = yield* Server.start(i)
      yield* Server.call(server, 'ok', i)
      try {
        yield* Server.call(server, 'never', undefined, { timeoutMs: 2 })
      } catch {}
      try {
        yield* Server.call(server, 'crash')
      } catch {}
      yield* Server.call(server, 'ok', i)
    }),
  (i) =>
    spawn(async () => {
      const server = await Server.start(i)
      await Server.call(server, 'later', i).catch(() => {})
      await Server.call(server, 'later', i, { timeoutMs: 0 }).catch(() => {})
      GenServer.sendRequest(server, 'never', undefined)
      await Server.stop(server)
    }),
]

interface Tables {
  readonly processes: number
  readonly timers: number
  readonly names: number
  readonly monitors: number
  readonly links: number
  readonly aliases: number
  readonly mailbox: number
}

function tables(runtime: Runtime): Tables {
  const info = Process.info(self())
  return {
    processes: runtime.size,
    timers: runtime.timers.size,
    names: registered().length,
    monitors: info?.monitors.length ?? -1,
    links: info?.links.length ?? -1,
    aliases: (self().receiver as unknown as { belongings?: { aliases?: Set<unknown> } }).belongings?.aliases?.size ?? 0,
    mailbox: info?.messageQueueLength ?? -1,
  }
}

async function live(clock: VirtualClock, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i += BATCH) {
    for (let j = i; j < i + BATCH; j++) (lives[j % lives.length] as (i: number) => unknown)(j)
    await clock.advance(5)
    for (const pid of doomed) exit(pid, 'kill')
    doomed = []
    await clock.advance(15)
    while ((await receive({ afterMs: 0 })) !== undefined);
  }
}

function heapAfterCollection(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

t.test('many lives and deaths leave nothing behind', { timeout: 1_200_000 }, async (t) => {
  const clock = new VirtualClock()
  let reports = 0
  using runtime = new Runtime({ clock, reporter: () => reports++ })
  await runtime.run(async () => {
    const warmUp = Math.ceil(LIVES / 5 / BATCH) * BATCH
    await live(clock, 0, warmUp)
    await settle()
    const tablesBefore = tables(runtime)
    const heapBefore = heapAfterCollection()
    const started = performance.now()
    await live(clock, warmUp, LIVES)
    await settle()
    const seconds = (performance.now() - started) / 1000
    t.same(tables(runtime), tablesBefore, 'the tables are as they were')
    t.equal(runtime.size, 1, 'and this is the only process')
    const grown = heapAfterCollection() - heapBefore
    t.ok(grown < NOISE_BYTES, `the heap has grown by ${grown} bytes over ${LIVES} lives`)
    t.ok(reports > 0)
    t.comment(
      `${LIVES} lives in ${seconds.toFixed(1)} s, heap ${heapBefore} → ${heapBefore + grown} bytes, ${reports} reports`,
    )
  })
})
