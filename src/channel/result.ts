import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'

/** From `join` and `connect`: yes. */
export class Ok<Value = unknown> {
  readonly type = 'ok'
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}

/** From `join` and `connect`: no. */
export class Refused<Reason = unknown> {
  readonly type = 'refused'
  readonly reason: Reason

  constructor(reason: Reason) {
    this.reason = reason
  }
}

/**
 * The answer to one message of a client, or to a call.
 * @typeParam Response - with status `'ok'`.
 * @typeParam Failure - with status `'error'`.
 */
export class Answer<Response = unknown, Failure = unknown> {
  readonly type = 'reply'
  readonly status: string
  readonly response: Response | Failure

  constructor(status: string, response: Response | Failure) {
    this.status = status
    this.response = response
  }
}

/** What makes an {@link Answer}, for messages. */
export const ANSWERS = 'reply(response) | replyError(response) | replyWith(status, response)'

/** No answer, at least not now. */
export class NoAnswer {
  readonly type = 'noReply'
}

/** The end of the channel, with an answer or without. */
export class Stop<Response = unknown, Failure = unknown> {
  readonly type = 'stop'
  readonly reason: ExitReason
  readonly answer: Answer<Response, Failure> | undefined

  constructor(reason: ExitReason, answer: Answer<Response, Failure> | undefined) {
    this.reason = reason
    this.answer = answer
  }
}

/** What `join` may return. */
export type JoinResult = Ok | Refused
/** What `handleIn` may return; `undefined` is the same as `noReply()`. */
export type HandleInResult = Answer | NoAnswer | Stop | undefined | void
/** What the other callbacks may return. */
export type HandleResult = NoAnswer | Stop | undefined | void

/**
 * From `join`: the client is in, and gets `value` as the response of its join (default `{}`). From `connect`: the client is
 * connected, and `value` is merged into the socket's assigns.
 */
export function ok<Value = undefined>(value?: Value): Ok<Value> {
  return new Ok(value as Value) // left out only where Value is undefined
}

/**
 * From `join`: the client is not let in, and gets `reason` as the error response: by convention `{ reason: 'unauthorized' }`.
 * It will try again. From `connect`: the connection is refused with 403; the client does not see the reason.
 */
export function refuse<Reason = undefined>(reason?: Reason): Refused<Reason> {
  return new Refused(reason as Reason) // left out only where Reason is undefined
}

/**
 * From `handleIn`: answers the message with status `'ok'`. From `handleCall`: answers the call.
 * @param response - to a client any JSON value or bytes, `undefined` being sent as `{}`; to a caller anything.
 */
export function reply(): Answer<undefined, never>
export function reply<Response>(response: Response): Answer<Response, never>
export function reply(response?: unknown): Answer {
  return new Answer('ok', response)
}

/** From `handleIn`: as {@link reply}, with status `'error'`. */
export function replyError(): Answer<never, undefined>
export function replyError<Failure>(response: Failure): Answer<never, Failure>
export function replyError(response?: unknown): Answer {
  return new Answer('error', response)
}

/**
 * From `handleIn`: as {@link reply}, with a status of the app's own: the client's `receive(status, …)` takes any.
 * @throws {BadArgumentError} for a status that is no string.
 */
export function replyWith(status: string, response?: unknown): Answer {
  if (typeof status !== 'string') throw new BadArgumentError('replyWith: status', 'a string', status)
  return new Answer(status, response)
}

/** From any handler: goes on, answers nothing. Somebody may answer later with `replyTo`. Returning nothing means the same. */
export function noReply(): NoAnswer {
  return NO_ANSWER
}

const NO_ANSWER = new NoAnswer()

/**
 * From any handler: ends the channel, and `terminate` runs with `reason`.
 * After `'normal'`, `'shutdown'` and `shutdown(x)` the client is told `phx_close` and stays away; after any other reason
 * `phx_error`, and it joins again.
 * @param answer - from `handleIn`: sent before the channel ends. From `handleCall`: what the caller gets.
 * @throws {BadArgumentError} for an answer that is none.
 */
export function stop(reason: ExitReason): Stop<never, never>
export function stop<Response, Failure>(
  reason: ExitReason,
  answer: Answer<Response, Failure> | undefined,
): Stop<Response, Failure>
export function stop(reason: ExitReason, answer?: Answer): Stop {
  if (answer === undefined || answer instanceof Answer) return new Stop(reason, answer)
  throw new BadArgumentError('stop: answer', ANSWERS, answer)
}
