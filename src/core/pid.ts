import type { Receiver } from './ref.ts'

const brand = Symbol.for('beamish.pid')

/** What stands behind a live local pid. */
export interface PidReceiver extends Receiver {
  readonly signal: AbortSignal
}

/**
 * The address of a process: comparable with `===`, printable, sendable, never reused.
 *
 * `M` is the type of message that the process accepts; `Pid` alone accepts anything.
 * Semantics: OTP process identifiers.
 */
// biome-ignore lint/suspicious/noExplicitAny: an untyped pid accepts every message, and any Pid<M> may stand for it
export class Pid<in M = any> {
  /** Only a type: makes `Pid<Ping>` and `Pid<Pong>` different. */
  declare readonly accepts?: (message: M) => void
  /** The node that the process lives on. */
  readonly node: string
  /** Unique on its node, counting up. */
  readonly id: number
  /** The process while it is alive on this thread; `undefined` afterwards and for other nodes. Set by the runtime only. */
  receiver: PidReceiver | undefined

  constructor(node: string, id: number, receiver: PidReceiver | undefined) {
    this.node = node
    this.id = id
    this.receiver = receiver
  }

  get [brand](): true {
    return true
  }

  /**
   * Fires when the process ends: `fetch(url, { signal: self().signal })` dies with its owner.
   * @returns a signal that is already aborted when the process is dead (or on another node).
   */
  get signal(): AbortSignal {
    return this.receiver?.signal ?? AbortSignal.abort()
  }

  toString(): string {
    return `#Pid<${this.node}.${this.id}>`
  }

  toJSON(): string {
    return this.toString()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** Whether the value is a {@link Pid}, of this copy of the library or another. */
export function isPid(value: unknown): value is Pid {
  return value instanceof Pid || (typeof value === 'object' && value !== null && brand in value)
}
