import type { Code } from './code.ts'
import { ParkedOperation, setParking } from './operation.ts'
import type { LocalProcess } from './process.ts'

/**
 * Code made of callbacks: the loop of every behaviour.
 *
 * One callback at a time: while one is suspended on a promise, messages wait. Callbacks that return plain values cost no
 * promise. Measured by `bench/micro` (ping-pong, call, cast).
 */
export abstract class CallbackCode implements Code {
  /** Set before the first callback runs. */
  protected process!: LocalProcess
  private started = false
  protected suspended = false
  private resume: (() => void) | undefined = undefined
  /** Runs before any message is looked at, once. */
  protected next: (() => void) | undefined = undefined
  /** While set, only messages that it accepts are taken; the others wait in order. */
  protected selective: ((message: unknown) => boolean) | undefined = undefined

  /** The first thing that runs, before any message. */
  protected abstract start(): void
  /** One message from the mailbox. */
  protected abstract handle(message: unknown): void
  /** A callback threw. */
  protected abstract failed(thrown: unknown): void
  /** There is nothing to do: the process begins to wait. It may set `next` to go on at once. */
  protected idle(): void {}

  run(process: LocalProcess): void {
    process.listening = false
    try {
      this.runFirst(process)
      this.loop(process)
    } catch (thrown) {
      this.failed(thrown)
    }
  }

  crashed(thrown: unknown): void {
    this.failed(thrown)
  }

  /** Suspends the process until `promise` settles; then one of the two continues it. Nothing may follow in the caller. */
  protected await<T>(promise: PromiseLike<T>, onValue: (value: T) => void, onError?: (error: unknown) => void): void {
    this.suspended = true
    const failed = (error: unknown): void => {
      if (onError === undefined) throw error
      onError(error)
    }
    if (promise instanceof ParkedOperation) {
      const settled = () => (promise.failed ? failed(promise.error) : onValue(promise.value))
      promise.whenSettled(() => this.continueWith(settled))
    } else {
      promise.then(
        (value) => this.continueWith(() => onValue(value)),
        (error) => this.continueWith(() => failed(error)),
      )
    }
  }

  /**
   * Calls `begin`. A wait of this process that it begins at once (a call, the start of another process) makes no promise:
   * {@link await} goes on from it directly. Async functions can still await it.
   */
  protected park<T>(begin: () => T): T {
    setParking(this.process)
    try {
      return begin()
    } finally {
      setParking(undefined)
    }
  }

  private runFirst(process: LocalProcess): void {
    if (this.resume !== undefined) {
      const resume = this.resume
      this.resume = undefined
      this.suspended = false
      resume()
    } else if (!this.started) {
      this.started = true
      this.process = process
      this.start()
    }
  }

  private loop(process: LocalProcess): void {
    const { mailbox } = process
    const { scheduler } = process.runtime
    while (!this.suspended && !process.ending) {
      if (this.next !== undefined) {
        if (--scheduler.fuel < 0) break
        const { next } = this
        this.next = undefined
        next()
        continue
      }
      const position = this.selective === undefined ? 0 : mailbox.find(this.selective, 0)
      if (position < 0 || mailbox.size === 0) {
        this.idle()
        if (this.next !== undefined) continue
        process.listening = true
        return
      }
      if (--scheduler.fuel < 0) break
      process.reductions++
      this.handle(position === 0 ? mailbox.shift() : mailbox.remove(position))
    }
    // Its turn is over, and there is more to do: to the end of the run queue.
    if (!this.suspended && !process.ending) process.makeRunnable()
  }

  private continueWith(resume: () => void): void {
    if (this.process.ended) return
    this.resume = resume
    // A `receive` that the callback started and did not wait for ends with the callback.
    this.process.receiving?.close()
    this.process.makeRunnable()
  }
}
