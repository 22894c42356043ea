/** The key of the event timeout: any event cancels it. */
export const EVENT_TIMEOUT: unique symbol = Symbol('beamish.eventTimeout')
/** The key of the state timeout: a change of state cancels it. */
export const STATE_TIMEOUT: unique symbol = Symbol('beamish.stateTimeout')

/** Starts and cancels the alarms behind the timeouts. `Handle` says which alarm it was when one goes off. */
export interface Alarms<Handle> {
  /** @param abs - `time` is a time of the monotonic clock, not a delay. */
  start(key: unknown, time: number, abs: boolean): Handle
  cancel(handle: Handle): void
}

/** What an action asks of a timeout. `key` is {@link EVENT_TIMEOUT}, {@link STATE_TIMEOUT} or the name of a generic one. */
export type TimeoutOrder =
  | {
      readonly order: 'start'
      readonly key: unknown
      readonly time: number | 'infinity'
      readonly abs: boolean
      readonly content: unknown
    }
  | { readonly order: 'cancel'; readonly key: unknown }
  | { readonly order: 'update'; readonly key: unknown; readonly content: unknown }

/** A timeout that is over. */
export interface Expired {
  readonly key: unknown
  readonly content: unknown
}

interface Running<Handle> {
  /** `undefined` for a time of zero: no alarm, it is next in {@link TimerTable.takeZero}. */
  readonly handle: Handle | undefined
  content: unknown
}

/**
 * The timeouts of one machine, at most one per key.
 *
 * A time of zero is no timer: it waits in a line of its own until the queue of events is empty. An alarm that goes off after
 * its timeout was cancelled or started anew is not in the table any more, and so means nothing.
 *
 * Semantics: OTP gen_statem, `otp.md` §13.6.
 */
export class TimerTable<Handle> {
  private readonly alarms: Alarms<Handle>
  private readonly running = new Map<unknown, Running<Handle>>()
  /** Keys of the timeouts of time zero, in the order of their start. */
  private zeros: unknown[] = []

  constructor(alarms: Alarms<Handle>) {
    this.alarms = alarms
  }

  get hasZero(): boolean {
    return this.zeros.length > 0
  }

  /** Every timeout that runs: for reports and snapshots. */
  entries(): { readonly key: unknown; readonly content: unknown; readonly handle: Handle | undefined }[] {
    return [...this.running].map(([key, { content, handle }]) => ({ key, content, handle }))
  }

  apply(order: TimeoutOrder): void {
    switch (order.order) {
      case 'start':
        this.start(order.key, order.time, order.abs, order.content)
        break
      case 'cancel':
        this.cancel(order.key)
        break
      case 'update':
        this.update(order.key, order.content)
    }
  }

  /** Starts a timeout; if it runs already, anew. `'infinity'` only cancels. */
  start(key: unknown, time: number | 'infinity', abs: boolean, content: unknown): void {
    this.cancel(key)
    if (time === 'infinity' || time === Number.POSITIVE_INFINITY) return
    if (time === 0 && !abs) {
      this.running.set(key, { handle: undefined, content })
      this.zeros.push(key)
    } else {
      this.running.set(key, { handle: this.alarms.start(key, time, abs), content })
    }
  }

  cancel(key: unknown): void {
    const found = this.running.get(key)
    if (found === undefined) return
    this.running.delete(key)
    if (found.handle === undefined) this.zeros = this.zeros.filter((other) => other !== key)
    else this.alarms.cancel(found.handle)
  }

  /** Changes what a running timeout carries, not its time; if none runs, it is over at once. */
  update(key: unknown, content: unknown): void {
    const found = this.running.get(key)
    if (found === undefined) this.start(key, 0, false, content)
    else found.content = content
  }

  /** An alarm went off. @returns `undefined` when it was not the current one of its key. */
  expire(key: unknown, handle: Handle): Expired | undefined {
    const found = this.running.get(key)
    if (found === undefined || found.handle !== handle) return undefined
    this.running.delete(key)
    return { key, content: found.content }
  }

  /** The oldest timeout of time zero. */
  takeZero(): Expired | undefined {
    const key = this.zeros.shift()
    if (key === undefined) return undefined
    const found = this.running.get(key)
    this.running.delete(key)
    return { key, content: found?.content }
  }

  /** Cancels everything. */
  clear(): void {
    for (const key of [...this.running.keys()]) this.cancel(key)
  }
}
