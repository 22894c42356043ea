import { Debug, type DebugFunction, type SystemEvent } from '../behaviours/debug.ts'
import { type ServerCode, systemCall } from '../behaviours/server.ts'
import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { Timeout } from '../runtime/receive.ts'
import { formatSystemEvent } from './format-event.ts'

/** Options that every function of {@link Sys} takes. */
export interface SysOptions {
  /** Milliseconds to wait for the server, or `'infinity'`. Default 5000. */
  readonly timeoutMs?: Timeout
}

/** What {@link Sys.getStatus} knows. Semantics: OTP `sys:get_status/1`. */
export interface ServerStatus {
  readonly pid: Pid
  readonly name: string | undefined
  /** `GenServer`, `StateMachine`, `Supervisor` … */
  readonly behaviour: string
  readonly module: string
  readonly status: 'running' | 'suspended'
  readonly parent: Pid | undefined
  readonly dictionary: ReadonlyMap<unknown, unknown>
  /** As the module's `formatStatus` shows it. */
  readonly state: unknown
  /** What `Sys.log` has kept, as `formatStatus` shows it. */
  readonly log: readonly unknown[]
  /** Which debug facilities are on: `'trace'`, `'statistics'`, `'log'`, and the ids of installed functions. */
  readonly debug: readonly unknown[]
}

/** What {@link Sys.statistics} has counted. Times are of the runtime's monotonic clock. */
export interface ServerStatistics {
  readonly startTimeMs: number
  readonly currentTimeMs: number
  /** Since counting began. */
  readonly reductions: number
  readonly messagesIn: number
  readonly messagesOut: number
}

/** Options of {@link Sys.log}. */
export interface LogOptions extends SysOptions {
  /** How many events are kept, at least 1. Default 10. */
  readonly length?: number
}

/** Options of {@link Sys.install}. */
export interface InstallOptions extends SysOptions {
  /** Tells functions apart. Default: the function itself. */
  readonly id?: unknown
}

const DEFAULT_TIMEOUT_MS = 5000
const DEFAULT_LOG_LENGTH = 10

type Given = readonly [function_: string, server: ServerRef, options: SysOptions, ...args: readonly unknown[]]

/** Asks a server. What goes wrong exits the caller with `reason @ Sys.function(server, …, timeoutMs)`. */
function ask<T>([name, server, options, ...args]: Given, work: (code: ServerCode) => T): Operation<T> {
  return askAndThen([name, server, options, ...args], work, undefined)
}

function askAndThen<T>(
  [name, server, options, ...args]: Given,
  work: (code: ServerCode) => T,
  afterwards: ((code: ServerCode) => void) | undefined,
): Operation<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const location = { module: 'Sys', function: name, args: [server, ...args, timeoutMs] }
  return systemCall(location, server, timeoutMs, work, afterwards)
}

// ── Debug facilities ───────────────────────────────────────────────────────────────────────────────────────────────

/** The server's debug facilities, made when first needed. */
function debugOf(code: ServerCode): Debug {
  code.debug ??= new Debug()
  return code.debug
}

/** A server that nobody watches any more pays nothing again. */
function tidy(code: ServerCode): 'ok' {
  if (code.debug?.isIdle) code.debug = undefined
  return 'ok'
}

function startCounting(code: ServerCode): 'ok' {
  const { runtime, reductions } = code.localProcess
  const startTimeMs = runtime.clock.now()
  debugOf(code).statistics = { startTimeMs, startReductions: reductions, messagesIn: 0, messagesOut: 0 }
  return 'ok'
}

function counted(code: ServerCode): ServerStatistics | 'noStatistics' {
  const counters = code.debug?.statistics
  if (counters === undefined) return 'noStatistics'
  const { runtime, reductions } = code.localProcess
  const { startTimeMs, startReductions, messagesIn, messagesOut } = counters
  const currentTimeMs = runtime.clock.now()
  return { startTimeMs, currentTimeMs, reductions: reductions - startReductions, messagesIn, messagesOut }
}

function stopCounting(code: ServerCode): 'ok' {
  if (code.debug !== undefined) code.debug.statistics = undefined
  return tidy(code)
}

function statistics(server: ServerRef, what: 'on' | 'off', options?: SysOptions): Operation<'ok'>
function statistics(server: ServerRef, what: 'get', options?: SysOptions): Operation<ServerStatistics | 'noStatistics'>
function statistics(server: ServerRef, what: 'on' | 'off' | 'get', options: SysOptions = {}): Operation<unknown> {
  checkWord('Sys.statistics', ['on', 'off', 'get'], what)
  const work: (code: ServerCode) => unknown = what === 'on' ? startCounting : what === 'off' ? stopCounting : counted
  return ask(['statistics', server, options, what], work)
}

function log(server: ServerRef, what: 'on' | 'off', options?: LogOptions): Operation<'ok'>
function log(server: ServerRef, what: 'get', options?: SysOptions): Operation<readonly SystemEvent[]>
function log(server: ServerRef, what: 'on' | 'off' | 'get', options: LogOptions = {}): Operation<unknown> {
  checkWord('Sys.log', ['on', 'off', 'get'], what)
  const length = options.length ?? DEFAULT_LOG_LENGTH
  if (!Number.isInteger(length) || length < 1)
    throw new BadArgumentError('Sys.log: length', 'a whole number, at least 1', length)
  return ask(['log', server, options, what], (code) => {
    if (what === 'get') return [...(code.debug?.events() ?? [])]
    if (what === 'on') debugOf(code).keep(length)
    else code.debug?.keep(0)
    return tidy(code)
  })
}

function trace(
  server: ServerRef,
  what: 'on' | 'off' | ((event: SystemEvent) => void),
  options: SysOptions = {},
): Operation<'ok'> {
  if (typeof what !== 'function') checkWord('Sys.trace', ['on', 'off'], what)
  return ask(['trace', server, options, what], (code) => {
    if (what === 'off' && code.debug === undefined) return 'ok'
    debugOf(code).trace = what === 'off' ? undefined : what === 'on' ? printerOf(code) : what
    return tidy(code)
  })
}

/** Looks the name up at each event: it may change. */
function printerOf(code: ServerCode): (event: SystemEvent) => void {
  return (event) => console.log(formatSystemEvent(code.localProcess.displayName, event))
}

function install(
  server: ServerRef,
  debug: DebugFunction,
  state?: unknown,
  options: InstallOptions = {},
): Operation<'ok'> {
  if (typeof debug !== 'function') throw new BadArgumentError('Sys.install', 'a function', debug)
  const id = options.id ?? debug
  return ask(['install', server, options, id], (code) => {
    const { installed } = debugOf(code)
    if (!installed.has(id)) installed.set(id, { debug, state })
    return 'ok'
  })
}

function checkWord(where: string, words: readonly string[], value: unknown): void {
  if (words.includes(value as string)) return
  throw new BadArgumentError(where, words.map((word) => `'${word}'`).join(' | '), value)
}

// ── State ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function replaceIn<S>(code: ServerCode, replace: (state: S) => S): S {
  let replaced: S
  try {
    replaced = replace(code.getState() as S)
  } catch (cause) {
    throw callbackFailed(code, cause)
  }
  code.replaceState(replaced)
  return replaced
}

function callbackFailed(code: ServerCode, cause: unknown): BeamishError {
  const message = `the function given to Sys.replaceState threw ${show(cause)}; ${code.localProcess.displayName} keeps its state.`
  return new BeamishError('BEAMISH_CALLBACK_FAILED', message, { cause })
}

function statusOf(code: ServerCode): ServerStatus {
  const { pid, name, belongings } = code.localProcess
  const { state, log: events } = code.redacted(undefined)
  return {
    pid,
    name,
    behaviour: code.behaviour,
    module: code.moduleName,
    status: code.isSuspended ? 'suspended' : 'running',
    parent: code.parent,
    dictionary: new Map(belongings?.dictionary),
    state,
    log: events,
    debug: code.debug?.facilities ?? [],
  }
}

/**
 * Looking into a running server, and steering it, without its help.
 *
 * Every process of a behaviour understands these: GenServer, StateMachine, Supervisor, channels … A request waits its turn
 * in the server's mailbox, behind the messages that came before; no bound of the mailbox keeps it out. All take
 * `{ timeoutMs }`, by default 5000.
 * @throws {ExitError} each of them: `BEAMISH_NOPROC` · `BEAMISH_TIMEOUT` · `BEAMISH_CALLING_SELF` · `BEAMISH_EXIT` it ended
 * first. A process of no behaviour does not understand: that is a timeout.
 *
 * Semantics: OTP `sys`. *When not to use it*: as a way for processes to talk. It is for people, tests and tools.
 */
export const Sys = {
  /** The state of a server, as it is. Semantics: OTP `sys:get_state/2`. */
  getState: <S = unknown>(server: ServerRef, options: SysOptions = {}): Operation<S> =>
    ask(['getState', server, options], (code) => code.getState() as S),

  /**
   * Replaces the state of a server by what `replace` makes of it. It runs in the server.
   * @returns the new state.
   * @throws {BeamishError} `BEAMISH_CALLBACK_FAILED` when `replace` throws: the state stays as it was.
   * Semantics: OTP `sys:replace_state/3`.
   */
  replaceState: <S = unknown>(server: ServerRef, replace: (state: S) => S, options: SysOptions = {}): Operation<S> => {
    if (typeof replace !== 'function') throw new BadArgumentError('Sys.replaceState', 'a function', replace)
    return ask(['replaceState', server, options, replace], (code) => replaceIn(code, replace))
  },

  /** What a server is and does, with its state as `formatStatus` shows it. Semantics: OTP `sys:get_status/2`. */
  getStatus: (server: ServerRef, options: SysOptions = {}): Operation<ServerStatus> =>
    ask(['getStatus', server, options], statusOf),

  /**
   * Lets a server do nothing but answer `Sys` and obey its parent. Everything else waits, in order, and within the bound
   * of its mailbox. Suspending twice is the same as once. Semantics: OTP `sys:suspend/2`.
   */
  suspend: (server: ServerRef, options: SysOptions = {}): Operation<'ok'> =>
    ask(['suspend', server, options], (code) => {
      code.suspend()
      return 'ok' as const
    }),

  /** Lets a suspended server go on. Semantics: OTP `sys:resume/2`. */
  resume: (server: ServerRef, options: SysOptions = {}): Operation<'ok'> =>
    ask(['resume', server, options], (code) => {
      code.resumeLoop()
      return 'ok' as const
    }),

  /**
   * Tells a server to end in order: its `terminate` runs. The answer comes when it has begun; to wait for its end, use
   * `GenServer.stop`. Semantics: OTP `sys:terminate/3`.
   */
  terminate: (server: ServerRef, reason: ExitReason, options: SysOptions = {}): Operation<'ok'> =>
    askAndThen(
      ['terminate', server, options, reason],
      () => 'ok' as const,
      (code) => code.terminate(reason),
    ),

  /**
   * `'on'` prints every system event of a server on standard output, a function gets them, `'off'` ends it.
   * Semantics: OTP `sys:trace/3`.
   */
  trace,

  /**
   * `'on'` begins to count messages in and out (anew), `'off'` ends it, `'get'` gives the counts so far, or
   * `'noStatistics'`. Semantics: OTP `sys:statistics/3`.
   */
  statistics,

  /**
   * `'on'` keeps the last events of a server (10, or `length`), `'off'` forgets them, `'get'` gives them, oldest first.
   * Reports of a failure show them too. Semantics: OTP `sys:log/3`.
   */
  log,

  /**
   * Calls `debug(debugState, event, serverState)` in the server for each of its events. What it returns is its next
   * state; `'done'`, or a throw, removes it. One function is installed once, however often, unless the ids differ.
   * Semantics: OTP `sys:install/3`.
   */
  install,

  /** Removes an installed function, by itself or by its id. Semantics: OTP `sys:remove/3`. */
  remove: (server: ServerRef, debugOrId: unknown, options: SysOptions = {}): Operation<'ok'> =>
    ask(['remove', server, options, debugOrId], (code) => {
      code.debug?.installed.delete(debugOrId)
      return tidy(code)
    }),

  /** Switches all of it off: trace, statistics, log, installed functions. Semantics: OTP `sys:no_debug/2`. */
  noDebug: (server: ServerRef, options: SysOptions = {}): Operation<'ok'> =>
    ask(['noDebug', server, options], (code) => {
      code.debug = undefined
      return 'ok' as const
    }),
} as const
