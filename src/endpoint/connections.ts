import type { ExitReason } from '../core/reason.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { Timer } from '../runtime/timers.ts'
import { Drain } from '../socket/connection-process.ts'
import type { ConnectRequest } from '../socket/transport.ts'
import type { DrainSettings } from './options.ts'

/** One batch of a drain. */
export interface DrainRound {
  /** How many connections are told in this round. */
  readonly count: number
  /** How many in all rounds. */
  readonly total: number
  /** Which round it is, from 1. */
  readonly index: number
  readonly rounds: number
}

/** The connections of one mount, each with the process that serves it. For the listener, whose watches they are. */
export class Connections {
  private readonly listener: LocalProcess
  private readonly guards = new Set<SocketGuard>()
  /** New ones are told to go as soon as they come. */
  private isLeaving = false
  private emptied: () => void = () => {}

  constructor(listener: LocalProcess) {
    this.listener = listener
  }

  get size(): number {
    return this.guards.size
  }

  /** From now on, when the process ends, however, the connection does. */
  watch(client: ConnectRequest, socket: LocalProcess): void {
    const guard = new SocketGuard(this, this.listener, client, socket)
    this.guards.add(guard)
    if (this.isLeaving) guard.tell(new Drain())
  }

  left(guard: SocketGuard): void {
    this.guards.delete(guard)
    if (this.guards.size === 0) this.emptied()
  }

  /**
   * Tells the clients to come back elsewhere, a batch at a time: they do so at once, and all of them at once would be a storm.
   * @param told - is called for each batch.
   * @returns when they are gone, or the time is up: then the rest has not been told.
   */
  async drain(settings: DrainSettings, told: (round: DrainRound) => void): Promise<void> {
    const { clock } = this.listener.runtime
    const end = clock.now() + settings.shutdownMs
    const waiting = [...this.guards]
    const [total, size] = [waiting.length, settings.batchSize]
    const rounds = Math.ceil(total / size)
    for (let index = 1; index <= rounds && this.size > 0; index++) {
      const batch = waiting.slice((index - 1) * size, index * size)
      for (const guard of batch) guard.tell(new Drain())
      told({ count: batch.length, total, index, rounds })
      const left = end - clock.now()
      if (left <= 0) return
      await this.whenEmpty(index < rounds ? Math.min(settings.batchIntervalMs, left) : left)
    }
  }

  /** Tells everybody at once, also those who are still on their way. @returns when they are gone, or the time is up. */
  async dismiss(withinMs: number): Promise<void> {
    this.isLeaving = true
    for (const guard of this.guards) guard.tell(new Drain())
    if (this.size > 0) await this.whenEmpty(withinMs)
  }

  private whenEmpty(withinMs: number): Promise<void> {
    const { timers } = this.listener.runtime
    return new Promise((resolve) => {
      const timer = new Timer(resolve)
      timers.start(timer, withinMs)
      this.emptied = () => {
        timers.cancel(timer)
        resolve()
      }
    })
  }
}

/** The listener watches a socket process: when that ends, however, its connection does. */
class SocketGuard extends Monitor {
  private readonly connections: Connections
  private readonly client: ConnectRequest

  constructor(connections: Connections, listener: LocalProcess, client: ConnectRequest, socket: LocalProcess) {
    super(listener, socket.pid)
    this.connections = connections
    this.client = client
    this.attach(socket)
  }

  tell(message: unknown): void {
    this.target?.deliver(message)
  }

  override targetEnded(reason: ExitReason): void {
    this.client.ended(reason)
    this.connections.left(this)
  }
}
