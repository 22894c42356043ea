import { BadArgumentError } from '../core/errors.ts'
import { currentProcess } from '../runtime/current.ts'
import { mapOperation, type Operation, settledOperation } from '../runtime/operation.ts'
import { receive, type Timeout } from '../runtime/receive.ts'
import { PostedCall, type Response, ResponseMessage } from './call.ts'

/** How long to wait for a response. */
export interface ResponseOptions {
  /** Milliseconds, or `'infinity'` (the default). */
  readonly timeoutMs?: Timeout
}

/** No response came in time. */
export interface ResponseTimeout {
  readonly type: 'timeout'
}

/** There is nothing to wait for. */
export interface NoRequest {
  readonly type: 'noRequest'
}

/** The message is no response to that. */
export interface NoReply {
  readonly type: 'noReply'
}

/** A response out of a collection: with the label of its request. */
export type LabelledResponse<Label, R = unknown> = Response<R> & {
  readonly label: Label
  readonly request: PostedCall<R>
}

/**
 * Requests that are under way, each with a label: to wait for whichever is answered first.
 *
 * A request leaves it when its response is taken.
 * @typeParam Label - what the requests are told apart by.
 *
 * Semantics: OTP `gen_server:request_id_collection()`. Differs: it changes in place.
 */
export class Requests<Label = unknown, R = unknown> {
  private readonly labels = new Map<PostedCall<R>, Label>()

  /** How many are under way. */
  get size(): number {
    return this.labels.size
  }

  /** Adds a request of the calling process. @returns the collection. */
  add(request: PostedCall<R>, label: Label): this {
    checkOwner('Requests.add', request)
    this.labels.set(request, label)
    return this
  }

  /** What is under way, in the order in which it was added. */
  toArray(): (readonly [request: PostedCall<R>, label: Label])[] {
    return [...this.labels]
  }

  has(request: unknown): request is PostedCall<R> {
    return this.labels.has(request as PostedCall<R>)
  }

  /** Takes the request of a response out. */
  take(message: ResponseMessage): LabelledResponse<Label, R> {
    const request = message.ref as PostedCall<R> // `has` has said so
    const label = this.labels.get(request) as Label
    this.labels.delete(request)
    return { ...(message.outcome as Response<R>), label, request }
  }

  /** No answer to any of them is wanted any more. */
  abandon(): void {
    for (const request of this.labels.keys()) request.abandon()
    this.labels.clear()
  }
}

function checkOwner(where: string, request: PostedCall): void {
  if (request instanceof PostedCall && request.watcher === currentProcess()) return
  const got = request instanceof PostedCall ? `a request of ${request.pid}` : request
  throw new BadArgumentError(where, 'a request that the calling process made with sendRequest', got)
}

const TIMEOUT: ResponseTimeout = { type: 'timeout' }
const NO_REQUEST: NoRequest = { type: 'noRequest' }
const NO_REPLY: NoReply = { type: 'noReply' }

/**
 * Waits for the response to a request, or to any request of a collection.
 * @returns `reply` with the value · `error` with the reason and the server, when that ended or was never there · `timeout`:
 * the request goes on, and may be waited for again · of a collection also the `label`, or `noRequest` when it is empty.
 * @throws {BadArgumentError} for a request of another process.
 *
 * Semantics: OTP gen_server:wait_response/2,3.
 */
export function waitResponse<R>(
  request: PostedCall<R>,
  options?: ResponseOptions,
): Operation<Response<R> | ResponseTimeout>
export function waitResponse<Label, R>(
  requests: Requests<Label, R>,
  options?: ResponseOptions,
): Operation<LabelledResponse<Label, R> | ResponseTimeout | NoRequest>
export function waitResponse(awaited: PostedCall | Requests, options: ResponseOptions = {}): Operation<unknown> {
  return take('waitResponse', awaited, options, () => {})
}

/**
 * As {@link waitResponse}, but gives up on a timeout: an answer that comes later is dropped.
 *
 * Semantics: OTP gen_server:receive_response/1,2,3.
 */
export function receiveResponse<R>(
  request: PostedCall<R>,
  options?: ResponseOptions,
): Operation<Response<R> | ResponseTimeout>
export function receiveResponse<Label, R>(
  requests: Requests<Label, R>,
  options?: ResponseOptions,
): Operation<LabelledResponse<Label, R> | ResponseTimeout | NoRequest>
export function receiveResponse(awaited: PostedCall | Requests, options: ResponseOptions = {}): Operation<unknown> {
  return take('receiveResponse', awaited, options, () => awaited.abandon())
}

/**
 * Whether `message`, which came to the calling process, is a response: for servers that send requests and get the answers
 * in `handleInfo`.
 * @returns as {@link waitResponse}; `noReply` when the message is none of these.
 *
 * Semantics: OTP gen_server:check_response/2,3.
 */
export function checkResponse<R>(message: unknown, request: PostedCall<R>): Response<R> | NoReply
export function checkResponse<Label, R>(
  message: unknown,
  requests: Requests<Label, R>,
): LabelledResponse<Label, R> | NoReply | NoRequest
export function checkResponse(message: unknown, awaited: PostedCall | Requests): unknown {
  checkAwaited('checkResponse', awaited)
  if (awaited instanceof Requests && awaited.size === 0) return NO_REQUEST
  return isResponseTo(awaited, message) ? outcomeOf(awaited, message) : NO_REPLY
}

function take(
  where: string,
  awaited: PostedCall | Requests,
  options: ResponseOptions,
  onTimeout: () => void,
): Operation<unknown> {
  checkAwaited(where, awaited)
  if (awaited instanceof Requests && awaited.size === 0) return settledOperation(currentProcess(), NO_REQUEST)
  const match = (message: unknown): message is ResponseMessage => isResponseTo(awaited, message)
  return mapOperation(receive(match, { afterMs: options.timeoutMs ?? 'infinity' }), (message) => {
    if (message !== undefined) return outcomeOf(awaited, message)
    onTimeout()
    return TIMEOUT
  })
}

function checkAwaited(where: string, awaited: PostedCall | Requests): void {
  if (!(awaited instanceof Requests)) checkOwner(`GenServer.${where}`, awaited)
}

function isResponseTo(awaited: PostedCall | Requests, message: unknown): message is ResponseMessage {
  if (!(message instanceof ResponseMessage)) return false
  return awaited instanceof Requests ? awaited.has(message.ref) : message.ref === awaited
}

function outcomeOf(awaited: PostedCall | Requests, message: ResponseMessage): Response {
  return awaited instanceof Requests ? awaited.take(message) : message.outcome
}
