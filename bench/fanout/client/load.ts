import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type BroadcastOutcome, type BroadcastPlan, BroadcastRun } from './broadcast-run.ts'
import { Client } from './client.ts'
import { DIALECTS, type Dialect, type DialectName } from './dialects.ts'
import { type EchoOutcome, type EchoPlan, EchoRun } from './echo-run.ts'
import { Silence, type Stage } from './stage.ts'

/** Who connects. */
export interface ConnectPlan {
  readonly port: number
  readonly sockets: number
  /** The protocols of the sockets, in turn. */
  readonly dialects: readonly DialectName[]
  /** How many may be connecting at the same time. */
  readonly atOnce: number
}

/** A run without progress for so long is over. */
const PATIENCE_MS = 10_000

function preparedFor(dialect: Dialect, port: number): Dialect | Promise<Dialect> {
  return dialect.prepared?.(port) ?? dialect
}

/** All the clients of one server. One run at a time. */
export class Load {
  private readonly silence = new Silence()
  private clients: Client[] = []
  private control: Socket | undefined = undefined

  constructor() {
    this.silence.finished.catch(() => {}) // told by whichever run comes next
  }

  /** Connects more sockets, and lets them join. @returns seconds until the last one had. */
  async connect({ port, sockets, dialects, atOnce }: ConnectPlan): Promise<number> {
    const prepared = await Promise.all(dialects.map((name) => preparedFor(DIALECTS[name], port)))
    const begin = performance.now()
    const all = this.clients.length + sockets
    let left = sockets
    const joined = new Promise<void>((resolve) => {
      const next = (): void => {
        const index = this.clients.length
        if (index === all) return
        const dialect = prepared[index % prepared.length] as Dialect // the remainder is an index
        this.clients.push(new Client(index, port, dialect, this.silence, onJoin))
      }
      const onJoin = (): void => {
        if (--left === 0) resolve()
        else next()
      }
      for (let i = 0; i < Math.min(atOnce, sockets); i++) next()
    })
    await this.withPatience(joined, () => `${left} of ${sockets} sockets have not joined`)
    return (performance.now() - begin) / 1000
  }

  /** Ends all connections. */
  disconnect(): void {
    for (const client of this.clients) client.close()
    this.clients = []
  }

  /** Lets the server broadcast, by a byte on its control port for each. */
  async broadcast(controlPort: number, plan: BroadcastPlan): Promise<BroadcastOutcome> {
    const control = await this.controlOf(controlPort)
    const run = new BroadcastRun(this.clients, plan, (count) => control.write(Buffer.alloc(count)))
    return await this.run(run)
  }

  /** Sends messages that are answered. */
  async echo(plan: EchoPlan): Promise<EchoOutcome> {
    return await this.run(new EchoRun(this.clients, plan))
  }

  private async controlOf(port: number): Promise<Socket> {
    if (this.control?.remotePort === port) return this.control
    this.control?.destroy()
    this.control = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(this.control, 'connect')
    return this.control
  }

  private async run<Result>(run: Stage & { readonly finished: Promise<Result>; describe(): string }): Promise<Result> {
    this.enter(run)
    try {
      return await this.withPatience(run.finished, () => run.describe())
    } finally {
      this.enter(this.silence)
    }
  }

  private enter(stage: Stage): void {
    for (const client of this.clients) client.stage = stage
  }

  /** @param describe - how far it has come. Rejects when that does not change any more. */
  private async withPatience<T>(work: Promise<T>, describe: () => string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const stuck = new Promise<never>((_resolve, reject) => {
      let before = describe()
      timer = setInterval(() => {
        const now = describe()
        if (now === before) reject(new Error(`nothing more came: ${now}`))
        before = now
      }, PATIENCE_MS)
    })
    try {
      return await Promise.race([work, this.silence.finished, stuck])
    } finally {
      clearInterval(timer)
    }
  }
}
