import { Call, PostedCall, type Request } from '../src/behaviours/call.ts'
import { ServerCode } from '../src/behaviours/server.ts'
import { whatStarts } from '../src/behaviours/start.ts'
import { BeamishError } from '../src/core/errors.ts'
import { isPid, type Pid } from '../src/core/pid.ts'
import { badReturnValue, type ExitReason, reasonOfThrown } from '../src/core/reason.ts'
import type { SupervisorReport } from '../src/reports/report.ts'
import { isThenable } from '../src/runtime/code.ts'
import { runInside } from '../src/runtime/context.ts'
import { ExitMessage } from '../src/runtime/messages.ts'
import type { StartError, StartOutcome } from '../src/runtime/start.ts'
import { type CheckedSpec, withoutArgs } from './child-spec.ts'
import type { RestartIntensity } from './restart-intensity.ts'
import { endedInOrder, stopChildren } from './shutdown.ts'
import { Retry, type SupervisedChild } from './supervised-child.ts'

/**
 * What both kinds of supervisor share: the loop, how one child is started and stopped, reports, and giving up.
 *
 * Whatever takes time (a child that starts or stops) suspends the loop, and requests wait: "Nothing may follow in the
 * caller" of a function that takes a continuation. Measured by `bench/` (restarts, dynamic children).
 */
export abstract class SupervisorCode extends ServerCode {
  protected abstract readonly intensity: RestartIntensity
  /** The level of its progress reports. */
  protected abstract readonly progressLevel: 'info' | 'debug'
  protected readonly byPid = new Map<Pid, SupervisedChild>()

  /** A linked process ended. */
  protected abstract processExited(pid: Pid, reason: ExitReason): void
  /** A failed restart is to be tried again. */
  protected abstract tryAgain(child: SupervisedChild): void
  /** Answers a request, now or later. The client functions build the payload. @returns false for one that it does not know. */
  protected abstract answer(request: Request): boolean
  /** Stops every child, then goes on. */
  protected abstract stopAll(then: () => void): void

  protected handle(message: unknown): void {
    this.lastMessage = message
    if (this.debug !== undefined) this.debug.event({ type: 'in', message }, this.getState())
    if (message instanceof ExitMessage) this.handleExit(message)
    else if (message instanceof Retry) this.handleRetry(message)
    else if (message instanceof Call || message instanceof PostedCall) {
      if (!this.answer(message)) this.reportUnexpected(message)
    } else if (!this.handleSystem(message)) this.reportUnexpected(message)
  }

  private handleExit(message: ExitMessage): void {
    if (message.from === this.parent) this.terminate(message.reason)
    else this.processExited(message.from, message.reason)
  }

  private handleRetry(retry: Retry): void {
    if (retry.child.retry === retry) this.tryAgain(retry.child)
  }

  // ── Starting one child ───────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Starts a child.
   * @returns the outcome when it is known at once. Else `undefined`: `later` gets it, and nothing may follow in the caller.
   */
  protected launch(
    spec: CheckedSpec,
    later: (outcome: StartOutcome) => void,
    args = spec.args,
  ): StartOutcome | undefined {
    let result: unknown
    try {
      result = this.callStart(spec.start, args)
    } catch (thrown) {
      return outcomeOfThrown(thrown)
    }
    if (!isThenable(result)) return outcomeOf(result)
    this.await(
      result,
      (value) => later(outcomeOf(value)),
      (thrown) => later(outcomeOfThrown(thrown)),
    )
    return undefined
  }

  private callStart(start: CheckedSpec['start'], args: readonly unknown[]): unknown {
    if (whatStarts(start) !== undefined) return this.park(() => start(...args))
    // What it does after an `await` must still be done by the supervisor: it links the child to it.
    return runInside(this.process, () => this.park(() => start(...args)))
  }

  /** One more restart. @returns false when it was one too many: the supervisor gives up, and nothing may follow. */
  protected mayRestart(child: SupervisedChild): boolean {
    if (this.intensity.add(this.process.runtime.clock.now())) return true
    this.report('shutdown', 'reachedMaxRestartIntensity', child, child.lastPid)
    child.pid = undefined
    child.retry = undefined
    this.terminate('shutdown')
    return false
  }

  /** The restart of `child` failed: it is tried again when the messages that wait now have been handled. */
  protected retryLater(child: SupervisedChild, reason: ExitReason): void {
    this.report('startError', reason, child, child.lastPid)
    child.pid = 'restarting'
    child.retry = new Retry(child)
    this.process.deliverSignal(child.retry)
  }

  /** A child runs: it is known by its pid from here on. */
  protected childStarted(child: SupervisedChild, pid: Pid): void {
    child.pid = pid
    child.lastPid = pid
    child.retry = undefined
    if (child.spec.restart === 'temporary' && child.spec.args.length > 0) child.spec = withoutArgs(child.spec)
    this.byPid.set(pid, child)
    this.reportProgress(child)
  }

  // ── Stopping ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Stops running children, all at once. Odd reasons are reported.
   * @returns whether that is done. If not, `later` is called when it is, and nothing may follow in the caller.
   */
  protected stopNow(children: readonly SupervisedChild[], later: () => void): boolean {
    const over = stopChildren(this.process, children, (child, reason) => this.stopped(child, reason))
    if (!over.done) this.await(over, later)
    return over.done
  }

  private stopped(child: SupervisedChild, reason: ExitReason): void {
    if (!endedInOrder(child.spec, reason)) this.report('shutdownError', reason, child)
    this.byPid.delete(child.pid as Pid)
    child.pid = undefined
  }

  override terminate(reason: ExitReason, beforeEnd?: () => void): void {
    if (this.terminating) return
    this.terminating = true
    this.stopAll(() => {
      beforeEnd?.()
      this.reportTerminate(reason)
      this.finish(reason)
    })
  }

  protected terminateCallback(): void {} // a supervisor's last words are the ends of its children: see `terminate`

  // ── Reports ──────────────────────────────────────────────────────────────────────────────────────────────────────

  protected report(
    context: SupervisorReport['context'],
    reason: ExitReason,
    child: SupervisedChild,
    pid = child.pid,
  ): void {
    const { runtime, pid: supervisor, name } = this.process
    runtime.report({
      type: 'supervisor',
      level: 'error',
      supervisor,
      name,
      context,
      reason,
      offender: child.describe(pid),
    })
  }

  protected reportProgress(child: SupervisedChild): void {
    const { runtime, pid: supervisor, name } = this.process
    runtime.report({ type: 'progress', level: this.progressLevel, supervisor, name, started: child.describe() })
  }

  private reportUnexpected(message: unknown): void {
    const { runtime, pid, name } = this.process
    runtime.report({ type: 'unexpectedMessage', level: 'warning', module: this.moduleName, pid, name, message })
  }

  replaceState(): never {
    throw new BeamishError(
      'BEAMISH_STATE_NOT_REPLACEABLE',
      `the state of ${this.behaviour} ${this.process.displayName} follows its children; use startChild, terminateChild and their like.`,
    )
  }
}

/** What a start function returned, as an outcome. Any other value refuses the start, with that value as the reason. */
function outcomeOf(value: unknown): StartOutcome {
  if (isPid(value)) return { type: 'started', pid: value }
  if (isOutcome(value)) return value
  return { type: 'refused', reason: value === undefined ? badReturnValue(value, NOTHING_STARTED) : value }
}

const NOTHING_STARTED =
  'start must return the pid or the outcome of what it starts, got undefined. Is a `return` missing?'

function isOutcome(value: unknown): value is StartOutcome {
  if (typeof value !== 'object' || value === null) return false
  const outcome = value as { type?: unknown; pid?: unknown }
  switch (outcome.type) {
    case 'started':
    case 'alreadyStarted':
      return isPid(outcome.pid)
    case 'refused':
      return 'reason' in outcome
    default:
      return outcome.type === 'ignored'
  }
}

function outcomeOfThrown(thrown: unknown): StartOutcome {
  const { name, outcome } = (thrown ?? {}) as Partial<StartError>
  return name === 'StartError' && isOutcome(outcome) ? outcome : { type: 'refused', reason: reasonOfThrown(thrown) }
}

/** Why a child did not start, for reports and refusals. */
export function failureOf(outcome: Exclude<StartOutcome, { type: 'started' | 'ignored' }>): ExitReason {
  return outcome.type === 'refused' ? outcome.reason : { type: 'alreadyStarted', pid: outcome.pid }
}
