import { BadArgumentError } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { isRef, Ref } from '../core/ref.ts'
import { asProcess } from './context.ts'
import { actingProcess, currentProcess } from './current.ts'
import type { CancelTimerMessage, TimeoutMessage } from './messages.ts'
import { checkName, type Name, Via } from './names.ts'
import type { LocalProcess } from './process.ts'
import type { Runtime } from './runtime.ts'
import { Timer } from './timers.ts'

/** Options of {@link sendAfter} and {@link startTimer}. */
export interface TimerOptions {
  /** `afterMs` is a time of the runtime's monotonic clock (`monotonicTime()`), not a delay. */
  readonly abs?: boolean
}

/** A running timer. Disposing it (`using`) cancels it. */
export class TimerRef extends Ref implements Disposable {
  readonly runtime: Runtime
  readonly timer: Timer
  private readonly target: LocalProcess | undefined

  constructor(runtime: Runtime, target: LocalProcess | undefined, deliver: (ref: TimerRef) => void) {
    super()
    this.runtime = runtime
    this.target = target
    this.timer = new Timer(() => {
      this.forget()
      deliver(this)
    })
    if (target !== undefined) {
      const own = target.own()
      own.timers ??= new Set()
      own.timers.add(this)
    }
  }

  /** The process that it is aimed at has ended. */
  release(): void {
    this.runtime.timers.cancel(this.timer)
  }

  /** @returns the milliseconds that were left, or false when it did not run. */
  cancel(): number | false {
    const remaining = this.runtime.timers.remaining(this.timer)
    this.runtime.timers.cancel(this.timer)
    this.forget()
    return remaining === false ? false : Math.ceil(remaining)
  }

  [Symbol.dispose](): void {
    this.cancel()
  }

  /** Takes it from the belongings of its target. Repeating timers keep it until they are cancelled. */
  protected forget(): void {
    this.target?.belongings?.timers?.delete(this)
  }
}

/** A timer that starts itself anew. Missed ticks do not pile up: the next one is due a full period after the last. */
class IntervalRef extends TimerRef {
  constructor(runtime: Runtime, target: LocalProcess | undefined, everyMs: number, deliver: () => void) {
    super(runtime, target, () => {
      this.runtime.timers.start(this.timer, everyMs)
      deliver()
    })
  }

  protected override forget(): void {
    if (!this.timer.isRunning) return
    super.forget()
  }

  override cancel(): number | false {
    const remaining = super.cancel()
    super.forget()
    return remaining
  }
}

/** The runtime's monotonic time in milliseconds, with fractions. Semantics: OTP `erlang:monotonic_time/1`. */
export function monotonicTime(): number {
  return currentProcess().runtime.clock.now()
}

/**
 * Sends `message` to `to` after `afterMs` milliseconds, never earlier.
 *
 * A name is resolved at delivery; if nobody has it then, the message is dropped. A timer aimed at a pid ends with the
 * process; the end of the caller does not matter. Timers that are due at the same time fire in the order of their start.
 * @param afterMs - at least 0; 0 still comes after what was sent before. With `abs`, a time of `monotonicTime()`.
 * @throws {BadArgumentError} for an illegal destination or delay. Semantics: OTP `erlang:send_after/4`.
 */
export function sendAfter<M>(to: Pid<M> | Name, message: M, afterMs: number, options?: TimerOptions): TimerRef {
  return begin('sendAfter', to, afterMs, options, () => message)
}

/**
 * As {@link sendAfter}, but delivers `{ type: 'timeout', ref, message }`, so that a late one can be told from a new one.
 *
 * Semantics: OTP `erlang:start_timer/4`.
 */
export function startTimer<M>(
  to: Pid<TimeoutMessage<M>> | Name,
  message: M,
  afterMs: number,
  options?: TimerOptions,
): TimerRef {
  return begin(
    'startTimer',
    to,
    afterMs,
    options,
    (ref) => ({ type: 'timeout', ref, message }) satisfies TimeoutMessage<M>,
  )
}

/**
 * Sends `message` to `to` every `everyMs` milliseconds until cancelled or until the process behind the pid ends.
 *
 * Semantics: OTP `timer:send_interval/3`. Differs: ticks that were missed are not made up for.
 */
export function sendInterval<M>(to: Pid<M> | Name, message: M, everyMs: number): TimerRef {
  if (!(typeof everyMs === 'number' && everyMs >= 1))
    throw new BadArgumentError('sendInterval', 'milliseconds, at least 1', everyMs)
  const { runtime } = actingProcess()
  const ref = new IntervalRef(runtime, targetOf('sendInterval', to), everyMs, () => deliver(runtime, to, message))
  return run(ref, to, everyMs, false)
}

function begin(
  where: string,
  to: Pid | Name,
  afterMs: number,
  options: TimerOptions | undefined,
  messageOf: (ref: TimerRef) => unknown,
): TimerRef {
  const abs = options?.abs ?? false
  if (typeof afterMs !== 'number' || Number.isNaN(afterMs) || (afterMs < 0 && !abs)) {
    throw new BadArgumentError(where, 'a delay in milliseconds, at least 0', afterMs)
  }
  const { runtime } = actingProcess()
  const ref = new TimerRef(runtime, targetOf(where, to), (fired) => deliver(runtime, to, messageOf(fired)))
  return run(ref, to, afterMs, abs)
}

function run(ref: TimerRef, to: Pid | Name, afterMs: number, abs: boolean): TimerRef {
  const { timers } = ref.runtime
  if (isPid(to) && to.receiver === undefined && to.node === ref.runtime.node) return ref // dead already: it never runs
  if (abs) timers.startAt(ref.timer, afterMs)
  else timers.start(ref.timer, afterMs)
  return ref
}

function targetOf(where: string, to: unknown): LocalProcess | undefined {
  if (isPid(to)) return to.receiver as LocalProcess | undefined
  if (typeof to !== 'string' && !(to instanceof Via))
    throw new BadArgumentError(where, 'a pid, a name or via(module, term)', to)
  checkName(where, to)
  return undefined
}

function deliver(runtime: Runtime, to: Pid | Name, message: unknown): void {
  if (typeof to === 'string') runtime.names.get(to)?.deliver(message)
  else if (to instanceof Via) deliverVia(runtime, to, message)
  else if (to.receiver !== undefined) to.receiver.deliver(message)
  else if (to.node !== runtime.node) runtime.nodeLink.send(to, message)
}

/** The module is somebody's code: it runs as the main process of the runtime, and its failure means that nobody is there. */
function deliverVia(runtime: Runtime, name: Via, message: unknown): void {
  let pid: Pid | undefined
  try {
    pid = asProcess(runtime.main, () => name.module.whereisName(name.term))
  } catch {
    return
  }
  if (pid !== undefined) deliver(runtime, pid, message)
}

/** Options of {@link cancelTimer}. */
export interface CancelTimerOptions {
  /** Answers true at once and sends `{ type: 'cancelTimer', ref, result }` to the caller. */
  readonly async?: boolean
  /** With false, no result is answered or sent. Default true. */
  readonly info?: boolean
}

/**
 * Cancels a timer.
 * @returns the milliseconds that were left; false when it was not running (its message may be in the mailbox already);
 * true with `async` or `info: false`.
 * @throws {BadArgumentError} when `ref` is no reference. Semantics: OTP `erlang:cancel_timer/2`.
 */
export function cancelTimer(ref: Ref, options: CancelTimerOptions = {}): number | boolean {
  if (!isRef(ref)) throw new BadArgumentError('cancelTimer', 'the reference that sendAfter or startTimer returned', ref)
  const result = ref instanceof TimerRef ? ref.cancel() : false
  if (options.info === false) return true
  if (!options.async) return result
  actingProcess().deliverSignal({ type: 'cancelTimer', ref, result } satisfies CancelTimerMessage)
  return true
}

/**
 * The milliseconds that are left of a timer; false when it does not run.
 * @throws {BadArgumentError} when `ref` is no reference. Semantics: OTP `erlang:read_timer/1`.
 */
export function readTimer(ref: Ref): number | false {
  if (!isRef(ref)) throw new BadArgumentError('readTimer', 'the reference that sendAfter or startTimer returned', ref)
  if (!(ref instanceof TimerRef)) return false
  const remaining = ref.runtime.timers.remaining(ref.timer)
  return remaining === false ? false : Math.ceil(remaining)
}
