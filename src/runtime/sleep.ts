import { BadArgumentError } from '../core/errors.ts'
import { currentProcess } from './current.ts'
import { Awaitable, type Operation, SUSPEND, type Suspended } from './operation.ts'
import type { LocalProcess } from './process.ts'
import { Receive, startReceive, type Timeout } from './receive.ts'
import { Wait } from './wait.ts'

/** A process waiting for a time. It is a monitor on itself, so that it ends with the process. */
class Nap extends Wait<void> {
  protected onTargetEnded(): void {}

  protected onTimeout(): void {
    this.succeed(undefined)
  }
}

/**
 * Waits `durationMs` without looking at the mailbox. Longer than 2^32 ms is allowed; `'infinity'` waits for ever. 0 lets
 * the others run, as {@link yieldNow} does.
 *
 * Several may be awaited at once, also beside a `receive`.
 * @throws {BadArgumentError} for what is no duration. Semantics: Elixir `Process.sleep/1`.
 */
export function sleep(durationMs: Timeout): Operation<void> {
  if (durationMs !== 'infinity' && !(typeof durationMs === 'number' && durationMs >= 0)) {
    throw new BadArgumentError('sleep', "milliseconds, at least 0, or 'infinity'", durationMs)
  }
  if (durationMs === 0) return yieldNow()
  const process = currentProcess()
  if (process.ended) return never()
  const nap = new Nap(process, process.pid)
  const operation = nap.begin(durationMs)
  nap.attach(process)
  return operation
}

/**
 * Lets every other process that is ready run first, and timers and sockets when the time slice is over: for long
 * computations, which hold the thread otherwise.
 *
 * Semantics: OTP `erlang:yield/0`.
 */
export function yieldNow(): Operation<void> {
  const process = currentProcess()
  if (process.isGenerator) return new Turn(process) as unknown as Operation<void> // for `yield*`, as every operation
  if (process.ended) return never()
  return nextTurn(process) as Operation<void> // not iterable, but only a generator body could try that
}

/** An orphan continuation goes no further. */
function never(): Operation<void> {
  return new Promise(() => {}) as Operation<void>
}

function nextTurn(process: LocalProcess): Promise<void> {
  return new Promise((resolve) => {
    process.runtime.scheduler.afterOthers(process, () => process.ended || resolve())
  })
}

/** A turn of a generator body: suspends once. */
class Turn extends Awaitable<void> {
  done = false
  value = undefined
  private readonly process: LocalProcess

  constructor(process: LocalProcess) {
    super()
    this.process = process
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Suspended, void> {
    if (this.done) return this as unknown as IteratorReturnResult<void> // `done` and `value` are its own fields
    this.done = true
    this.process.makeRunnable()
    return SUSPEND
  }

  override promise(): Promise<void> {
    return nextTurn(this.process)
  }
}

/** A receive that only looks whether there is a message. */
class Peek extends Receive<void> {
  protected override take(): boolean {
    return this.process.mailbox.size > 0
  }

  /** The message belongs into the mailbox. */
  override accept(): boolean {
    return false
  }
}

/**
 * Waits until the mailbox is not empty, and takes nothing from it: no message is expected soon.
 *
 * Semantics: OTP `erlang:hibernate/3`. Differs: a hint; the memory of a waiting process is as small as it gets already, and
 * the body goes on after it, where OTP's begins a function anew.
 */
export function hibernate(): Operation<void> {
  const process = currentProcess()
  return startReceive(process, new Peek(process, undefined, 'infinity'))
}
