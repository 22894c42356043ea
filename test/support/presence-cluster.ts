import { GenServer, noReply, type Pid, type Runtime, Supervisor, self, spawn } from '../../src/index.ts'
import type { PresenceModule } from '../../src/presence/presence.ts'
import type { Presences } from '../../src/presence/presences.ts'
import type { Adapter, AdapterContext, AdapterFactory } from '../../src/pubsub/adapter.ts'
import { type Dispatcher, dispatcherName } from '../../src/pubsub/dispatch.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import type { Report } from '../../src/reports/report.ts'
import { settle, VirtualClock, withRuntime } from '../../src/testing/index.ts'
import { messagesOf } from './presence.ts'
import { idle } from './processes.ts'

/** What travels between nodes. Only data gets across: it is copied as JSON, as a broker would do it. */
interface Frame {
  readonly topic: string
  readonly message: { readonly from?: { readonly name: string }; readonly news?: { readonly type: string } }
  readonly dispatcher: string
}

/** A frame that reached a node, or was lost on the way. */
export interface Seen {
  readonly from: string
  readonly to: string
  /** `heartbeat`, `transferRequest`, `transfer` or `goodbye`. */
  readonly type: string
  readonly message: unknown
  readonly isLost: boolean
}

const Worker = GenServer.define({
  module: 'Bus.Worker',
  init: ({ context, workers }: { context: AdapterContext; workers: Map<string, Pid> }) => {
    workers.set(context.node, self())
    return context
  },
  handleInfo: ({ topic, message, dispatcher }: Frame, context) => {
    context.deliver(topic, message, dispatcher)
    return noReply()
  },
})

/** Joins nodes of this thread, remembers what they say to each other, and can be cut. */
export class Bus {
  readonly seen: Seen[] = []
  private readonly workers = new Map<string, Pid>()
  private readonly cuts = new Set<string>()

  /** Nothing passes between the two any more, in either direction. */
  cut(a: string, b: string): void {
    this.cuts.add(`${a} ${b}`).add(`${b} ${a}`)
  }

  mend(): void {
    this.cuts.clear()
  }

  /** How often messages of that type were sent, by sender and receiver: `['a>b', …]`. */
  count(type: string): string[] {
    return this.seen
      .filter((frame) => frame.type === type)
      .map(({ from, to }) => `${from}>${to}`)
      .sort()
  }

  forget(): void {
    this.seen.length = 0
  }

  readonly adapter: AdapterFactory = (context): Adapter => {
    const { node, name } = context
    const send = (to: string, topic: string, message: unknown, dispatcher: Dispatcher) => {
      const frame = JSON.parse(JSON.stringify({ topic, message, dispatcher: dispatcherName(dispatcher) })) as Frame
      const isLost = this.cuts.has(`${node} ${to}`)
      this.seen.push({ from: node, to, type: frame.message.news?.type ?? '', message: frame.message, isLost })
      if (!isLost) this.workers.get(to)?.receiver?.deliver(frame)
    }
    return {
      nodeName: () => node,
      broadcast: (topic, message, dispatcher) => {
        for (const to of this.workers.keys()) if (to !== node) send(to, topic, message, dispatcher)
        return { type: 'ok' }
      },
      directBroadcast: (to, topic, message, dispatcher) => {
        send(to, topic, message, dispatcher)
        return { type: 'ok' }
      },
      children: () => [
        {
          id: 'worker',
          start: () => Worker.tryStartLink({ context, workers: this.workers }, { name: `${name}.Worker` }),
        },
      ],
    }
  }
}

/** A runtime that stands for a node, with a presence. */
export class ClusterNode {
  readonly name: string
  readonly runtime: Runtime
  readonly reports: readonly Report[]
  private readonly bus: Bus
  private tree: Pid | undefined = undefined

  constructor(name: string, runtime: Runtime, reports: readonly Report[], bus: Bus) {
    this.name = name
    this.runtime = runtime
    this.reports = reports
    this.bus = bus
  }

  run<T>(body: () => T | PromiseLike<T>): Promise<T> {
    return this.runtime.run(body)
  }

  async start(presence: PresenceModule): Promise<void> {
    const children = [PubSub.child({ name: 'chat', adapter: this.bus.adapter }), presence]
    this.tree = await this.run(() => Supervisor.start(children))
  }

  /** Ends in order: presence, then PubSub. */
  async stop(): Promise<void> {
    await this.run(() => Supervisor.stop(this.tree as Pid))
  }

  /** Its PubSub ends and is started again; the presence goes on. */
  async restartPubSub(): Promise<void> {
    await this.run(async () => {
      await Supervisor.terminateChild(this.tree as Pid, 'chat')
      await Supervisor.restartChild(this.tree as Pid, 'chat')
    })
  }

  /** A process that does nothing. */
  spawn(): Promise<Pid> {
    return this.run(() => spawn(idle))
  }

  /** Tracks a new process. */
  async track(presence: PresenceModule, topic: string, key: string, meta = {}): Promise<Pid> {
    const pid = await this.spawn()
    const outcome = await this.run(() => presence.track(pid, topic, key, meta))
    if (outcome.type !== 'ok') throw new Error(`${key} is tracked already`)
    return pid
  }

  /** The keys in topics, each as often as it has metas. */
  async keys(presence: PresenceModule, ...topics: string[]): Promise<string[]> {
    const lists = await this.run(() => Promise.all(topics.map((topic) => presence.list(topic))))
    return lists
      .flatMap((presences) => Object.entries(presences).flatMap(([key, { metas }]) => metas.map(() => key)))
      .sort()
  }

  /** What the subscribers of a topic on this node are sent from now on: `+key` and `-key`, one list for each diff. */
  async diffs(...topics: string[]): Promise<() => Promise<string[][]>> {
    const messages = await this.run(() => messagesOf(...topics))
    const moves = (sign: string, presences: Presences) => Object.keys(presences).map((key) => sign + key)
    return async () => {
      await settle()
      return messages
        .splice(0)
        .map(({ payload: { joins, leaves } }) => [...moves('+', joins).sort(), ...moves('-', leaves).sort()])
    }
  }
}

/** What a test of several nodes gets. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[]
  readonly bus: Bus
  /** Moves the time of all of them. */
  advance(durationMs: number): Promise<void>
}

/** Runs `body` with nodes on one bus, whose time is the same. */
export async function withCluster(names: readonly string[], body: (cluster: Cluster) => Promise<void>): Promise<void> {
  const clock = new VirtualClock()
  const bus = new Bus()
  const nest = async (nodes: readonly ClusterNode[]): Promise<void> => {
    const name = names[nodes.length]
    if (name === undefined) {
      await body({ nodes, bus, advance: (durationMs) => clock.advance(durationMs) })
      return
    }
    await withRuntime(
      ({ runtime, reports }) => nest([...nodes, new ClusterNode(name, runtime, reports, bus)]),
      // A reporter of its own would replace the one that collects.
      { node: name, clock },
    )
  }
  await nest([])
  await settle()
}
