import { setImmediate as immediate } from 'node:timers/promises'
import {
  childSpec,
  DynamicSupervisor,
  exit,
  GenServer,
  isDown,
  monitor,
  noReply,
  type Operation,
  type Pid,
  Runtime,
  receive,
  reply,
  Supervisor,
  self,
  send,
  spawn,
  stop,
} from 'beamish'
import { Registry } from 'beamish/pubsub'
import { perSecond } from './question.ts'

type Subject = (scale: number) => Promise<number>

/** Runs `body` as a process of a runtime of its own. Reports are made and counted, not printed. */
async function inRuntime<T>(body: () => Promise<T>): Promise<T> {
  let reports = 0
  using runtime = new Runtime({ reporter: () => reports++ })
  return await runtime.run(body)
}

function measured(operations: number, run: () => Promise<unknown>): Promise<number> {
  return inRuntime(() => perSecond(operations, run))
}

/** Waits for the end of a process. */
function end(pid: Pid): Operation<unknown> {
  const ref = monitor(pid)
  return receive((message) => isDown(message, ref))
}

const Counter = GenServer.define({
  module: 'Counter',
  init: (start: number) => ({ count: start }),
  handleCall: {
    add: (by: number, state) => reply(state.count + by, { count: state.count + by }),
    get: (_: undefined, state) => reply(state.count),
  },
  handleCast: { inc: (_: undefined, state) => noReply({ count: state.count + 1 }) },
})

// ── Ping-pong ──

type Ping = { readonly from: Pid }

const Player = GenServer.define({
  module: 'Player',
  init: (arg: { rounds: number; boss: Pid }) => ({ ...arg, me: self() }),
  handleInfo: (message: Ping, state) => {
    if (--state.rounds <= 0) send(state.boss, 'done')
    else send(message.from, { from: state.me })
    return noReply()
  },
})

const pingPongBehaviours: Subject = (scale) => {
  const rounds = Math.ceil(1_000_000 * scale)
  return inRuntime(async () => {
    const boss = self()
    const [ping, pong] = [await Player.start({ rounds, boss }), await Player.start({ rounds: rounds + 1, boss })]
    return perSecond(rounds, () => {
      send(ping, { from: pong })
      return receive()
    })
  })
}

const pingPongGenerators: Subject = (scale) => {
  const rounds = Math.ceil(1_000_000 * scale)
  return measured(rounds, () => {
    const pong = spawn(function* () {
      for (;;) send(yield* receive<Pid>(), 'pong')
    })
    return end(
      spawn(function* () {
        const me = self()
        for (let i = 0; i < rounds; i++) {
          send(pong, me)
          yield* receive()
        }
      }),
    )
  })
}

const pingPongAsync: Subject = (scale) => {
  const rounds = Math.ceil(200_000 * scale)
  return measured(rounds, () => {
    const pong = spawn(async () => {
      for (;;) send(await receive<Pid>(), 'pong')
    })
    return end(
      spawn(async () => {
        const me = self()
        for (let i = 0; i < rounds; i++) {
          send(pong, me)
          await receive()
        }
      }),
    )
  })
}

// ── Ring ──

const RING = 1000

const Node = GenServer.define({
  module: 'Node',
  init: (boss: Pid) => ({ boss, next: boss }),
  handleInfo: (message: number | Pid, state) => {
    if (typeof message !== 'number') return noReply({ boss: state.boss, next: message })
    if (message === 0) send(state.boss, 'over')
    else send(state.next, message - 1)
    return noReply()
  },
})

async function circulate(nodes: readonly Pid[], tokens: number, hops: number): Promise<number> {
  for (const [index, node] of nodes.entries()) send(node, nodes[(index + 1) % RING])
  return perSecond(hops, async () => {
    for (let i = 0; i < tokens; i++) send(nodes[Math.floor((i * RING) / tokens)] as Pid, Math.floor(hops / tokens))
    for (let i = 0; i < tokens; i++) await receive()
  })
}

function ring(tokens: number, hops: number, start: (boss: Pid) => Promise<Pid>): Subject {
  return (scale) =>
    inRuntime(async () => {
      const boss = self()
      const nodes = await Promise.all(Array.from({ length: RING }, () => start(boss)))
      return circulate(nodes, tokens, Math.ceil(hops * scale))
    })
}

const generatorNode = async (boss: Pid): Promise<Pid> =>
  spawn(function* () {
    const next: Pid = yield* receive<Pid>()
    for (;;) {
      const token: number = yield* receive<number>()
      if (token === 0) send(boss, 'over')
      else send(next, token - 1)
    }
  })

const asyncNode = async (boss: Pid): Promise<Pid> =>
  spawn(async () => {
    const next = await receive<Pid>()
    for (;;) {
      const token = await receive<number>()
      if (token === 0) send(boss, 'over')
      else send(next, token - 1)
    }
  })

const serverNode = (boss: Pid): Promise<Pid> => Node.start(boss)

// ── Many producers, order checked ──

function producers(startConsumer: (total: number, boss: Pid) => Promise<Pid>): Subject {
  return (scale) => {
    const each = Math.ceil(10_000 * scale)
    return measured(each * 100, async () => {
      const consumer = await startConsumer(each * 100, self())
      for (let producer = 0; producer < 100; producer++) {
        spawn(function* () {
          for (let sequence = 0; sequence < each; sequence++) {
            send(consumer, { producer, sequence })
            if (sequence % 50 === 49) yield* pause()
          }
        })
      }
      return receive()
    })
  }
}

/** Lets others run. */
function* pause() {
  send(self(), 'go on')
  yield* receive()
}

type Product = { readonly producer: number; readonly sequence: number }

function check(seen: Int32Array, product: Product): void {
  if (seen[product.producer] !== product.sequence) throw new Error(`out of order: ${JSON.stringify(product)}`)
  seen[product.producer] = product.sequence + 1
}

const Consumer = GenServer.define({
  module: 'Consumer',
  init: (arg: { total: number; boss: Pid }) => ({ ...arg, seen: new Int32Array(100) }),
  handleInfo: (product: Product, state) => {
    check(state.seen, product)
    if (--state.total === 0) send(state.boss, 'done')
    return noReply()
  },
})

const generatorConsumer = async (total: number, boss: Pid): Promise<Pid> =>
  spawn(function* () {
    const seen = new Int32Array(100)
    for (let i = 0; i < total; i++) check(seen, yield* receive<Product>())
    send(boss, 'done')
  })

// ── Servers ──

const callOne: Subject = (scale) => {
  const calls = Math.ceil(500_000 * scale)
  return inRuntime(async () => {
    const server = await Counter.start(0)
    return perSecond(calls, () => end(spawn(() => caller(server, calls))))
  })
}

function* caller(server: Pid, calls: number) {
  for (let i = 0; i < calls; i++) yield* Counter.call(server, 'add', 1)
}

const callOneAsync: Subject = (scale) => {
  const calls = Math.ceil(200_000 * scale)
  return inRuntime(async () => {
    const server = await Counter.start(0)
    return perSecond(calls, async () => {
      for (let i = 0; i < calls; i++) await Counter.call(server, 'add', 1)
    })
  })
}

const callHundred: Subject = (scale) => {
  const each = Math.ceil(5_000 * scale)
  return inRuntime(async () => {
    const server = await Counter.start(0)
    return perSecond(each * 100, async () => {
      const ends = Array.from({ length: 100 }, () => monitor(spawn(() => caller(server, each))))
      for (const ref of ends) await receive((message) => isDown(message, ref))
    })
  })
}

const cast: Subject = (scale) => {
  const batches = Math.ceil(2_000 * scale)
  return inRuntime(async () => {
    const server = await Counter.start(0)
    return perSecond(batches * 1000, () =>
      end(
        spawn(function* () {
          for (let batch = 0; batch < batches; batch++) {
            for (let i = 0; i < 1000; i++) Counter.cast(server, 'inc')
            yield* Counter.call(server, 'get')
          }
        }),
      ),
    )
  })
}

const callQueued: Subject = (scale) => {
  const calls = Math.ceil(200_000 * scale)
  return inRuntime(async () => {
    const server = await Counter.start(0)
    return perSecond(calls, () =>
      end(
        spawn(function* () {
          for (let i = 0; i < 10_000; i++) send(self(), { other: i })
          yield* caller(server, calls)
        }),
      ),
    )
  })
}

// ── Births and deaths ──

function spawns(body: () => unknown): Subject {
  return (scale) => {
    const batches = Math.ceil(5_000 * scale)
    return measured(batches * 100, () =>
      end(
        spawn(function* () {
          for (let batch = 0; batch < batches; batch++) {
            for (let i = 0; i < 100; i++) spawn(body)
            yield* pause()
          }
        }),
      ),
    )
  }
}

const spawnServers: Subject = (scale) => {
  const count = Math.ceil(200_000 * scale)
  return measured(count, () =>
    end(
      spawn(function* () {
        for (let i = 0; i < count; i++) exit((yield* Counter.start(0)) as Pid, 'kill')
      }),
    ),
  )
}

const idle: Subject = (scale) => {
  const count = Math.ceil(100_000 * scale)
  return inRuntime(async () => {
    const collect = globalThis.gc ?? (() => {})
    collect()
    const before = process.memoryUsage().heapUsed
    const pids: Pid[] = []
    for (let i = 0; i < count; i++) pids.push(await Counter.start(0))
    await immediate()
    collect()
    return (process.memoryUsage().heapUsed - before - pids.length * 8) / count
  })
}

/** Says that it is up, and stops abnormally when it is told to. */
const Crasher = GenServer.define({
  module: 'Crasher',
  init: (boss: Pid) => {
    send(boss, self())
    return null
  },
  handleInfo: () => stop('boom'),
})

const restarts: Subject = (scale) => {
  const count = Math.ceil(50_000 * scale)
  return inRuntime(async () => {
    const driver = spawn(function* () {
      for (let i = 0; i < count; i++) send(yield* receive<Pid>(), 'crash')
    })
    const limits = { maxRestarts: count + 1, maxSeconds: 1000 }
    return perSecond(count, async () => {
      const over = monitor(driver)
      await Supervisor.startLink([childSpec(Crasher, driver)], { strategy: 'oneForOne', ...limits })
      await receive((message) => isDown(message, over))
    })
  })
}

const startChild: Subject = (scale) => {
  const count = Math.ceil(100_000 * scale)
  return inRuntime(async () => {
    const supervisor = await DynamicSupervisor.startLink()
    const spec = childSpec(Counter, 0, { restart: 'temporary' })
    return perSecond(count, () =>
      end(
        spawn(function* () {
          for (let i = 0; i < count; i++) yield* DynamicSupervisor.startChild(supervisor, spec)
        }),
      ),
    )
  })
}

// ── Registry ──

const lookup: Subject = (scale) => {
  const count = Math.ceil(5_000_000 * scale)
  return inRuntime(async () => {
    await Registry.startLink({ keys: 'unique', name: 'names' })
    const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`)
    for (const key of keys) Registry.register('names', key, undefined)
    let found = 0
    const figure = await perSecond(count, async () => {
      for (let i = 0; i < count; i++) found += Registry.lookup('names', keys[i % 1000] as string).length
    })
    if (found !== count) throw new Error('a registered key was not found')
    return figure
  })
}

const callVia: Subject = (scale) => {
  const calls = Math.ceil(300_000 * scale)
  return inRuntime(async () => {
    await Registry.startLink({ keys: 'unique', name: 'names' })
    const name = Registry.via('names', 'counter')
    await Counter.start(0, { name })
    return perSecond(calls, () =>
      end(
        spawn(function* () {
          for (let i = 0; i < calls; i++) yield* Counter.call(name, 'add', 1)
        }),
      ),
    )
  })
}

const Subscriber = GenServer.define({
  module: 'Subscriber',
  init: () => {
    Registry.register('topics', 'news', undefined)
    return null
  },
  handleCall: { flush: () => reply(true) },
  handleInfo: () => noReply(),
})

const dispatch: Subject = (scale) => {
  const [subscribers, rounds] = [10_000, Math.ceil(200 * scale)]
  return inRuntime(async () => {
    await Registry.startLink({ keys: 'duplicate', name: 'topics' })
    const pids: Pid[] = []
    for (let i = 0; i < subscribers; i++) pids.push(await Subscriber.start())
    return perSecond(subscribers * rounds, () =>
      end(
        spawn(function* () {
          for (let round = 0; round < rounds; round++) {
            Registry.dispatch('topics', 'news', (entries) => {
              for (const { pid } of entries) send(pid, round)
            })
            yield* Subscriber.call(pids.at(-1) as Pid, 'flush')
          }
        }),
      ),
    )
  })
}

// ── Selective receive, fairness ──

const selective: Subject = (scale) => {
  const count = Math.ceil(2_000 * scale)
  return measured(count, () =>
    end(
      spawn(function* () {
        for (let i = 0; i < 10_000; i++) send(self(), { kind: 'other', i })
        for (let i = 0; i < count; i++) {
          send(self(), { kind: 'mine', i })
          yield* receive<{ kind: string }>((message) => message.kind === 'mine')
        }
      }),
    ),
  )
}

/** How late a 1 ms timer of the host fires (p99, milliseconds) while 100 pairs do nothing but talk. */
function fairness(startPair: () => void): Subject {
  return (scale) =>
    inRuntime(async () => {
      for (let pair = 0; pair < 100; pair++) startPair()
      const lateness: number[] = []
      for (let i = 0; i < Math.ceil(200 * scale); i++) {
        const begin = performance.now()
        await new Promise((resolve) => setTimeout(resolve, 1))
        lateness.push(performance.now() - begin - 1)
      }
      lateness.sort((a, b) => a - b)
      return lateness[Math.floor(lateness.length * 0.99)] ?? Number.NaN
    })
}

function busyGenerators(): void {
  const pong = spawn(function* () {
    for (;;) send(yield* receive<Pid>(), 'pong')
  })
  spawn(function* () {
    const me = self()
    for (;;) {
      send(pong, me)
      yield* receive()
    }
  })
}

function busyAsync(): void {
  const pong = spawn(async () => {
    for (;;) send(await receive<Pid>(), 'pong')
  })
  spawn(async () => {
    const me = self()
    for (;;) {
      send(pong, me)
      await receive()
    }
  })
}

/** Beamish's answers, by question and kind of body. */
export const subjects: Readonly<Record<string, Record<string, Subject>>> = {
  'ping-pong': { behaviours: pingPongBehaviours, generators: pingPongGenerators, async: pingPongAsync },
  'ring-1': {
    behaviours: ring(1, 2_000_000, serverNode),
    generators: ring(1, 2_000_000, generatorNode),
    async: ring(1, 300_000, asyncNode),
  },
  'ring-100': {
    behaviours: ring(100, 4_000_000, serverNode),
    generators: ring(100, 4_000_000, generatorNode),
    async: ring(100, 1_000_000, asyncNode),
  },
  producers: {
    behaviours: producers((total, boss) => Consumer.start({ total, boss })),
    generators: producers(generatorConsumer),
  },
  'call-1': { generators: callOne, async: callOneAsync },
  'call-100': { generators: callHundred },
  cast: { behaviours: cast },
  spawn: {
    plain: spawns(() => {}),
    generators: spawns(function* () {}),
    async: spawns(async () => {}),
    'GenServer start': spawnServers,
  },
  idle: { behaviours: idle },
  lookup: { registry: lookup },
  via: { generators: callVia },
  dispatch: { behaviours: dispatch },
  restarts: { behaviours: restarts },
  'start-child': { behaviours: startChild },
  selective: { generators: selective },
  'call-queued': { generators: callQueued },
  fairness: { generators: fairness(busyGenerators), async: fairness(busyAsync) },
}
