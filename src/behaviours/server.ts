import { BadArgumentError } from '../core/errors.ts'
import { Pid } from '../core/pid.ts'
import { type CallLocation, type ExitReason, isAbnormal, reasonOfThrown } from '../core/reason.ts'
import type { Client } from '../reports/report.ts'
import { isGeneratorFunction, isThenable } from '../runtime/code.ts'
import { runInside } from '../runtime/context.ts'
import { actingProcess } from '../runtime/current.ts'
import { ExitMessage } from '../runtime/messages.ts'
import { checkServer, resolveServer, type ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { checkTimeout, type Timeout } from '../runtime/receive.ts'
import { StartableCode, stopProcess } from '../runtime/start.ts'
import { SystemMessage } from '../runtime/system-message.ts'
import { Call } from './call.ts'
import type { Debug } from './debug.ts'
import { describeMessage } from './describe-message.ts'
import { Result } from './result.ts'

const AsyncFunction = Object.getPrototypeOf(async () => {}) as object

/** A callback of a module, and whether it needs the async context of its process. */
export class Callback {
  // biome-ignore lint/suspicious/noExplicitAny: callbacks are typed where the module is defined; here they are only called
  readonly call: (...args: any[]) => unknown
  /** True for async functions; a plain function is found out the first time that it returns a promise. */
  isAsync: boolean

  // biome-ignore lint/suspicious/noExplicitAny: as above
  constructor(call: (...args: any[]) => unknown) {
    if (isGeneratorFunction(call)) {
      const remedy = 'Write an async function, and `await` where a process body has `yield*`.'
      throw new BadArgumentError('a callback', 'a plain or an async function, no generator function', call, remedy)
    }
    this.call = call
    this.isAsync = Object.getPrototypeOf(call) === AsyncFunction
  }
}

/** Wraps an optional callback. */
// biome-ignore lint/suspicious/noExplicitAny: as Callback
export function callback(call: ((...args: any[]) => unknown) | undefined): Callback | undefined {
  return call === undefined ? undefined : new Callback(call)
}

/** What `formatStatus` may redact. */
export interface Status {
  readonly state: unknown
  readonly message: unknown
  readonly reason: ExitReason
  readonly log: readonly unknown[]
}

/**
 * What every server of OTP has in common: start, system messages, the parent's exit, terminate, and the reports.
 *
 * Semantics: OTP `gen`, `sys` and `proc_lib`; `otp.md` §11, §12.7, §23, §24.
 */
export abstract class ServerCode extends StartableCode {
  /** Installed by `sys`; absent in nearly every server. */
  debug: Debug | undefined = undefined
  isSuspended = false
  protected terminating = false
  protected lastMessage: unknown = undefined

  /** `GenServer`, `StateMachine`, `Supervisor` … */
  abstract readonly behaviour: string
  /** What the callback module is called in reports. */
  abstract readonly moduleName: string
  /** What `sys.getState` answers, what `sys.replaceState` replaces. */
  abstract getState(): unknown
  abstract replaceState(state: unknown): void
  /** The module's own last words, if it has any. */
  protected abstract terminateCallback(reason: ExitReason): unknown
  /** The module's `formatStatus`, if it has one. */
  protected formatStatus: ((status: Status) => Partial<Status>) | undefined = undefined
  /** What a behaviour adds to its terminate report. */
  protected reportDetails(): Record<string, unknown> {
    return {}
  }

  get pid(): Pid {
    return this.process.pid
  }

  get localProcess(): LocalProcess {
    return this.process
  }

  /** Calls a callback, in its process's async context when it may need one. */
  protected invoke(callback: Callback, a?: unknown, b?: unknown, c?: unknown): unknown {
    if (callback.isAsync) return runInside(this.process, () => callback.call(a, b, c))
    const result = callback.call(a, b, c)
    // Asked first what nearly always comes: looking for a `then` on every kind of value that callbacks return is slow.
    if (!(result instanceof Result) && isThenable(result)) callback.isAsync = true
    return result
  }

  /** Continues with the value of a callback, at once or when its promise settles. */
  protected whenDone(result: unknown, onValue: (value: unknown) => void, onError?: (error: unknown) => void): void {
    if (isThenable(result)) this.await(result, onValue, onError)
    else onValue(result)
  }

  /** A system message or the parent's exit: handled here. @returns whether it was one. */
  protected handleSystem(message: unknown): boolean {
    if (message instanceof SystemMessage) {
      message.apply(this)
      return true
    }
    if (!(message instanceof ExitMessage) || message.from !== this.parent) return false
    this.terminate(message.reason)
    return true
  }

  suspend(): void {
    this.isSuspended = true
    this.selective = (message) =>
      message instanceof SystemMessage || (message instanceof ExitMessage && message.from === this.parent)
  }

  resumeLoop(): void {
    this.isSuspended = false
    this.selective = undefined
  }

  /**
   * Runs the module's `terminate` and ends the process. A failure of it becomes the reason.
   * @param beforeEnd - what is still to be done when it has run, such as a last reply.
   */
  terminate(reason: ExitReason, beforeEnd?: () => void): void {
    if (this.terminating) return
    this.terminating = true
    this.next = undefined
    const end = (final: ExitReason) => {
      beforeEnd?.()
      this.reportTerminate(final)
      this.finish(final)
    }
    try {
      this.whenDone(
        this.terminateCallback(reason),
        () => end(reason),
        (error) => end(reasonOfThrown(error)),
      )
    } catch (error) {
      end(reasonOfThrown(error))
    }
  }

  protected override failed(thrown: unknown): void {
    if (this.isStarting) super.failed(thrown)
    else if (this.terminating) this.finish(reasonOfThrown(thrown))
    else this.terminate(reasonOfThrown(thrown))
  }

  /** A callback that is suspended cannot be continued by `terminate`: then the server ends without it. */
  override crashed(thrown: unknown): void {
    if (this.isStarting || !this.suspended) {
      this.failed(thrown)
      return
    }
    const reason = reasonOfThrown(thrown)
    this.reportTerminate(reason)
    this.finish(reason)
  }

  /** The state, message and log as they may be shown. */
  redacted(reason: ExitReason): Status {
    const status: Status = {
      state: this.getState(),
      message: this.lastMessage,
      reason,
      log: this.debug?.events() ?? [],
    }
    if (this.formatStatus === undefined) return status
    try {
      return { ...status, ...this.formatStatus(status) }
    } catch {
      const hidden = `${this.moduleName}.formatStatus failed: not shown`
      return { state: hidden, message: hidden, reason, log: [] }
    }
  }

  protected reportTerminate(reason: ExitReason): void {
    if (!isAbnormal(reason)) return
    const { process } = this
    const shown = this.redacted(reason)
    process.runtime.report({
      type: 'serverTerminate',
      level: 'error',
      behaviour: this.behaviour,
      module: this.moduleName,
      pid: process.pid,
      name: process.name,
      label: process.belongings?.label,
      lastMessage: describeMessage(shown.message),
      state: shown.state,
      reason: shown.reason,
      client: clientOf(this.lastMessage),
      log: shown.log,
      details: this.reportDetails(),
    })
  }
}

function clientOf(message: unknown): Client | undefined {
  if (!(message instanceof Call)) return undefined
  const { pid, watcher, pending } = message
  return { pid, name: watcher.name, isAlive: !watcher.ending, isWaiting: pending }
}

/** The code of a server of this thread, for `sys` and the behaviours' own client functions. */
export function stopServer(site: string, server: ServerRef, reason: ExitReason, timeoutMs: Timeout): Operation<'ok'> {
  checkTimeout(`${site}.stop: timeoutMs`, timeoutMs)
  const location: CallLocation = { module: site, function: 'stop', args: [server, reason, timeoutMs] }
  const target = resolveServer(server)
  if (target === undefined) checkServer(`${site}.stop`, server)
  const local = target === undefined || 'mailbox' in target ? (target as LocalProcess | undefined) : undefined
  const order = new SystemMessage<ServerCode>((code) => code.terminate(reason))
  return stopProcess(local, order, reason, timeoutMs, location)
}

/** A caller of `sys` that waits. */
class SystemCall extends Call {
  private readonly asked: CallLocation

  constructor(caller: LocalProcess, server: ServerRef, timeoutMs: Timeout, asked: CallLocation) {
    super(caller, server, 'system', undefined, { ...asked, defaultTimeoutMs: timeoutMs }, undefined)
    this.asked = asked
  }

  override get location(): CallLocation {
    return this.asked
  }
}

/**
 * A system request that answers: `Sys.getState` and its like.
 * @param ask - done by the server's loop; what it throws, the caller throws.
 * @param afterwards - done by the server once it has answered.
 */
export function systemCall<T>(
  location: CallLocation,
  server: ServerRef,
  timeoutMs: Timeout,
  ask: (code: ServerCode) => T,
  afterwards?: (code: ServerCode) => void,
): Operation<T> {
  const caller = actingProcess()
  checkTimeout(`${location.module}.${location.function}: timeoutMs`, timeoutMs)
  const call = new SystemCall(caller, server, timeoutMs, location)
  const operation = call.begin(timeoutMs)
  const target = resolveServer(server)
  if (target instanceof Pid)
    call.fail('noconnection') // a function cannot travel
  else if (target === undefined || target.ending) call.fail('noproc')
  else if (target === caller) call.fail('callingSelf')
  else {
    call.attach(target)
    target.deliverSignal(new SystemMessage<ServerCode>((code) => answerSystem(call, code, ask, afterwards)))
  }
  return operation as Operation<T>
}

function answerSystem<T>(
  call: Call,
  code: ServerCode,
  ask: (code: ServerCode) => T,
  afterwards: ((code: ServerCode) => void) | undefined,
): void {
  try {
    call.answer(ask(code))
  } catch (error) {
    call.failWith(error)
  }
  afterwards?.(code)
}
