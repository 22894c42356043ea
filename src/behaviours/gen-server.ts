import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import { actingProcess } from '../runtime/current.ts'
import { checkServer, resolveServer, type ServerRef, Via, whereis } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Timeout } from '../runtime/receive.ts'
import { checkOnlyStartOptions, type StartOptions } from '../runtime/start.ts'
import {
  answer,
  type CallOptions,
  Cast,
  type From,
  GEN_SERVER_CALL,
  makeCall,
  type PostedCall,
  postCall,
} from './call.ts'
import { GenServerCode, type Prepared } from './gen-server-code.ts'
import { placeOfDefinition } from './module-name.ts'
import { checkResponse, Requests, receiveResponse, waitResponse } from './requests.ts'
import type { InitResult, NoReplyResult, ReplyResult, Result, StopReplyResult, StopResult } from './result.ts'
import { type Callback, Callback as CallbackClass, callback, type Status, stopServer } from './server.ts'
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

/** What a handler takes first. */
export type Payload<Handler> = Handler extends (payload: infer P, ...rest: never[]) => unknown ? P : never
/** `undefined` may be left out; `unknown` and `void` too. */
export type PayloadArguments<P, Rest extends readonly unknown[]> = undefined extends P
  ? [payload?: P, ...rest: Rest]
  : [payload: P, ...rest: Rest]
type ReplyIn<Return> =
  Return extends Result<infer Kind, infer R, unknown> ? (Kind extends 'reply' | 'stopReply' ? R : never) : never
/** What a handler says that it will answer later, through its `From`. */
export type DeferredReply<Handler> = Handler extends (payload: never, state: never, from: From<infer R>) => unknown
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
