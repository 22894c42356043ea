import { CheckedSpec, checkShutdown, type FullChildSpec, type ShutdownRule } from '../../supervisors/child-spec.ts'
import { placeOfDefinition } from '../behaviours/module-name.ts'
import { Callback, callback } from '../behaviours/server.ts'
import { type Starters, starters } from '../behaviours/start.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import { checkLogRule, type LogRule } from '../reports/logger.ts'
import type { StartOptions } from '../runtime/start.ts'
import { type ChannelCallHandlers, type ChannelCastHandlers, type ChannelClient, channelClient } from './calls.ts'
import { ChannelCode, type InHandler, type PreparedChannel } from './channel-process.ts'
import { Intercepts } from './fastlane.ts'
import type { Joinable, Membership } from './joinable.ts'
import type { HandleInResult, HandleResult, JoinResult } from './result.ts'
import { Checked } from './schema.ts'
import type { AnyAssigns, ChannelSocket } from './socket.ts'

type Awaitable<T> = T | PromiseLike<T>

/** A handler of one event of the client. */
export type HandleIn<Assigns extends object> = (
  // biome-ignore lint/suspicious/noExplicitAny: a client may send anything; `on(schema, …)` narrows it
  payload: any,
  socket: ChannelSocket<Assigns>,
) => Awaitable<HandleInResult>

/** The callbacks of a channel. Each may be async: until its promise settles, the channel handles nothing else. */
// biome-ignore lint/complexity/noBannedTypes: no handlers at all is `{}`, an object without names
export interface ChannelCallbacks<Assigns extends object, Calls = {}, Casts = {}> {
  /** What reports call the module. Default: file and line of `define`. */
  readonly module?: string
  /**
   * A client wants in. `params` is what it sent.
   * `ok(reply)` lets it in: it is subscribed to the topic, then gets the reply. `refuse(reason)` does not, and the process ends.
   * Anything else, a throw too, is answered with `{ reason: 'join crashed' }`. Nothing can be pushed or broadcast in here.
   */
  readonly join: (
    topic: string,
    // biome-ignore lint/suspicious/noExplicitAny: a client may send anything
    params: any,
    socket: ChannelSocket<Assigns>,
  ) => Awaitable<JoinResult>
  /**
   * The events of the client, by name: `(payload, socket) => …`, or `on(schema, handler)` for payloads that a schema accepts.
   * `reply(response)`, `replyError(response)` and `replyWith(status, response)` answer; nothing and `noReply()` do not;
   * `stop(reason, reply)` ends the channel. What becomes of an event that is not here, `unhandledEvent` says.
   */
  readonly handleIn?: { readonly [event: string]: HandleIn<Assigns> | Checked<Assigns> }
  /**
   * What an event that `handleIn` does not know does: `'crash'` (the default) crashes the channel, as a call of an unknown
   * function would; `'answer'` answers it with status `'error'` and `{ reason: 'unhandled event' }`.
   */
  readonly unhandledEvent?: 'crash' | 'answer'
  /** The broadcasts that come to `handleOut` of each channel instead of going straight to its client. */
  readonly intercept?: readonly string[]
  /**
   * The intercepted broadcasts, by event. Nothing reaches the client unless this pushes it. Returns nothing, `noReply()` or
   * `stop(reason)`.
   */
  readonly handleOut?: {
    // biome-ignore lint/suspicious/noExplicitAny: a broadcast may carry anything
    readonly [event: string]: (payload: any, socket: ChannelSocket<Assigns>) => Awaitable<HandleResult>
  }
  /**
   * Calls of other processes, by name: `(payload, socket, from) => …`. Returns `reply(value)`, `noReply()` (somebody answers later
   * with `GenServer.reply(from, value)`) or `stop(reason, reply(value))`. A call that is not here crashes the channel.
   */
  readonly handleCall?: Calls & ChannelCallHandlers<Assigns>
  /** Casts of other processes, by name. Returns nothing, `noReply()` or `stop(reason)`. */
  readonly handleCast?: Casts & ChannelCastHandlers<Assigns>
  /**
   * Every other message of the process: timers, `down`, broadcasts of other topics. Returns nothing, `noReply()` or
   * `stop(reason)`. Without it they are reported and dropped.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a channel knows what it is sent
  readonly handleInfo?: (message: any, socket: ChannelSocket<Assigns>) => Awaitable<HandleResult>
  /**
   * Last words: after a leave (`shutdown(left)`), a stop, a failure, and when the connection is over (`shutdown(closed)`;
   * `shutdown(draining)` when the endpoint stops). Not when killed. What it pushes goes out after `phx_close` and before
   * `phx_error`. May be async: the end waits for it.
   */
  readonly terminate?: (reason: ExitReason, socket: ChannelSocket<Assigns>) => unknown
  /** The level at which `WebLogger` tells of joins, or `false`: not at all. Default `'info'`. Semantics: `log_join`. */
  readonly logJoin?: LogRule
  /** The level at which `WebLogger` tells of the client's events. Default `'debug'`. Semantics: `log_handle_in`. */
  readonly logHandleIn?: LogRule
  /** How many milliseconds the end may take when the endpoint stops, before the channel is killed. Default 5000. */
  readonly shutdown?: ShutdownRule
}

/** A defined channel: put it into the table of a user socket. Other processes call it through this. */
// biome-ignore lint/complexity/noBannedTypes: as above
export interface ChannelModule<Calls = {}, Casts = {}> extends Joinable, ChannelClient<Calls, Casts> {
  specFor(membership: Membership): FullChildSpec
}

const CALLBACKS = [
  'module',
  'join',
  'handleIn',
  'unhandledEvent',
  'intercept',
  'handleOut',
  'handleCall',
  'handleCast',
  'handleInfo',
  'terminate',
  'logJoin',
  'logHandleIn',
  'shutdown',
] satisfies (keyof ChannelCallbacks<object>)[]

/**
 * Defines a channel by its callbacks: what happens when clients join a topic and talk in it.
 *
 * Each client in each topic gets a process of its own; its callbacks run one at a time. A crash ends that process alone: the
 * client is told `phx_error` and joins again by itself.
 * @typeParam Assigns - what the channel keeps in `socket.assigns`. To have calls typed as well, say it at a parameter instead:
 * `join: (topic, params, socket: ChannelSocket<Seat>) => …`; otherwise call with `GenServer.call`.
 * @throws {BadArgumentError} for a missing `join`, an unknown callback, or an intercepted event without `handleOut`.
 *
 * Semantics: Phoenix.Channel. *When not to use it*: for state that the clients of a topic share. Keep that in a GenServer per
 * room; channels come and go with each client.
 */
// biome-ignore lint/complexity/noBannedTypes: as above
function define<Assigns extends object = AnyAssigns, Calls = {}, Casts = {}>(
  callbacks: ChannelCallbacks<Assigns, Calls, Casts>,
): ChannelModule<Calls, Casts> {
  checkCallbacks(callbacks as unknown as Readonly<Record<string, unknown>>)
  const module = prepare(callbacks, callbacks.module ?? placeOfDefinition(1))
  const what = `Channel ${module.moduleName}`
  const functions: Starters<readonly [Membership], StartOptions> = starters({
    what,
    check: () => {},
    code: (membership) => new ChannelCode(module, membership as Membership),
  })
  const { shutdown = 5000 } = callbacks
  const specFor = (membership: Membership): FullChildSpec =>
    new CheckedSpec(what, functions.tryStartLink, [membership], 'temporary', shutdown, 'worker', false)
  return { moduleName: module.moduleName, specFor, ...channelClient<Calls, Casts>() }
}

function prepare<Assigns extends object, Calls, Casts>(
  callbacks: ChannelCallbacks<Assigns, Calls, Casts>,
  moduleName: string,
): PreparedChannel {
  return {
    moduleName,
    join: new Callback(callbacks.join),
    handleIn: new Map(Object.entries(callbacks.handleIn ?? {}).map(([event, handler]) => [event, inHandler(handler)])),
    intercepts: new Intercepts(callbacks.intercept ?? []),
    unhandledEvent: callbacks.unhandledEvent ?? 'crash',
    handleOut: table(callbacks.handleOut),
    handleCall: table(callbacks.handleCall),
    handleCast: table(callbacks.handleCast),
    handleInfo: callback(callbacks.handleInfo),
    terminate: callback(callbacks.terminate),
    logJoin: callbacks.logJoin ?? 'info',
    logHandleIn: callbacks.logHandleIn ?? 'debug',
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as Callback
function table(handlers: { readonly [name: string]: (...args: any[]) => unknown } = {}): ReadonlyMap<string, Callback> {
  return new Map(Object.entries(handlers).map(([name, handler]) => [name, new Callback(handler)]))
}

function inHandler<Assigns extends object>(handler: HandleIn<Assigns> | Checked<Assigns>): InHandler {
  if (handler instanceof Checked) return { callback: new Callback(handler.handler), schema: handler.schema }
  return { callback: new Callback(handler), schema: undefined }
}

function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  checkKeys('Channel.define', callbacks, CALLBACKS, 'callbacks')
  for (const key of ['join', 'handleInfo', 'terminate']) checkFunction(key, callbacks[key], key === 'join')
  for (const key of ['handleIn', 'handleOut', 'handleCall', 'handleCast']) checkHandlers(key, callbacks[key])
  checkIntercepts(callbacks['intercept'] ?? [], Object.keys((callbacks['handleOut'] as object | undefined) ?? {}))
  checkWords(callbacks)
}

function checkWords(words: Readonly<Record<string, unknown>>): void {
  const { module, unhandledEvent = 'crash', shutdown = 0, logJoin = 'info', logHandleIn = 'debug' } = words
  if (module !== undefined && typeof module !== 'string')
    throw new BadArgumentError('Channel.define: module', 'a string', module)
  if (unhandledEvent !== 'crash' && unhandledEvent !== 'answer')
    throw new BadArgumentError('Channel.define: unhandledEvent', "'crash' | 'answer'", unhandledEvent)
  checkShutdown('Channel.define', shutdown)
  checkLogRule('Channel.define: logJoin', logJoin)
  checkLogRule('Channel.define: logHandleIn', logHandleIn)
}

function checkFunction(key: string, value: unknown, isRequired: boolean): void {
  if (typeof value === 'function' || (value === undefined && !isRequired)) return
  throw new BadArgumentError(`Channel.define: ${key}`, 'a function', value)
}

function checkHandlers(key: string, handlers: unknown): void {
  if (handlers === undefined) return
  if (typeof handlers !== 'object' || handlers === null) {
    throw new BadArgumentError(`Channel.define: ${key}`, 'an object of handlers by event', handlers)
  }
  for (const [event, handler] of Object.entries(handlers)) {
    if (typeof handler === 'function' || (key === 'handleIn' && handler instanceof Checked)) continue
    throw new BadArgumentError(`Channel.define: ${key}.${event}`, 'a function', handler)
  }
}

function checkIntercepts(intercept: unknown, handled: readonly string[]): void {
  if (!Array.isArray(intercept) || intercept.some((event) => typeof event !== 'string')) {
    throw new BadArgumentError('Channel.define: intercept', 'a list of events', intercept)
  }
  for (const event of intercept) {
    if (!handled.includes(event)) {
      throw new BadArgumentError('Channel.define: handleOut', `a handler for the intercepted ${event}`, handled)
    }
  }
  for (const event of handled) {
    if (intercept.includes(event)) continue
    throw new BadArgumentError('Channel.define: intercept', `every event of handleOut, ${event} too`, intercept)
  }
}

/** Channels: what happens between a client and a topic. Semantics: Phoenix.Channel. */
export const Channel = { define } as const
