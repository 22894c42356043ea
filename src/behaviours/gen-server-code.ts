import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import { badReturnValue, type ExitReason } from '../core/reason.ts'
import type { Timeout } from '../runtime/receive.ts'
import type { Timer } from '../runtime/timers.ts'
import { Call, Cast, PostedCall, type Request } from './call.ts'
import { InitResult, KEEP, type Next, Result } from './result.ts'
import { type Callback, ServerCode, type Status } from './server.ts'

/** The callbacks of a module, made ready for the loop. */
export interface Prepared {
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
export class GenServerCode extends ServerCode {
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
