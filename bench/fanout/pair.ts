import { cpus } from 'node:os'
import type { BroadcastOutcome, BroadcastPlan } from './client/broadcast-run.ts'
import type { DialectName } from './client/dialects.ts'
import type { EchoOutcome, EchoPlan } from './client/echo-run.ts'
import type { LoadQuestions } from './client/main.ts'
import type { Ports, ServerQuestions } from './servers/server.ts'
import type { Subject } from './subjects.ts'
import type { Usage } from './usage.ts'
import { Worker } from './worker.ts'

/** How busy both sides were while something was measured. */
export interface Effort {
  /** CPU time of the server, in seconds. */
  readonly serverSeconds: number
  readonly clientSeconds: number
  /** How many cores everything else on the machine kept busy meanwhile. Above 0.2 or so rates and latencies mean little. */
  readonly othersCores: number
}

/** How many sockets connect at the same time. */
const AT_ONCE = 100

/** How a pair runs. */
export interface PairOptions {
  /** The cores of the server and of the load. Default: any. */
  readonly cores?: readonly number[]
  /** Options of node for the server, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[]
}

/** One server and its load, each in a process of its own. */
export class Pair {
  readonly subject: Subject
  private readonly server: Worker<ServerQuestions>
  private readonly load: Worker<LoadQuestions>
  private ports: Ports = { port: 0, control: 0 }

  private constructor(subject: Subject, { cores = [], nodeArgs = [] }: PairOptions) {
    this.subject = subject
    this.server = Worker.start(subject.program, { args: subject.args, nodeArgs, core: cores[0] })
    this.load = Worker.start(new URL('./client/main.js', import.meta.url), { core: cores[1] })
  }

  static async open(subject: Subject, options: PairOptions = {}): Promise<Pair> {
    const pair = new Pair(subject, options)
    try {
      pair.ports = await pair.server.ask('ports')
      return pair
    } catch (error) {
      await pair.close()
      throw error
    }
  }

  /** Connects so many sockets, which join. @returns seconds until the last one had. */
  async connect(sockets: number, dialects: readonly DialectName[] = [this.subject.dialect]): Promise<number> {
    return await this.load.ask('connect', { port: this.ports.port, sockets, dialects, atOnce: AT_ONCE })
  }

  /** Ends all connections, and waits until the server has noticed. */
  async disconnect(): Promise<void> {
    await this.load.ask('disconnect')
    await this.server.ask('connected', 0)
  }

  async broadcast(bytes: number, plan: BroadcastPlan): Promise<BroadcastOutcome> {
    await this.server.ask('prepare', bytes)
    return await this.load.ask('broadcast', this.ports.control, plan)
  }

  async echo(plan: EchoPlan): Promise<EchoOutcome> {
    return await this.load.ask('echo', plan)
  }

  /** How often the server has encoded a broadcast. */
  async encodes(): Promise<number> {
    return await this.server.ask('encodes')
  }

  /** What the server holds when nothing is left that could be thrown away. */
  async memory(): Promise<Usage> {
    return await this.server.ask('settledUsage')
  }

  /** Measures how much CPU time both sides spend on `work`. */
  async measured<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly effort: Effort }> {
    const before = await this.usages()
    const machine = machineSeconds()
    const begin = performance.now()
    const result = await work()
    const seconds = (performance.now() - begin) / 1000
    const all = machineSeconds() - machine
    const after = await this.usages()
    const serverSeconds = after.server - before.server
    const clientSeconds = after.client - before.client
    return {
      result,
      effort: { serverSeconds, clientSeconds, othersCores: Math.max(0, all - serverSeconds - clientSeconds) / seconds },
    }
  }

  async close(): Promise<void> {
    await this.load.ask('disconnect').catch(() => {}) // it may be the reason why this is closed
    await this.load.stop()
    await this.server.stop()
  }

  /** CPU time in seconds. */
  private async usages(): Promise<{ readonly server: number; readonly client: number }> {
    const [server, client] = await Promise.all([this.server.ask('usage'), this.load.ask('usage')])
    return { server: server.cpuMicros / 1e6, client: client.cpuMicros / 1e6 }
  }
}

/** CPU time of everything on the machine, in seconds. */
export function machineSeconds(): number {
  const milliseconds = cpus().flatMap(({ times: { user, nice, sys, irq } }) => [user, nice, sys, irq])
  return milliseconds.reduce((sum, each) => sum + each, 0) / 1000
}
