import { BadArgumentError } from '../core/errors.ts'
import { Pid } from '../core/pid.ts'
import type { CallLocation, ExitReason } from '../core/reason.ts'
import type { Ref } from '../core/ref.ts'
import { actingProcess } from '../runtime/current.ts'
import { droppable } from '../runtime/mailbox-limit.ts'
import { Monitor } from '../runtime/monitor.ts'
import { checkServer, resolveServer, type ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { checkTimeout, type Timeout } from '../runtime/receive.ts'
import { Wait } from '../runtime/wait.ts'

/**
 * Who asked, and where the answer goes. A handler that cannot answer yet keeps it and answers later with `GenServer.reply`.
 *
 * An answer is taken once, and only while somebody waits: a late or second one is dropped.
 * @typeParam R - the type of the answer.
 */
export interface From<R = unknown> {
  readonly pid: Pid
  readonly ref: Ref
  /** Only a type. */
  readonly answerType?: (value: R) => void
}

/** How a call is made. */
export interface CallOptions {
  /** Milliseconds to wait for the answer, or `'infinity'`. Default 5000. */
  readonly timeoutMs?: Timeout
  /** Gives up when it fires: the caller exits with `aborted @ call`. The server is not told. */
  readonly signal?: AbortSignal
}

/** Which function of which module a call was made with: it names the failure. */
export interface CallSite {
  readonly module: string
  readonly function: string
  readonly defaultTimeoutMs: Timeout
  /** The function has the name of the request: it is no argument. */
  readonly omitsName?: boolean
}

export const GEN_SERVER_CALL: CallSite = { module: 'GenServer', function: 'call', defaultTimeoutMs: 5000 }

/** What a server finds in its mailbox: the request, and the way back. */
export interface Request extends From {
  readonly name: string
  readonly payload: unknown
  answer(value: unknown): void
}

/** A message that nobody waits for an answer to, on its way. */
export class Cast {
  readonly name: string
  readonly payload: unknown

  constructor(name: string, payload: unknown) {
    this.name = name
    this.payload = payload
  }
}

/** A caller that waits: request, reply address, monitor and timeout in one. */
export class Call extends Wait<unknown> implements Request {
  readonly name: string
  readonly payload: unknown
  private readonly server: ServerRef
  private readonly site: CallSite
  private readonly options: CallOptions | undefined

  constructor(
    caller: LocalProcess,
    server: ServerRef,
    name: string,
    payload: unknown,
    site: CallSite,
    options: CallOptions | undefined,
  ) {
    super(caller, caller.pid) // the object of a monitor that never sends a `down`
    this.server = server
    this.name = name
    this.payload = payload
    this.site = site
    this.options = options
  }

  get pid(): Pid {
    return this.watcher.pid
  }

  get ref(): Ref {
    return this
  }

  get timeoutMs(): Timeout {
    return this.options?.timeoutMs ?? this.site.defaultTimeoutMs
  }

  get location(): CallLocation {
    const { module, function: called, omitsName } = this.site
    const name = omitsName ? [] : [this.name]
    return { module, function: called, args: [this.server, ...name, this.payload, this.timeoutMs] }
  }

  answer(value: unknown): void {
    this.succeed(value)
  }

  override fail(reason: ExitReason): void {
    super.fail(reason, this.location)
  }

  /** Fails when `signal` fires. */
  obey(signal: AbortSignal): void {
    const abort = () => this.fail('aborted')
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    this.cleanup = () => signal.removeEventListener('abort', abort)
  }

  /** The server's mailbox was full. */
  [droppable](): void {
    this.fail('overloaded')
  }

  protected onTargetEnded(reason: ExitReason): void {
    this.fail(reason)
  }

  protected onTimeout(): void {
    this.fail('timeout')
  }
}

/**
 * Sends a request and waits for the answer.
 *
 * Semantics: OTP `gen_server:call/3`, with process aliases: a late answer never reaches the caller's mailbox.
 */
export function makeCall(
  server: ServerRef,
  name: string,
  payload: unknown,
  site: CallSite,
  options?: CallOptions,
): Operation<unknown> {
  const caller = actingProcess()
  if (options !== undefined) checkCallOptions(site, options)
  const target = resolveServer(server)
  if (target === undefined) checkServer(`${site.module}.${site.function}`, server)
  const request = new Call(caller, server, name, payload, site, options)
  const operation = request.begin(request.timeoutMs)
  if (options?.signal !== undefined) request.obey(options.signal)
  if (request.pending) dispatch(request, target, caller)
  return operation
}

function checkCallOptions({ module, function: called }: CallSite, options: CallOptions): void {
  if (typeof options !== 'object')
    throw new BadArgumentError(`${module}.${called}`, '{ timeoutMs, signal } last', options)
  for (const key in options) {
    if (key === 'timeoutMs' || key === 'signal') continue
    throw new BadArgumentError(`${module}.${called}`, 'the options timeoutMs, signal', key)
  }
  if (options.timeoutMs !== undefined) checkTimeout(`${module}.${called}: timeoutMs`, options.timeoutMs)
}

function dispatch(request: Call, target: LocalProcess | Pid | undefined, caller: LocalProcess): void {
  if (target === undefined) {
    request.fail('noproc')
  } else if (target instanceof Pid) {
    caller.runtime.nodeLink.monitor(request, target)
    if (request.pending) caller.runtime.nodeLink.send(target, request)
  } else if (target === caller) {
    request.fail('callingSelf')
  } else if (target.ending) {
    request.fail('noproc')
  } else {
    request.attach(target)
    target.deliver(request)
  }
}

/** The answer to {@link PostedCall}, as it arrives in the mailbox. */
export class ResponseMessage {
  readonly type = 'response'
  readonly ref: Ref
  readonly outcome: Response

  constructor(ref: Ref, outcome: Response) {
    this.ref = ref
    this.outcome = outcome
  }
}

/** What became of an asynchronous request. */
export type Response<R = unknown> =
  | { readonly type: 'reply'; readonly value: R }
  | { readonly type: 'error'; readonly reason: ExitReason; readonly server: ServerRef }

/** A request whose answer comes as a message: the id that `sendRequest` returns. */
export class PostedCall<R = unknown> extends Monitor implements Request {
  readonly name: string
  readonly payload: unknown
  readonly server: ServerRef
  private open = true
  declare readonly answerType?: (value: unknown) => void
  /** Only a type. */
  declare readonly responseType?: R

  constructor(caller: LocalProcess, server: ServerRef, name: string, payload: unknown) {
    super(caller, caller.pid)
    this.server = server
    this.name = name
    this.payload = payload
  }

  get pid(): Pid {
    return this.watcher.pid
  }

  get ref(): Ref {
    return this
  }

  answer(value: unknown): void {
    this.settle({ type: 'reply', value })
  }

  [droppable](): void {
    this.settle({ type: 'error', reason: 'overloaded', server: this.server })
  }

  override targetEnded(reason: ExitReason): void {
    this.settle({ type: 'error', reason, server: this.server })
  }

  /** Whether an answer may still come. */
  get isOpen(): boolean {
    return this.open
  }

  /** No answer is wanted any more. */
  abandon(): void {
    this.open = false
    this.detach()
    this.watcher.mailbox.removeAll((message) => message instanceof ResponseMessage && message.ref === this)
  }

  private settle(outcome: Response): void {
    if (!this.open) return
    this.open = false
    this.detach()
    this.watcher.deliverSignal(new ResponseMessage(this, outcome))
  }
}

/** Sends a request without waiting. */
export function postCall(server: ServerRef, name: string, payload: unknown): PostedCall {
  const caller = actingProcess()
  const target = resolveServer(server)
  if (target === undefined) checkServer('sendRequest', server)
  const request = new PostedCall(caller, server, name, payload)
  if (target === undefined || (!(target instanceof Pid) && target.ending)) request.targetEnded('noproc')
  else if (target instanceof Pid) {
    caller.runtime.nodeLink.monitor(request, target)
    if (request.isOpen) caller.runtime.nodeLink.send(target, request)
  } else {
    if (target !== caller) request.attach(target)
    target.deliver(request)
  }
  return request
}

/** Answers a request. @throws {BadArgumentError} when `from` is none. */
export function answer(from: From, value: unknown): void {
  if (from instanceof Call || from instanceof PostedCall) from.answer(value)
  else
    throw new BadArgumentError('reply(from, value)', 'the `from` that a call handler got as its third argument', from)
}
