import type { LocalProcess } from './process.ts'

/** What a generator body yields while it waits. Only the runtime makes it; a body writes `yield*` before an operation. */
export interface Suspended {
  readonly suspended: true
}

/**
 * Something that a process waits for: `yield*` it in a generator body, `await` it everywhere else.
 *
 * It has started when you hold it: `const a = call(…); const b = call(…)` runs both at once.
 */
export interface Operation<T> extends Promise<T> {
  [Symbol.iterator](): Iterator<Suspended, T, unknown>
}

/** The process whose callback code begins a wait that it will go on from itself: see `CallbackCode.park`. */
export let parking: LocalProcess | undefined

/** Only for `CallbackCode`. */
export function setParking(process: LocalProcess | undefined): void {
  parking = process
}

const SUSPENDED: Suspended = { suspended: true }
/** What an operation's iterator answers while the process must wait. */
export const SUSPEND: IteratorYieldResult<Suspended> = { done: false, value: SUSPENDED }

/** Whether a body yielded what an operation told it to. */
export function isSuspended(value: unknown): boolean {
  return value === SUSPENDED
}

/** The promise side of an operation that a generator body holds, for the rare helper that awaits it. */
export abstract class Awaitable<T> {
  abstract promise(): Promise<T>

  get [Symbol.toStringTag](): string {
    return 'Operation'
  }

  /** What somebody sees who forgot to wait. */
  toString(): string {
    return '[Operation that nobody waits for: write `yield*` before it]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  // biome-ignore lint/suspicious/noThenProperty: an operation is a promise for everybody but its generator
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.promise().then(onValue, onError)
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.promise().catch(onError)
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.promise().finally(onEnd)
  }
}

/**
 * An operation in the hands of a generator body: iterator and iterator result in one object.
 *
 * `next()` is called once when `yield*` begins and once more when the process is resumed. Callback code that goes on by
 * itself uses `whenSettled` instead, and so needs no promise either.
 */
export class ParkedOperation<T> extends Awaitable<T> {
  done = false
  value: T | undefined = undefined
  failed = false
  error: unknown = undefined
  private readonly process: LocalProcess
  private settled: (() => void) | undefined = undefined

  constructor(process: LocalProcess) {
    super()
    this.process = process
  }

  succeed(value: T): void {
    this.done = true
    this.value = value
    this.wakeUp()
  }

  fail(error: unknown): void {
    this.failed = true
    this.error = error
    this.wakeUp()
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Suspended, T> {
    if (this.failed) throw this.error
    if (this.done) return this as unknown as IteratorReturnResult<T> // `done` and `value` are its own fields
    this.process.parked = this
    return SUSPEND
  }

  /** Calls `settled` when it has succeeded or failed: at once if it has already. */
  whenSettled(settled: () => void): void {
    const earlier = this.settled
    const both = () => {
      earlier?.()
      settled()
    }
    if (this.done || this.failed) settled()
    else this.settled = earlier === undefined ? settled : both
  }

  override promise(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.whenSettled(() => {
        if (this.failed) reject(this.error)
        else resolve(this.value as T)
        this.process.runtime.scheduler.asyncResumed()
      })
    })
  }

  private wakeUp(): void {
    this.settled?.()
    if (this.process.parked === this) {
      this.process.parked = undefined
      this.process.makeRunnable()
    }
  }
}

/** An operation that is over: for what turns out to need no wait. */
export function settledOperation<T>(process: LocalProcess, value: T): Operation<T> {
  if (!process.isGenerator) return Promise.resolve(value) as Operation<T> // only a generator body could iterate it
  const operation = new ParkedOperation<T>(process)
  operation.succeed(value)
  return operation as unknown as Operation<T> // ParkedOperation has everything that Operation promises
}

/** The operation that gives `convert` of what `source` gives. */
export function mapOperation<T, U>(source: Operation<T>, convert: (value: T) => U): Operation<U> {
  // Asynchronous code holds a plain promise.
  if (!(Symbol.iterator in source)) return (source as Promise<T>).then(convert) as Operation<U>
  return new MappedOperation(source, convert) as unknown as Operation<U> // it has everything that Operation promises
}

class MappedOperation<T, U> extends Awaitable<U> {
  private readonly source: Operation<T>
  private readonly convert: (value: T) => U

  constructor(source: Operation<T>, convert: (value: T) => U) {
    super()
    this.source = source
    this.convert = convert
  }

  *[Symbol.iterator](): Generator<Suspended, U, unknown> {
    return this.convert(yield* this.source)
  }

  override promise(): Promise<U> {
    return this.source.then(this.convert)
  }
}
