import type { ExitReason } from '../core/reason.ts'
import type { Timeout } from '../runtime/receive.ts'

/** What a server does before it looks at its next message. At most one of the three. */
export interface Next {
  /** `handleInfo('timeout')` if no message comes for so many milliseconds; any message cancels it. 0: if there is none now. */
  readonly timeoutMs?: Timeout
  /** Runs `handleContinue` with this, before any message. */
  readonly continue?: unknown
  /** No message is expected soon. A hint. */
  readonly hibernate?: boolean
}

/** What a result means. */
export type ResultKind = 'reply' | 'noReply' | 'stop' | 'stopReply'

/** In place of a state: the server keeps the one it has. */
export const KEEP: unique symbol = Symbol('beamish.keep')

/** What a callback tells its server. The types below say which kind is allowed where. */
export class Result<Kind extends ResultKind = ResultKind, R = unknown, S = unknown> {
  readonly kind: Kind
  /** The reply; for `stop`, unused. */
  readonly value: R
  readonly state: S | typeof KEEP
  readonly next: Next | undefined
  readonly reason: ExitReason

  constructor(kind: Kind, value: R, state: S | typeof KEEP, next: Next | undefined, reason: ExitReason) {
    this.kind = kind
    this.value = value
    this.state = state
    this.next = next
    this.reason = reason
  }
}

/** Answer the caller. */
export type ReplyResult<R, S> = Result<'reply', R, S>
/** Answer nobody (now). */
export type NoReplyResult<S> = Result<'noReply', undefined, S>
/** End the server. */
export type StopResult<S> = Result<'stop', undefined, S>
/** End the server, then answer the caller. */
export type StopReplyResult<R, S> = Result<'stopReply', R, S>

/** Answers the caller with `value`, then goes on with `state` (default, and `undefined`: the state as it was) and `next`. */
export function reply<R>(value: R): ReplyResult<R, never>
export function reply<R, S>(value: R, state: S, next?: Next): ReplyResult<R, S>
export function reply(value: unknown, state: unknown = KEEP, next?: Next): ReplyResult<unknown, unknown> {
  return new Result('reply', value, state, next, undefined)
}

/** Goes on with `state` (default, and `undefined`: the state as it was) and `next`. From a call handler: somebody answers later. */
export function noReply(): NoReplyResult<never>
export function noReply<S>(state: S, next?: Next): NoReplyResult<S>
export function noReply(state: unknown = KEEP, next?: Next): NoReplyResult<unknown> {
  // Most messages change nothing: one object serves them all.
  if (state === KEEP && next === undefined) return NOTHING_NEW
  return new Result('noReply', undefined, state, next, undefined)
}

const NOTHING_NEW: NoReplyResult<unknown> = new Result('noReply', undefined, KEEP, undefined, undefined)

/** Ends the server with `reason`: `terminate` runs with `state` (default, and `undefined`: as it was). A waiting caller exits with the reason. */
export function stop(reason: ExitReason): StopResult<never>
export function stop<S>(reason: ExitReason, state: S): StopResult<S>
export function stop(reason: ExitReason, state: unknown = KEEP): StopResult<unknown> {
  return new Result('stop', undefined, state, undefined, reason)
}

/** Ends the server with `reason`: `terminate` runs, then the caller gets `value`, then the server exits. */
export function stopReply<R>(reason: ExitReason, value: R): StopReplyResult<R, never>
export function stopReply<R, S>(reason: ExitReason, value: R, state: S): StopReplyResult<R, S>
export function stopReply(
  reason: ExitReason,
  value: unknown,
  state: unknown = KEEP,
): StopReplyResult<unknown, unknown> {
  return new Result('stopReply', value, state, undefined, reason)
}

/** What `init` may return in place of a plain state. */
export class InitResult<
  Kind extends 'ok' | 'ignore' | 'refuse' | 'stop' = 'ok' | 'ignore' | 'refuse' | 'stop',
  S = unknown,
> {
  readonly kind: Kind
  readonly state: S | undefined
  readonly next: Next | undefined
  readonly reason: ExitReason

  constructor(kind: Kind, state: S | undefined, next: Next | undefined, reason: ExitReason) {
    this.kind = kind
    this.state = state
    this.next = next
    this.reason = reason
  }
}

/** From `init`: starts with `state`, and `next` to do first. */
export function ok<S>(state: S, next?: Next): InitResult<'ok', S> {
  return new InitResult('ok', state, next, undefined)
}

/** From `init`: does not start, and that is fine. The process ends `'normal'`; `terminate` is not called. */
export function ignore(): InitResult<'ignore', never> {
  return new InitResult<'ignore', never>('ignore', undefined, undefined, undefined)
}

/** From `init`: does not start, for a reason that the starter should handle. The process ends `'normal'`, without a report. */
export function refuse(reason: ExitReason): InitResult<'refuse', never> {
  return new InitResult<'refuse', never>('refuse', undefined, undefined, reason)
}

/** From `init`: fails with `reason`. The process exits with it; linked starters feel it. */
export function stopInit(reason: ExitReason): InitResult<'stop', never> {
  return new InitResult<'stop', never>('stop', undefined, undefined, reason)
}
