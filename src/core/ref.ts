/** What stands behind an address on this thread: a process, or an alias of one. */
export interface Receiver {
  /** Appends a message for it; never runs its code and never throws. */
  deliver(message: unknown): void
}

const brand = Symbol.for('beamish.ref')

let lastId = 0

/**
 * A unique reference: of a monitor, a timer, an alias, a request. Compared with `===`.
 *
 * An alias is a reference that can be sent to instead of a pid, until it is switched off.
 * Semantics: OTP `erlang:make_ref/0`.
 */
export class Ref {
  /** Unique on its node, for printing. */
  readonly id: number
  /** Who gets what is sent to this reference; `undefined` when it is no (active) alias. Set by the runtime only. */
  receiver: Receiver | undefined = undefined

  constructor() {
    this.id = ++lastId
  }

  get [brand](): true {
    return true
  }

  toString(): string {
    return `#Ref<${this.id}>`
  }

  toJSON(): string {
    return this.toString()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** A new unique reference. Semantics: OTP `erlang:make_ref/0`. */
export function makeRef(): Ref {
  return new Ref()
}

/** Whether the value is a {@link Ref}, of this copy of the library or another. */
export function isRef(value: unknown): value is Ref {
  return value instanceof Ref || (typeof value === 'object' && value !== null && brand in value)
}
