import { show } from './errors.ts'
import { isPid, type Pid } from './pid.ts'

/** `shutdown(detail)`: an expected end that says more than `'shutdown'`. Build it with {@link shutdown}. */
export interface Shutdown {
  readonly type: 'shutdown'
  readonly detail: unknown
}

/** `(error, stack)`: an error left the body uncaught. */
export interface UncaughtError {
  readonly type: 'error'
  readonly error: unknown
  readonly stack: string
}

/** `(nocatch(value), stack)`: something that is not an `Error` was thrown and not caught. */
export interface NoCatch {
  readonly type: 'nocatch'
  readonly value: unknown
  readonly stack: string
}

/** The call that failed, as `GenServer.call("hits", "add")`. */
export interface CallLocation {
  readonly module: string
  readonly function: string
  readonly args: readonly unknown[]
}

/** `reason @ M.f(args)`: a call to another process failed, and why. */
export interface CallFailed {
  readonly type: 'callFailed'
  readonly reason: ExitReason
  readonly call: CallLocation
}

/** A callback returned something that its behaviour does not understand. */
export interface BadReturnValue {
  readonly type: 'badReturnValue'
  readonly value: unknown
  /** For people: which callback, and what it may return. */
  readonly explanation?: string
}

/**
 * Why a process ended: any value. Some carry meaning to links, supervisors and reports:
 *
 * - `'normal'`: the body returned. Does not affect linked processes.
 * - `'shutdown'` and `shutdown(detail)`: expected; not restarted when transient, not reported.
 * - `'killed'`: received an explicit `'kill'` signal.
 * - `'noproc'`, `'noconnection'`: there is no such process, or no way to its node.
 *
 * Semantics: OTP, reference manual "Processes", and `otp.md` §1.
 */
export type ExitReason = unknown

/** `shutdown(detail)`: an expected end with details. */
export function shutdown(detail: unknown): Shutdown {
  return { type: 'shutdown', detail }
}

/** Builds `reason @ module.function(args)`. */
export function callFailed(reason: ExitReason, call: CallLocation): CallFailed {
  return { type: 'callFailed', reason, call }
}

/** Builds `bad_return_value(value)`. */
export function badReturnValue(value: unknown, explanation?: string): BadReturnValue {
  return explanation === undefined ? { type: 'badReturnValue', value } : { type: 'badReturnValue', value, explanation }
}

function hasType(reason: unknown, type: string): boolean {
  return typeof reason === 'object' && reason !== null && (reason as { type?: unknown }).type === type
}

/** Whether the reason is `shutdown(detail)` (and not the bare `'shutdown'`). */
export function isShutdownDetail(reason: ExitReason): reason is Shutdown {
  return hasType(reason, 'shutdown') && 'detail' in (reason as object)
}

/** Whether the reason is `reason @ call`. */
export function isCallFailed(reason: ExitReason): reason is CallFailed {
  return hasType(reason, 'callFailed')
}

/** Whether the reason is `(error, stack)`. */
export function isUncaughtError(reason: ExitReason): reason is UncaughtError {
  return hasType(reason, 'error') && 'error' in (reason as object)
}

/** Whether the reason is `(nocatch(value), stack)`. */
export function isNoCatch(reason: ExitReason): reason is NoCatch {
  return hasType(reason, 'nocatch')
}

/** Whether the reason is `bad_return_value(value)`. */
export function isBadReturnValue(reason: ExitReason): reason is BadReturnValue {
  return hasType(reason, 'badReturnValue')
}

/**
 * Anything except `'normal'`, `'shutdown'` and `shutdown(detail)`: what transient children are restarted for and what
 * crash reports are written about.
 */
export function isAbnormal(reason: ExitReason): boolean {
  return reason !== 'normal' && reason !== 'shutdown' && !isShutdownDetail(reason)
}

/** An exit reason on one line, for messages and reports. */
export function formatReason(reason: ExitReason): string {
  if (typeof reason === 'string') return reason
  if (isShutdownDetail(reason)) return `shutdown(${show(reason.detail)})`
  if (isUncaughtError(reason)) return show(reason.error)
  if (isNoCatch(reason)) return `thrown value ${show(reason.value)}`
  if (isBadReturnValue(reason)) return reason.explanation ?? `bad return value ${show(reason.value)}`
  if (isCallFailed(reason)) return `${formatReason(reason.reason)} @ ${formatCall(reason.call)}`
  if (isAlreadyStarted(reason)) return `alreadyStarted: its name is taken, ${show(reason.pid)} has it`
  return show(reason)
}

/** Whether a start met a process that has the name already. */
export function isAlreadyStarted(reason: unknown): reason is { readonly type: 'alreadyStarted'; readonly pid: Pid } {
  const started = reason as { readonly type?: unknown; readonly pid?: unknown } | null | undefined
  return typeof started === 'object' && started?.type === 'alreadyStarted' && isPid(started.pid)
}

/** A call location on one line: `GenServer.call("hits", "add", 5)`. */
export function formatCall(call: CallLocation): string {
  return `${call.module}.${call.function}(${call.args.map((arg) => show(arg)).join(', ')})`
}

/**
 * The exit reason for something that was thrown and not caught: an {@link ExitError} ends with its own reason, an
 * `Error` with `(error, stack)`, anything else with `(nocatch(value), stack)`.
 *
 * Semantics: OTP, "catch and throw" in the reference manual.
 */
export function reasonOfThrown(thrown: unknown): ExitReason {
  if (isExitError(thrown)) return thrown.reason
  return thrown instanceof Error ? uncaughtError(thrown) : noCatch(thrown)
}

// V8 writes the text of a stack when it is first read, which costs more than the rest of a crash and its restart together:
// `stack` is read when somebody looks (`bench/`, restarts).

function uncaughtError(error: Error): UncaughtError {
  return {
    type: 'error',
    error,
    get stack() {
      return error.stack ?? String(error)
    },
  }
}

function noCatch(value: unknown): NoCatch {
  const caught = new Error('value thrown here is not an Error; this is where it was caught')
  return {
    type: 'nocatch',
    value,
    get stack() {
      return caught.stack ?? ''
    },
  }
}

const EXIT_CODES: Readonly<Record<string, string>> = {
  noproc: 'BEAMISH_NOPROC',
  timeout: 'BEAMISH_TIMEOUT',
  callingSelf: 'BEAMISH_CALLING_SELF',
  noconnection: 'BEAMISH_NOCONNECTION',
}

/** OTP's words, for those who do not know them. */
const IN_WORDS: Readonly<Record<string, string>> = {
  noproc: 'Nobody is there: it has ended, or was never started.',
  timeout: 'No answer in time.',
  callingSelf: 'A process that waits for itself waits for ever.',
  noconnection: 'There is no way to its node.',
}

/**
 * Thrown to leave a process: by `exit(reason)`, and by calls whose server failed them.
 *
 * Catchable in the process that throws it; uncaught, the process ends with `reason` as it is. `code` is
 * `BEAMISH_NOPROC`, `BEAMISH_TIMEOUT`, `BEAMISH_CALLING_SELF` or `BEAMISH_NOCONNECTION` when the (innermost) reason is
 * that word, `BEAMISH_EXIT` otherwise.
 *
 * Semantics: OTP `erlang:exit/1`.
 */
export class ExitError extends Error {
  readonly code: string
  readonly reason: ExitReason

  constructor(reason: ExitReason, explanation?: string) {
    const bare = isCallFailed(reason) ? reason.reason : reason
    const code = (typeof bare === 'string' && EXIT_CODES[bare]) || 'BEAMISH_EXIT'
    const words = explanation ?? (isCallFailed(reason) && typeof bare === 'string' ? IN_WORDS[bare] : undefined)
    super(`${code}: ${formatReason(reason)}${words === undefined ? '' : `. ${words}`}`, causeOf(bare))
    this.name = 'ExitError'
    this.code = code
    this.reason = reason
  }
}

function causeOf(reason: ExitReason): ErrorOptions | undefined {
  return isUncaughtError(reason) ? { cause: reason.error } : undefined
}

/** Whether `thrown` is an {@link ExitError}, of this copy of the library or another. */
export function isExitError(thrown: unknown): thrown is ExitError {
  return thrown instanceof ExitError || (thrown instanceof Error && thrown.name === 'ExitError' && 'reason' in thrown)
}
