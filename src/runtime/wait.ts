import type { CallLocation, ExitReason } from '../core/reason.ts'
import { callFailed, ExitError } from '../core/reason.ts'
import { Monitor } from './monitor.ts'
import { type Operation, ParkedOperation, parking } from './operation.ts'
import type { Timer } from './timers.ts'

/**
 * A process waiting for another one to answer, once: by a value, by its end, or not in time.
 *
 * It is a monitor on the other process, so that whichever end dies first cleans up; the answer goes straight to the waiter
 * and never through its mailbox, so a wait never scans old messages and a late answer has nowhere to leak to.
 * Only three things can settle it (`succeed`, `fail`, the timeout), and each first checks `pending`.
 */
export abstract class Wait<T> extends Monitor {
  pending = true
  private resolve: ((value: T) => void) | undefined = undefined
  private reject: ((error: unknown) => void) | undefined = undefined
  private operation: ParkedOperation<T> | undefined = undefined
  private timer: Timer | undefined = undefined
  /** Runs once the wait is over, however. */
  protected cleanup: (() => void) | undefined = undefined

  /** What the waiting process is told when the other one ends first. */
  protected abstract onTargetEnded(reason: ExitReason): void
  /** What it is told when the time is up. */
  protected abstract onTimeout(): void

  /** The waiting end: yieldable in a generator body, a promise everywhere else. Call it once. */
  begin(timeoutMs: number | 'infinity'): Operation<T> {
    if (timeoutMs !== 'infinity' && this.pending) this.startTimer(timeoutMs)
    if (this.watcher.isGenerator || this.watcher === parking) {
      this.operation = new ParkedOperation<T>(this.watcher)
      return this.operation as unknown as Operation<T> // ParkedOperation has everything that Operation promises
    }
    this.watcher.runtime.waitStarted(this.watcher)
    return new Promise<T>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    }) as Operation<T> // not iterable, but only a generator body could try that
  }

  succeed(value: T): void {
    if (!this.pending) return
    this.close()
    if (this.resolve !== undefined) {
      this.resolve(value)
      this.watcher.runtime.scheduler.asyncResumed()
    } else {
      this.operation?.succeed(value)
    }
  }

  fail(reason: ExitReason, call: CallLocation): void {
    this.failWith(new ExitError(callFailed(reason, call)))
  }

  failWith(error: unknown): void {
    if (!this.pending) return
    this.close()
    if (this.reject !== undefined) {
      this.reject(error)
      this.watcher.runtime.scheduler.asyncResumed()
    } else {
      this.operation?.fail(error)
    }
  }

  override targetEnded(reason: ExitReason): void {
    if (!this.pending) return
    const { watcher } = this
    // A link to the other process takes the waiting one along: what it waited in is never resumed. Only the main program
    // goes on, and is told.
    if (watcher.ending && watcher !== watcher.runtime.main) this.watcherEnded()
    else this.onTargetEnded(reason)
  }

  override watcherEnded(): void {
    this.pending = false
    this.cleanup?.()
    if (this.timer !== undefined) this.watcher.runtime.timers.cancel(this.timer)
  }

  /** The main process was ended: whoever still waits in it is told, because its code cannot be abandoned silently. */
  abandon(reason: ExitReason): void {
    this.reject?.(new ExitError(reason))
  }

  private startTimer(timeoutMs: number): void {
    const timer = this.watcher.takeTimer()
    timer.fire = () => {
      if (!this.pending) return
      this.onTimeout()
      this.watcher.runtime.scheduler.wake() // a drain finds out that the main program does not wait any more
    }
    this.timer = timer
    this.watcher.runtime.timers.startSoon(timer, timeoutMs)
    this.watcher.runtime.scheduler.wake()
  }

  private close(): void {
    this.pending = false
    this.detach()
    this.cleanup?.()
    if (this.timer !== undefined) {
      this.watcher.giveTimerBack(this.timer)
      this.timer = undefined
    }
  }
}
