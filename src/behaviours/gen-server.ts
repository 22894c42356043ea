import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { badReturnValue, type ExitReason } from '../core/reason.ts'
import { actingProcess } from '../runtime/current.ts'
import { checkServer, resolveServer, type ServerRef, Via, whereis } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Timeout } from '../runtime/receive.ts'
import { checkOnlyStartOptions, type StartOptions } from '../runtime/start.ts'
import type { Timer } from '../runtime/timers.ts'
import {
  answer,
  Call,
  type CallOptions,
  Cast,
  type From,
  GEN_SERVER_CALL,
  makeCall,
  PostedCall,
  postCall,
  type Request,
} from './call.ts'
import { placeOfDefinition } from './module-name.ts'
import { checkResponse, Requests, receiveResponse, waitResponse } from './requests.ts'
import {
  InitResult,
  KEEP,
  type Next,
  type NoReplyResult,
  type ReplyResult,
  Result,
  type StopReplyResult,
  type StopResult,
} from './result.ts'
import { type Callback, Callback as CallbackClass, callback, ServerCode, type Status, stopServer } from './server.ts'
import { type Starters, starters } from './start.ts'

type Awaitable<T> = T | PromiseLike<T>

/** What a call handler may return. */
export type CallReturn<R, S> = Awaitable<ReplyResult<R, S> | NoReplyResult<S> | StopResult<S> | StopReplyResult<R, S>>
/** What every other handler may return. */
export type HandlerReturn<S> = Awaitable<NoReplyResult<S> | StopResult<S>>

/** The call handlers of a module, by name. */
export interface CallHandlers<S> {
  // biome-ignore lint/suspicious/noExplicitAny: each handler states the payload and reply that it knows
  readonly [name: string]: (payload: any, state: S, from: From<any>) => CallReturn<any, S>
}

/** The cast handlers of a module, by name. */
export interface CastHandlers<S> {
  // biome-ignore lint/suspicious/noExplicitAny: each handler states the payload that it knows
  readonly [name: string]: (payload: any, state: S) => HandlerReturn<S>
}

/** The state that an `init` starts with. */
export type StateOf<InitReturn> =
  InitReturn extends PromiseLike<infer Value>
    ? StateOf<Value>
    : InitReturn extends InitResult<infer Kind, infer S>
      ? Kind extends 'ok'
        ? S
        : never
      : InitReturn

/** The callbacks of a server. */
export interface GenServerCallbacks<Arg extends readonly unknown[], InitReturn, S, Calls, Casts> {
  /** What reports call the module. Default: file and line of `define`. */
  readonly module?: string
  /**
   * The first state. May be async. Returns the state itself, `ok(state, next)`, `ignore()`, `refuse(reason)` or
   * `stopInit(reason)`. `undefined` is refused as a forgotten `return`.
   */
  readonly init: (...arg: Arg) => InitReturn
  /** By name: `(payload, state, from) => reply(value, state) | noReply(state) | stop(reason, state) | stopReply(reason, value, state)`. */
  readonly handleCall?: Calls & CallHandlers<S>
  /** By name: `(payload, state) => noReply(state) | stop(reason, state)`. */
  readonly handleCast?: Casts & CastHandlers<S>
  /** Every other message: `'timeout'`, `down`, `exit` of others than the parent, timers, plain sends. Without it they are reported and dropped. */
  // biome-ignore lint/suspicious/noExplicitAny: a server says itself which messages it knows
  readonly handleInfo?: (message: any, state: S) => HandlerReturn<S>
  /** What `{ continue: arg }` asked for; runs before any message. */
  // biome-ignore lint/suspicious/noExplicitAny: a server says itself what it continues with
  readonly handleContinue?: (arg: any, state: S) => HandlerReturn<S>
  /** Last words: after stop, a failure, or the parent's exit when it traps exits. Not when killed, not without trapping. */
  readonly terminate?: (reason: ExitReason, state: S) => unknown
  /** Redacts what reports and `sys.getStatus` show. */
  readonly formatStatus?: (status: Status) => Partial<Status>
}

/** Options of a server's start. */
export interface GenServerOptions extends StartOptions {
  /** Accepted for OTP's sake: a waiting process costs nothing to keep. */
  readonly hibernateAfterMs?: Timeout
}

type Payload<Handler> = Handler extends (payload: infer P, ...rest: never[]) => unknown ? P : never
/** `undefined` may be left out; `unknown` and `void` too. */
type PayloadArguments<P, Rest extends readonly unknown[]> = undefined extends P
  ? [payload?: P, ...rest: Rest]
  : [payload: P, ...rest: Rest]
type ReplyIn<Return> =
  Return extends Result<infer Kind, infer R, unknown> ? (Kind extends 'reply' | 'stopReply' ? R : never) : never
type DeferredReply<Handler> = Handler extends (payload: never, state: never, from: From<infer R>) => unknown
  ? unknown extends R
    ? never
    : R
  : never
/** The type that a call with this handler answers with; `unknown` when it only ever answers later, through a plain `From`. */
export type ReplyOf<Handler> = Handler extends (...args: never[]) => infer Return
  ? [ReplyIn<Awaited<Return>> | DeferredReply<Handler>] extends [never]
    ? unknown
    : ReplyIn<Awaited<Return>> | DeferredReply<Handler>
  : never

/** A defined server: how to start it, and how to talk to it. */
export interface GenServerModule<Arg extends readonly unknown[], S, Calls, Casts>
  extends Starters<Arg, GenServerOptions> {
  /** What reports call it. */
  readonly moduleName: string
  /**
   * Sends a request and waits for the reply.
   * @returns what the handler gave to `reply`.
   * @throws {ExitError} `BEAMISH_NOPROC` nobody there · `BEAMISH_TIMEOUT` · `BEAMISH_CALLING_SELF` · `BEAMISH_EXIT` the
   * server ended first; `reason` tells. Semantics: OTP gen_server:call/3, with process aliases.
   */
  call<Name extends keyof Calls & string>(
    server: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Calls[Name]>, [options?: CallOptions]>
  ): Operation<ReplyOf<Calls[Name]>>
  /** Sends a message and does not wait; whatever becomes of it, nothing is told. Semantics: OTP gen_server:cast/2. */
  cast<Name extends keyof Casts & string>(
    server: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Casts[Name]>, []>
  ): void
  /** Sends a request whose answer is fetched later with `GenServer.receiveResponse`. Semantics: OTP gen_server:send_request/2. */
  sendRequest<Name extends keyof Calls & string>(
    server: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Calls[Name]>, []>
  ): PostedCall<ReplyOf<Calls[Name]>>
  /** Ends the server in order. Semantics: OTP gen_server:stop/3. */
  stop(server: ServerRef, reason?: ExitReason, timeoutMs?: Timeout): Operation<'ok'>
  /** Only a type. */
  readonly stateType?: S
}

/** The callbacks of a module, made ready for the loop. */
interface Prepared {
  readonly moduleName: string
  readonly init: Callback
  readonly calls: ReadonlyMap<string, Callback>
  readonly casts: ReadonlyMap<string, Callback>
  readonly info: Callback | undefined
  readonly continue: Callback | undefined
  readonly terminate: Callback | undefined
  readonly formatStatus: ((status: Status) => Partial<Status>) | undefined
}

/** What `sys` and reports show as the message that `handleContinue` got. */
class ContinueMessage {
  readonly type = 'continue'
  readonly arg: unknown

  constructor(arg: unknown) {
    this.arg = arg
  }
}

/** The loop of one server. Semantics: OTP gen_server, `otp.md` §12. */
class GenServerCode extends ServerCode {
  readonly behaviour = 'GenServer'
  private state: unknown = undefined
  private readonly module: Prepared
  private readonly arg: unknown
  private waitMs: number | undefined = undefined
  private idleTimer: Timer | undefined = undefined

  constructor(module: Prepared, arg: unknown) {
    super()
    this.module = module
    this.arg = arg
    this.formatStatus = module.formatStatus
  }

  get moduleName(): string {
    return this.module.moduleName
  }

  getState(): unknown {
    return this.state
  }

  replaceState(state: unknown): void {
    this.state = state
  }

  // ── Start ──

  protected init(): void {
    this.whenDone(this.invoke(this.module.init, this.arg), (result) => this.initialised(result))
  }

  private initialised(result: unknown): void {
    if (!(result instanceof InitResult)) {
      if (result === undefined || result instanceof Result) {
        const reason = badReturnValue(result, badReturn(this.module, 'init', INIT_RETURNS, result).message)
        this.notReady({ type: 'refused', reason }, reason)
        return
      }
      this.state = result
      this.ready()
      return
    }
    switch (result.kind) {
      case 'ok':
        this.state = result.state
        this.ready()
        this.prepareNext(result.next)
        break
      case 'ignore':
        this.notReady({ type: 'ignored' }, 'normal')
        break
      case 'refuse':
        this.notReady({ type: 'refused', reason: result.reason }, 'normal')
        break
      case 'stop':
        this.notReady({ type: 'refused', reason: result.reason }, result.reason)
    }
  }

  // ── One message ──

  protected handle(message: unknown): void {
    if (this.idleTimer !== undefined) this.stopIdling()
    if (message instanceof Call || message instanceof PostedCall) {
      this.waitMs = undefined
      this.handleRequest(message)
    } else if (message instanceof Cast) {
      this.waitMs = undefined
      this.handleCast(message)
    } else if (!this.handleSystem(message)) {
      this.waitMs = undefined
      this.handleInfo(message)
    }
  }

  private handleRequest(request: Request): void {
    this.lastMessage = request
    if (this.debug !== undefined) this.debug.event({ type: 'in', message: request }, this.state)
    const handler = this.module.calls.get(request.name)
    if (handler === undefined) throw noHandler(this.module, 'handleCall', request.name)
    const result = this.invoke(handler, request.payload, this.state, request)
    if (result instanceof Result) this.apply(result, request)
    else this.applyLater(result, request, `handleCall.${request.name}`)
  }

  private handleCast(cast: Cast): void {
    this.lastMessage = cast
    if (this.debug !== undefined) this.debug.event({ type: 'in', message: cast }, this.state)
    const handler = this.module.casts.get(cast.name)
    if (handler === undefined) throw noHandler(this.module, 'handleCast', cast.name)
    const result = this.invoke(handler, cast.payload, this.state)
    if (result instanceof Result) this.apply(result, undefined)
    else this.applyLater(result, undefined, `handleCast.${cast.name}`)
  }

  private handleInfo(message: unknown): void {
    this.lastMessage = message
    if (this.debug !== undefined) this.debug.event({ type: 'in', message }, this.state)
    const { info } = this.module
    if (info === undefined) {
      this.reportUnexpected(message)
      return
    }
    const result = this.invoke(info, message, this.state)
    if (result instanceof Result) this.apply(result, undefined)
    else this.applyLater(result, undefined, 'handleInfo')
  }

  private handleContinue(arg: unknown): void {
    this.lastMessage = new ContinueMessage(arg)
    if (this.debug !== undefined) this.debug.event({ type: 'continue', message: arg }, this.state)
    const handler = this.module.continue
    if (handler === undefined) throw noContinue(this.module, arg)
    const result = this.invoke(handler, arg, this.state)
    if (result instanceof Result) this.apply(result, undefined)
    else this.applyLater(result, undefined, 'handleContinue')
  }

  // ── What a callback returned ──

  private applyLater(result: unknown, request: Request | undefined, where: string): void {
    this.whenDone(result, (value) => {
      if (!(value instanceof Result)) this.refuseReturn(value, where, request !== undefined)
      else this.apply(value, request)
    })
  }

  private apply(result: Result, request: Request | undefined): void {
    const { kind } = result
    if (kind === 'reply' || kind === 'stopReply') {
      if (request === undefined) {
        this.refuseReturn(result, this.lastCallback, false)
        return
      }
    }
    if (result.state !== KEEP) this.state = result.state
    switch (kind) {
      case 'reply':
        if (this.debug !== undefined) this.reportOut(request as Request, result.value)
        ;(request as Request).answer(result.value)
        break
      case 'noReply':
        if (this.debug !== undefined) this.debug.event({ type: 'noreply', state: this.state }, this.state)
        break
      case 'stop':
        this.terminate(result.reason)
        return
      case 'stopReply':
        this.terminate(result.reason, () => (request as Request).answer(result.value))
        return
    }
    if (result.next !== undefined) this.prepareNext(result.next)
  }

  /** Which callback, other than a call handler, got the last message. */
  private get lastCallback(): string {
    const last = this.lastMessage
    if (last instanceof Cast) return `handleCast.${last.name}`
    return last instanceof ContinueMessage ? 'handleContinue' : 'handleInfo'
  }

  private reportOut(request: Request, value: unknown): void {
    this.debug?.event({ type: 'out', message: value, to: request.pid, state: this.state }, this.state)
  }

  private prepareNext(next: Next | undefined): void {
    if (next === undefined) return
    if (typeof next !== 'object') throw badNext(this.module, next)
    if ('continue' in next) this.next = () => this.handleContinue(next.continue)
    else if (next.timeoutMs !== undefined) this.waitMs = checkWait(this.module, next.timeoutMs)
    else if (next.hibernate === undefined && Object.keys(next).some((key) => key !== 'timeoutMs'))
      throw badNext(this.module, next)
  }

  private refuseReturn(value: unknown, where: string, isCall: boolean): void {
    const error = badReturn(this.module, where, isCall ? CALL_RETURNS : OTHER_RETURNS, value)
    // OTP's reason for everybody who looks at it; the explanation for whoever reads the report.
    this.terminate(badReturnValue(value, error.message))
  }

  private reportUnexpected(message: unknown): void {
    const { process } = this
    process.runtime.report({
      type: 'unexpectedMessage',
      level: 'warning',
      module: this.moduleName,
      pid: process.pid,
      name: process.name,
      message,
    })
  }

  // ── Waiting with a timeout ──

  protected override idle(): void {
    if (this.waitMs === undefined || this.isSuspended) return
    if (this.waitMs === 0) {
      this.waitMs = undefined
      this.next = () => this.handleInfo('timeout')
      return
    }
    if (this.idleTimer !== undefined) return
    const timer = this.process.takeTimer()
    timer.fire = () => {
      this.stopIdling()
      if (this.process.mailbox.size > 0) return // a message that came before the server had its turn
      this.waitMs = undefined
      this.next = () => this.handleInfo('timeout')
      this.process.makeRunnable()
    }
    this.idleTimer = timer
    this.process.runtime.timers.startSoon(timer, this.waitMs)
  }

  private stopIdling(): void {
    if (this.idleTimer === undefined) return
    this.process.giveTimerBack(this.idleTimer)
    this.idleTimer = undefined
  }

  // ── The end ──

  protected terminateCallback(reason: ExitReason): unknown {
    this.stopIdling()
    const { terminate } = this.module
    return terminate === undefined ? undefined : this.invoke(terminate, reason, this.state)
  }
}

function checkWait(module: Prepared, timeoutMs: Timeout): number | undefined {
  if (timeoutMs === 'infinity' || timeoutMs === Number.POSITIVE_INFINITY) return undefined
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return timeoutMs
  throw new BadArgumentError(`${module.moduleName}: timeoutMs`, "milliseconds, at least 0, or 'infinity'", timeoutMs)
}

function noHandler(module: Prepared, kind: string, name: string): BeamishError {
  const known = kind === 'handleCall' ? [...module.calls.keys()] : kind === 'handleCast' ? [...module.casts.keys()] : []
  const has = known.length ? `It has ${known.join(', ')}.` : 'It has none.'
  return new BeamishError('BEAMISH_NO_HANDLER', `${module.moduleName} has no ${kind} for ${show(name)}. ${has}`)
}

function noContinue(module: Prepared, arg: unknown): BeamishError {
  return new BeamishError(
    'BEAMISH_NO_HANDLER',
    `${module.moduleName} has no handleContinue for { continue: ${show(arg)} }.`,
  )
}

function badNext(module: Prepared, next: unknown): BadArgumentError {
  return new BadArgumentError(
    `${module.moduleName}: what to do next`,
    '{ timeoutMs }, { continue } or { hibernate }',
    next,
  )
}

const INIT_RETURNS = 'a state | ok(state, next) | ignore() | refuse(reason) | stopInit(reason)'
const CALL_RETURNS = 'reply(value, state) | noReply(state) | stop(reason, state) | stopReply(reason, value, state)'
const OTHER_RETURNS = 'noReply(state) | stop(reason, state)'

function badReturn(module: Prepared, where: string, allowed: string, value: unknown): BeamishError {
  const got = value instanceof Result ? `${value.kind}(…)` : show(value)
  const hint = value === undefined ? ' Is a `return` missing?' : ''
  return new BeamishError(
    'BEAMISH_BAD_RETURN',
    `${module.moduleName}.${where} must return one of ${allowed}, got ${got}.${hint}`,
  )
}

const CALLBACKS = [
  'module',
  'init',
  'handleCall',
  'handleCast',
  'handleInfo',
  'handleContinue',
  'terminate',
  'formatStatus',
]

function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  if (typeof callbacks !== 'object' || callbacks === null)
    throw new BadArgumentError('GenServer.define', 'an object of callbacks', callbacks)
  if (typeof callbacks['init'] !== 'function')
    throw new BadArgumentError('GenServer.define: init', 'a function', callbacks['init'])
  for (const [key, value] of Object.entries(callbacks)) {
    if (!CALLBACKS.includes(key))
      throw new BadArgumentError('GenServer.define', `the callbacks ${CALLBACKS.join(', ')}`, key)
    if (key === 'handleCall' || key === 'handleCast') checkHandlers(key, value)
    else if (key !== 'module' && value !== undefined && typeof value !== 'function') {
      throw new BadArgumentError(`GenServer.define: ${key}`, 'a function', value)
    }
  }
}

function checkHandlers(key: string, handlers: unknown): void {
  if (handlers === undefined) return
  if (typeof handlers !== 'object' || handlers === null) {
    throw new BadArgumentError(`GenServer.define: ${key}`, 'an object of handlers by name', handlers)
  }
  for (const [name, handler] of Object.entries(handlers)) {
    if (typeof handler !== 'function')
      throw new BadArgumentError(`GenServer.define: ${key}.${name}`, 'a function', handler)
  }
}

function handlerTable(handlers: object | undefined): ReadonlyMap<string, Callback> {
  return new Map(Object.entries(handlers ?? {}).map(([name, handler]) => [name, new CallbackClass(handler)]))
}

/**
 * Defines a server by its callbacks. Its types follow from what the callbacks take and return.
 *
 * Handlers that return a value run synchronously; those that return a promise suspend the server until it settles: no other
 * message is looked at meanwhile.
 * @throws {BadArgumentError} for a missing `init` or an unknown callback.
 *
 * Semantics: OTP gen_server. *When not to use it*: to organise code that has no state or life of its own; a plain function is
 * enough. For one value computed aside use `Task`, for a value that is only read and replaced `Agent`.
 */
function define<
  Arg extends readonly unknown[],
  InitReturn,
  // biome-ignore lint/complexity/noBannedTypes: no handlers at all is `{}`, an object without names
  Calls = {},
  // biome-ignore lint/complexity/noBannedTypes: as above
  Casts = {},
>(
  callbacks: GenServerCallbacks<Arg, InitReturn, StateOf<InitReturn>, Calls, Casts>,
): GenServerModule<Arg, StateOf<InitReturn>, Calls, Casts> {
  checkCallbacks(callbacks as unknown as Record<string, unknown>)
  const module: Prepared = {
    moduleName: callbacks.module ?? placeOfDefinition(1),
    init: new CallbackClass(callbacks.init as unknown as (...args: unknown[]) => unknown),
    calls: handlerTable(callbacks.handleCall),
    casts: handlerTable(callbacks.handleCast),
    info: callback(callbacks.handleInfo),
    continue: callback(callbacks.handleContinue),
    terminate: callback(callbacks.terminate),
    formatStatus: callbacks.formatStatus,
  }
  const typed: unknown = {
    moduleName: module.moduleName,
    ...starters<Arg, GenServerOptions>({
      what: `GenServer ${module.moduleName}`,
      check: (options) => checkOnlyStartOptions(`GenServer ${module.moduleName}`, options, ['hibernateAfterMs']),
      code: (arg) => new GenServerCode(module, arg),
    }),
    call,
    cast,
    sendRequest: postCall,
    stop: stopGenServer,
  }
  return typed as GenServerModule<Arg, StateOf<InitReturn>, Calls, Casts> // the same functions, typed by the handlers
}

function call(server: ServerRef, name: string, payload?: unknown, options?: CallOptions): Operation<unknown> {
  return makeCall(server, name, payload, GEN_SERVER_CALL, options)
}

function cast(server: ServerRef, name: string, payload?: unknown): void {
  const caller = actingProcess()
  const target = destination(server)
  if (target === undefined) checkServer('GenServer.cast', server)
  if (target !== undefined && 'mailbox' in target) target.deliver(new Cast(name, payload))
  else if (target !== undefined) caller.runtime.nodeLink.send(target, new Cast(name, payload))
}

/** A cast ignores everything that is wrong with its destination. */
function destination(server: ServerRef): LocalProcess | Pid | undefined {
  if (!(server instanceof Via)) return resolveServer(server)
  try {
    return resolveServer(server)
  } catch {
    return undefined
  }
}

function stopGenServer(
  server: ServerRef,
  reason: ExitReason = 'normal',
  timeoutMs: Timeout = 'infinity',
): Operation<'ok'> {
  return stopServer('GenServer', server, reason, timeoutMs)
}

/**
 * Servers: state, requests and messages, one at a time.
 *
 * Semantics: OTP gen_server, Elixir `GenServer`.
 */
export const GenServer = {
  define,
  /** As the module's own `call`, for a server whose module is not at hand. */
  call,
  /** As the module's own `cast`. */
  cast,
  /** As the module's own `sendRequest`. */
  sendRequest: postCall,
  waitResponse,
  receiveResponse,
  checkResponse,
  /** An empty collection of requests. Semantics: OTP gen_server:reqids_new/0. */
  requests: <Label, R = unknown>(): Requests<Label, R> => new Requests<Label, R>(),
  /**
   * Answers a call whose handler returned `noReply`. From any process; only the first answer counts, a late one is dropped.
   * Semantics: OTP gen_server:reply/2.
   */
  reply: <R>(from: From<R>, value: R): void => answer(from as From, value),
  /**
   * Ends a server in order: earlier messages are handled first, `terminate` runs, and it is dead when this returns.
   * @throws {ExitError} `BEAMISH_NOPROC` · `BEAMISH_TIMEOUT` · `BEAMISH_EXIT` when it ended with another reason.
   * Semantics: OTP gen_server:stop/3.
   */
  stop: stopGenServer,
  /** The pid behind a server reference, or `undefined`. Semantics: Elixir GenServer.whereis/1. */
  whereis,
} as const
