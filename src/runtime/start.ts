import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, BeamishError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import {
  type CallLocation,
  ExitError,
  type ExitReason,
  formatReason,
  isAbnormal,
  isUncaughtError,
  reasonOfThrown,
} from '../core/reason.ts'
import { CallbackCode } from './callback-code.ts'
import { crashReport } from './crash-report.ts'
import { actingProcess } from './current.ts'
import { MailboxLimit, type MailboxOptions } from './mailbox-limit.ts'
import { isExit } from './messages.ts'
import { Monitor } from './monitor.ts'
import { checkName, type Name, Via, whereis } from './names.ts'
import type { Operation } from './operation.ts'
import type { LocalProcess } from './process.ts'
import { checkTimeout, type Timeout } from './receive.ts'
import { linkNew } from './spawn.ts'
import { Wait } from './wait.ts'

/** How a synchronous start came out. `Info` is what a start function may add for the supervisor. */
export type StartOutcome =
  | { readonly type: 'started'; readonly pid: Pid; readonly ref?: Monitor; readonly info?: unknown }
  | { readonly type: 'alreadyStarted'; readonly pid: Pid }
  | { readonly type: 'ignored' }
  | { readonly type: 'refused'; readonly reason: ExitReason }

/** Options that every behaviour's start takes. */
export interface StartOptions {
  /** Registers the process before its `init` runs. Default: none. */
  readonly name?: Name | null | undefined
  /** The most milliseconds that `init` may take; then it is killed and the start is refused with `'timeout'`. Default `'infinity'`. */
  readonly timeoutMs?: Timeout
  /** Shown in reports and info. */
  readonly label?: unknown
  /** Bounds the mailbox. Default: unbounded. */
  readonly mailbox?: MailboxOptions
}

/** The options of every start. */
export const START_OPTIONS: readonly string[] = [
  'name',
  'timeoutMs',
  'label',
  'mailbox',
] satisfies (keyof StartOptions)[]

/** Throws when `options` has a key that is neither of every start nor one of `more`. */
export function checkOnlyStartOptions(where: string, options: StartOptions, more: readonly string[] = []): void {
  const known = [...START_OPTIONS, ...more]
  checkKeys(where, options, known)
}

/** Checks start options in the starter, before anything is spawned. */
export function checkStartOptions(where: string, options: StartOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new BadArgumentError(where, 'an object of options last', options)
  checkName(`${where}: name`, options.name)
  if (options.timeoutMs !== undefined) checkTimeout(`${where}: timeoutMs`, options.timeoutMs)
}

/**
 * A start that did not give a pid. `code` is `BEAMISH_ALREADY_STARTED`, `BEAMISH_START_IGNORED` or
 * `BEAMISH_START_REFUSED`; `outcome` says the rest.
 */
export class StartError extends BeamishError {
  readonly outcome: Exclude<StartOutcome, { type: 'started' }>

  constructor(what: string, outcome: Exclude<StartOutcome, { type: 'started' }>) {
    super(...describe(what, outcome))
    this.name = 'StartError'
    this.outcome = outcome
  }
}

function describe(what: string, outcome: Exclude<StartOutcome, { type: 'started' }>): [string, string, ErrorOptions?] {
  switch (outcome.type) {
    case 'alreadyStarted':
      return [
        'BEAMISH_ALREADY_STARTED',
        `${what} runs already as ${outcome.pid}. tryStart and tryStartLink give either pid.`,
      ]
    case 'ignored':
      return ['BEAMISH_START_IGNORED', `init of ${what} said ignore(). tryStart and tryStartLink answer with that.`]
    case 'refused': {
      const cause = isUncaughtError(outcome.reason) ? { cause: outcome.reason.error } : {}
      return ['BEAMISH_START_REFUSED', `${what} did not start: ${formatReason(outcome.reason)}`, cause]
    }
  }
}

/** The starter, blocked until the new process says that it is ready. */
class StartWait<T> extends Wait<T> {
  /** What to answer once the child is gone. */
  answer: StartOutcome | undefined = undefined
  private readonly convert: (outcome: StartOutcome) => T

  constructor(watcher: LocalProcess, child: Pid, convert: (outcome: StartOutcome) => T) {
    super(watcher, child)
    this.convert = convert
  }

  finish(outcome: StartOutcome): void {
    let converted: T
    try {
      converted = this.convert(outcome)
    } catch (error) {
      this.failWith(error)
      return
    }
    this.succeed(converted)
  }

  protected onTargetEnded(reason: ExitReason): void {
    this.consumeExit()
    this.finish(this.answer ?? { type: 'refused', reason })
  }

  protected onTimeout(): void {
    const child = this.target as LocalProcess
    this.watcher.removeLink(child.pid)
    child.removeLink(this.watcher.pid)
    this.answer = { type: 'refused', reason: 'timeout' }
    child.die('killed')
  }

  /** A starter that traps exits learns of the failure by the outcome alone. */
  private consumeExit(): void {
    const child = this.object as Pid
    if (this.watcher.trapsExits) this.watcher.mailbox.removeAll((message) => isExit(message, child))
  }
}

/** How {@link startProcess} starts. */
export interface StartRequest {
  readonly code: StartableCode
  /** What runs, for reports: `GenServer Counter`. */
  readonly initialCall: string
  readonly link: boolean
  /** Also monitors: the outcome carries the reference. */
  readonly monitor: boolean
  readonly options: StartOptions
  /** On whose behalf it runs (`$callers`), nearest first. */
  readonly callers?: readonly Pid[]
}

/**
 * Code that is started synchronously: it registers its name, initialises and then tells the starter.
 *
 * Semantics: OTP `proc_lib:start_link/5`, `init_ack/1`, `init_fail/2`.
 */
export abstract class StartableCode extends CallbackCode {
  /** Who started it, when linked: its `exit` message ends a process that traps exits. */
  parent: Pid | undefined = undefined
  private starting: StartRequest | undefined = undefined
  private starter: StartWait<unknown> | undefined = undefined

  /** Begins the behaviour's own `init`, which ends in {@link ready} or {@link notReady}. */
  protected abstract init(): void

  /** For {@link startProcess}. */
  begin(request: StartRequest, starter: StartWait<unknown>, parent: Pid | undefined): void {
    this.starting = request
    this.starter = starter
    this.parent = parent
  }

  protected start(): void {
    const name = this.starting?.options.name ?? undefined
    const taken = name === undefined ? undefined : registerNew(this.process, name)
    if (taken === undefined) this.init()
    else this.notReady({ type: 'alreadyStarted', pid: taken }, 'normal')
  }

  /** Whether the starter still waits for `init`. */
  protected get isStarting(): boolean {
    return this.starter !== undefined
  }

  /** The process is ready: the starter goes on. */
  protected ready(info?: unknown): void {
    const { starter, starting } = this
    this.starter = undefined
    this.starting = undefined
    if (starter === undefined) return
    const { pid } = this.process
    const started = info === undefined ? { type: 'started' as const, pid } : { type: 'started' as const, pid, info }
    starter.finish(starting?.monitor ? { ...started, ref: watch(starter.watcher, this.process) } : started)
  }

  /** The process does not start: it ends with `reason`, and then the starter is told `outcome`. */
  protected notReady(outcome: StartOutcome, reason: ExitReason): void {
    const { starter, process } = this
    if (starter !== undefined) starter.answer = outcome
    unregisterVia(process, this.starting?.options.name)
    this.finish(reason)
  }

  /** Ends the process, with a crash report when the reason is abnormal. */
  protected finish(reason: ExitReason): void {
    const { process } = this
    if (process.ending) return
    if (isAbnormal(reason)) process.runtime.report(crashReport(process, reason))
    process.end(reason)
  }

  /** Something threw outside any callback of the behaviour, or in `init`. */
  protected failed(thrown: unknown): void {
    const reason = reasonOfThrown(thrown)
    if (this.isStarting) this.notReady({ type: 'refused', reason }, reason)
    else this.finish(reason)
  }
}

function watch(watcher: LocalProcess, target: LocalProcess): Monitor {
  const ref = new Monitor(watcher, target.pid)
  ref.attach(target)
  return ref
}

/** Registers a new process. @returns the pid that has the name already. */
function registerNew(process: LocalProcess, name: Name): Pid | undefined {
  if (name instanceof Via) {
    if (name.module.registerName(name.term, process.pid) === 'yes') return undefined
    return name.module.whereisName(name.term) ?? process.pid
  }
  return process.runtime.names.add(name, process) ? undefined : process.runtime.names.get(name)?.pid
}

function unregisterVia(process: LocalProcess, name: Name | null | undefined): void {
  if (name instanceof Via && name.module.whereisName(name.term) === process.pid) name.module.unregisterName(name.term)
}

/**
 * Starts a process and waits until it is ready.
 * @param convert - makes the result of the operation from the outcome; what it throws, the operation throws.
 *
 * Semantics: OTP `proc_lib:start_link/5` and the start of every behaviour (`otp.md` §9, §11).
 */
export function startProcess<T>(request: StartRequest, convert: (outcome: StartOutcome) => T): Operation<T> {
  const starter = actingProcess()
  const { options } = request
  const limit = options.mailbox === undefined ? undefined : new MailboxLimit(options.mailbox)
  const name = options.name ?? undefined
  const holder = name === undefined ? undefined : whereis(name)
  if (holder !== undefined) return answerAtOnce(starter, { type: 'alreadyStarted', pid: holder }, convert)
  const child = spawnStartable(starter, request)
  if (limit !== undefined) child.own().limit = limit
  const wait = new StartWait(starter, child.pid, convert)
  const operation = wait.begin(options.timeoutMs ?? 'infinity')
  wait.attach(child)
  request.code.begin(request, wait as StartWait<unknown>, request.link ? starter.pid : undefined)
  return operation
}

function spawnStartable(starter: LocalProcess, request: StartRequest): LocalProcess {
  const child = starter.runtime.spawn(request.code, starter)
  child.ancestors = starter.lineage
  child.initialCall = request.initialCall
  if (request.options.label !== undefined) child.own().label = request.options.label
  if (request.callers !== undefined) child.own().callers = request.callers
  if (request.link) linkNew(starter, child)
  return child
}

function answerAtOnce<T>(
  starter: LocalProcess,
  outcome: StartOutcome,
  convert: (outcome: StartOutcome) => T,
): Operation<T> {
  const wait = new StartWait(starter, starter.pid, convert)
  const operation = wait.begin('infinity')
  wait.finish(outcome)
  return operation
}

/** The pid of a start. @throws {StartError} for every other outcome. */
export function pidOrThrow(what: string, outcome: StartOutcome): Pid {
  if (outcome.type === 'started') return outcome.pid
  throw new StartError(what, outcome)
}

/** Waits for the end of a process. */
class StopWait extends Wait<'ok'> {
  private readonly expected: ExitReason
  private readonly call: CallLocation

  constructor(watcher: LocalProcess, target: Pid, expected: ExitReason, call: CallLocation) {
    super(watcher, target)
    this.expected = expected
    this.call = call
  }

  protected onTargetEnded(reason: ExitReason): void {
    if (sameReason(reason, this.expected)) this.succeed('ok')
    else this.fail(reason, this.call)
  }

  protected onTimeout(): void {
    this.fail('timeout', this.call)
  }
}

function sameReason(a: ExitReason, b: ExitReason): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => Object.is(left[key], right[key]))
}

/** Sends `order` to `target` and waits for its end; what goes wrong exits the caller with `reason @ call`. */
export function stopProcess(
  target: LocalProcess | undefined,
  order: unknown,
  reason: ExitReason,
  timeoutMs: Timeout,
  call: CallLocation,
): Operation<'ok'> {
  const caller = actingProcess()
  if (target === caller) throw new ExitError({ type: 'callFailed', reason: 'callingSelf', call })
  const wait = new StopWait(caller, target?.pid ?? caller.pid, reason, call)
  const operation = wait.begin(timeoutMs)
  if (target === undefined || target.ending) {
    wait.fail('noproc', call)
  } else {
    wait.attach(target)
    target.deliverSignal(order)
  }
  return operation
}
