import { BadArgumentError, BeamishError } from '../core/errors.ts'
import { currentProcess } from './current.ts'
import { Awaitable, type Operation, SUSPEND, type Suspended } from './operation.ts'
import type { LocalProcess } from './process.ts'
import type { Timer } from './timers.ts'

/** Milliseconds, or `'infinity'`. */
export type Timeout = number | 'infinity'

const LONGEST_TIMEOUT_MS = 2 ** 32 - 1

/**
 * Checks a timeout at the door.
 * @throws {BadArgumentError} when it is not a whole number from 0 to 2^32 − 1 or `'infinity'`. Semantics: OTP `timeout_value`.
 */
export function checkTimeout(where: string, value: unknown): asserts value is Timeout {
  if (value === 'infinity') return
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_TIMEOUT_MS) return
  throw new BadArgumentError(where, "whole milliseconds from 0 to 4294967295, or 'infinity'", value)
}

/** How long to wait for a message. */
export interface ReceiveOptions {
  /** Milliseconds from now, a whole number from 0 to 2^32 − 1, or `'infinity'` (the default). */
  readonly afterMs?: Timeout
}

/**
 * One `receive`: scans the mailbox once, then only what arrives.
 *
 * In a generator body it is an iterator that takes the message by itself; in asynchronous code it resolves a promise
 * when the scheduler serves the process.
 */
export class Receive<T> extends Awaitable<T | undefined> {
  // Iterator result: `next()` answers with the operation itself.
  done = true
  value: T | undefined = undefined
  protected readonly process: LocalProcess
  private readonly match: ((message: unknown) => boolean) | undefined
  private readonly afterMs: Timeout
  /** Messages before this position were looked at and not wanted, as long as nobody else takes any. */
  private position = 0
  private disturbances = 0
  private timer: Timer | undefined = undefined
  private timedOut: boolean
  private resolve: ((value: T | undefined) => void) | undefined = undefined
  private reject: ((error: unknown) => void) | undefined = undefined
  private promised: Promise<T | undefined> | undefined = undefined

  constructor(process: LocalProcess, match: ((message: unknown) => boolean) | undefined, afterMs: Timeout) {
    super()
    this.process = process
    this.match = match
    this.afterMs = afterMs
    this.timedOut = afterMs === 0
  }

  // ── In a generator body ──

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Suspended, T | undefined> {
    const process = this.process
    if (--process.runtime.scheduler.fuel < 0) {
      process.makeRunnable() // its turn is over: to the end of the run queue, mailbox as it is
      return SUSPEND
    }
    if (this.takeOrClose() || this.timedOut) {
      this.close()
      return this as unknown as IteratorReturnResult<T | undefined> // `done` and `value` are its own fields
    }
    process.listening = true
    this.value = undefined // a waiting process must not keep the last message alive
    if (this.timer === undefined && this.afterMs !== 'infinity') this.startTimer(this.afterMs)
    return SUSPEND
  }

  /** What `match` throws ends the receive. */
  private takeOrClose(): boolean {
    try {
      return this.take()
    } catch (error) {
      this.close()
      throw error
    }
  }

  // ── In asynchronous code ──

  /** For an async helper that a generator body awaits. */
  override promise(): Promise<T | undefined> {
    this.promised ??=
      this.process.receiving === undefined ? this.begin() : Promise.reject(alreadyReceiving(this.process))
    return this.promised
  }

  begin(): Promise<T | undefined> {
    const process = this.process
    const scheduler = process.runtime.scheduler
    if (--scheduler.immediateReceives > 0 && process.mailbox.size > 0 && this.take()) {
      process.reductions++
      return Promise.resolve(this.value)
    }
    process.receiving = this as Receive<unknown>
    process.listening = true
    if (this.timedOut || process.mailbox.size > 0) process.makeRunnable()
    if (!this.timedOut && this.afterMs !== 'infinity') this.startTimer(this.afterMs)
    process.runtime.waitStarted(process)
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /**
   * A message comes while asynchronous code awaits any: the promise is resolved at once, which runs nothing yet.
   * @returns whether the message was taken; otherwise it goes through mailbox and run queue.
   */
  accept(message: unknown): boolean {
    const process = this.process
    if (this.match !== undefined || process.queued || !process.runtime.scheduler.mayHandOver(process)) return false
    this.close()
    process.reductions++
    this.resolve?.(message as T) // the caller of receive<T>() says what it is sent
    return true
  }

  /** The scheduler runs a process whose asynchronous code awaits this. */
  serve(): void {
    try {
      if (!this.take() && !this.timedOut) return
    } catch (error) {
      this.close()
      this.reject?.(error)
      this.process.runtime.scheduler.asyncResumed()
      return
    }
    this.close()
    this.process.reductions++
    this.process.runtime.scheduler.fuel--
    this.resolve?.(this.value)
    this.process.runtime.scheduler.asyncResumed()
  }

  /** The process ended while it waited. */
  abandon(error: unknown): void {
    this.close()
    this.reject?.(error)
  }

  close(): void {
    this.process.listening = false
    this.promised = undefined
    if (this.resolve !== undefined) this.process.receiving = undefined
    if (this.timer !== undefined) {
      this.process.giveTimerBack(this.timer)
      this.timer = undefined
    }
  }

  /** Ends the wait as if the time were up. */
  expire(): void {
    this.timedOut = true
    this.process.makeRunnable()
  }

  protected take(): boolean {
    const mailbox = this.process.mailbox
    if (this.match === undefined) {
      if (mailbox.size === 0) return false
      this.value = mailbox.shift() as T // the caller of receive<T>() says what it is sent
      return true
    }
    if (this.disturbances !== mailbox.disturbances) this.position = 0
    const position = mailbox.find(this.match, this.position)
    if (position < 0) {
      this.position = mailbox.size
      this.disturbances = mailbox.disturbances
      return false
    }
    this.value = mailbox.remove(position) as T // `match` is its type guard
    return true
  }

  private startTimer(afterMs: number): void {
    const timer = this.process.takeTimer()
    timer.fire = () => {
      this.timer = undefined
      this.expire()
    }
    this.timer = timer
    this.process.runtime.timers.startSoon(timer, afterMs)
    this.process.runtime.scheduler.wake()
  }
}

/**
 * Takes the oldest message that `match` accepts, waiting for it if need be.
 *
 * `yield*` it in a generator body, `await` it everywhere else. Messages that do not match stay, in order.
 * @param match - a type guard or predicate; without it, any message. What it throws is thrown here.
 * @param options - `afterMs`: how long to wait; 0 looks at what is there.
 * @returns the message; `undefined` when the time is up.
 * @throws {BadArgumentError} `BEAMISH_BAD_ARGUMENT` for an illegal `afterMs` ·
 * {@link BeamishError} `BEAMISH_ALREADY_RECEIVING` when the same process already awaits a `receive`.
 *
 * Semantics: OTP `receive … after …`. Not for GenServer callbacks: it would steal the server's own messages.
 */
// biome-ignore lint/suspicious/noExplicitAny: an untyped receive yields whatever was sent, as in an untyped process
export function receive<M = any>(): Operation<M>
// biome-ignore lint/suspicious/noExplicitAny: as above
export function receive<M = any>(options: { readonly afterMs: 'infinity' }): Operation<M>
// biome-ignore lint/suspicious/noExplicitAny: as above
export function receive<M = any>(options: ReceiveOptions): Operation<M | undefined>
// biome-ignore lint/suspicious/noExplicitAny: a guard narrows from anything
export function receive<T>(match: (message: any) => message is T): Operation<T>
// biome-ignore lint/suspicious/noExplicitAny: as above
export function receive<T>(match: (message: any) => message is T, options: ReceiveOptions): Operation<T | undefined>
// biome-ignore lint/suspicious/noExplicitAny: as above
export function receive<M = any>(match: (message: M) => boolean): Operation<M>
// biome-ignore lint/suspicious/noExplicitAny: as above
export function receive<M = any>(match: (message: M) => boolean, options: ReceiveOptions): Operation<M | undefined>
export function receive(
  first?: ((message: never) => boolean) | ReceiveOptions,
  second?: ReceiveOptions,
): Operation<unknown> {
  const process = currentProcess()
  if (first === undefined && second === undefined) return startReceive(process, plainReceive(process))
  const match = typeof first === 'function' ? (first as (message: unknown) => boolean) : undefined
  const options = match === undefined ? (first as ReceiveOptions | undefined) : second
  if (options !== undefined && options.afterMs === undefined) checkOptions(options)
  const afterMs = options?.afterMs ?? 'infinity'
  if (afterMs !== 'infinity') checkTimeout('receive: afterMs', afterMs)
  return startReceive(process, new Receive<unknown>(process, match, afterMs))
}

/** A time limit under another name would be no limit at all. */
function checkOptions(options: unknown): void {
  if (typeof options === 'object' && Object.keys(options as object).every((key) => key === 'afterMs')) return
  throw new BadArgumentError('receive', 'a predicate, { afterMs } or both', options)
}

/** The `receive()` of any message, for ever: it keeps nothing between two uses, so a process needs only one. */
function plainReceive(process: LocalProcess): Receive<unknown> {
  process.plainReceive ??= new Receive<unknown>(process, undefined, 'infinity')
  return process.plainReceive
}

/** Begins a receive, in the way that the code of `process` waits. */
export function startReceive<T>(process: LocalProcess, operation: Receive<T>): Operation<T> {
  if (process.isGenerator) return operation as unknown as Operation<T> // see Operation: for `yield*`
  if (process.ended) return new Promise(() => {}) as Operation<T> // an orphan continuation goes no further
  if (process.receiving !== undefined) throw alreadyReceiving(process)
  return operation.begin() as Operation<T> // not iterable, but only a generator body could try that
}

function alreadyReceiving(process: LocalProcess): BeamishError {
  return new BeamishError(
    'BEAMISH_ALREADY_RECEIVING',
    `${process.displayName} already awaits a receive; a process waits for one message at a time. ` +
      'For a time limit use receive(match, { afterMs }); to wait for two things use one predicate that accepts both.',
  )
}
