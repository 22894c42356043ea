import { KEEP, Result } from '../behaviours/result.ts'
import type { Callback } from '../behaviours/server.ts'
import type { Connection } from '../channel/connection.ts'
import { badReturn } from '../channel/errors.ts'
import { Ok, Refused } from '../channel/result.ts'
import { type ExitReason, isShutdownDetail, reasonOfThrown, shutdown } from '../core/reason.ts'
import type { Frame } from '../wire/serializer.ts'
import { closeCode } from './close-code.ts'
import { ConnectionCode, type SocketStart } from './connection-process.ts'
import { Control, type Marker } from './inbox.ts'
import type { RawClient } from './raw-socket.ts'
import type { ConnectRequest } from './transport.ts'

/** The callbacks of a raw socket, made ready. */
export interface PreparedRawSocket {
  readonly moduleName: string
  readonly connect: Callback | undefined
  readonly init: Callback | undefined
  readonly handleIn: Callback
  readonly handleControl: Callback | undefined
  readonly handleInfo: Callback | undefined
  readonly terminate: Callback | undefined
}

/** A frame of the client, as it came. */
class RawFrame {
  readonly frame: Frame

  constructor(frame: Frame) {
    this.frame = frame
  }
}

const RETURNS = 'reply(frame, state) | noReply(state) | stop(reason, state) | stopReply(reason, frame, state)'
const NORMAL_CLOSURE = 1000
const OWN_CODES = { first: 3000, last: 4999 } as const

/**
 * The process of a connection whose frames an app reads itself.
 * Semantics: Phoenix.Socket.Transport; channels.md §7.14.
 */
export class RawSocketCode extends ConnectionCode {
  protected override readonly wantsControl: boolean
  private readonly module: PreparedRawSocket
  private state: unknown = undefined

  constructor(module: PreparedRawSocket, start: SocketStart) {
    super(start)
    this.module = module
    this.wantsControl = module.handleControl !== undefined
  }

  get moduleName(): string {
    return this.module.moduleName
  }

  getState(): unknown {
    return this.state
  }

  override replaceState(state: unknown): void {
    this.state = state
  }

  // ── Connect ──

  protected connect({ params, transport, info }: ConnectRequest): void {
    const { connect } = this.module
    const { endpoint, secretKeyBase } = this.context
    const client: RawClient = { transport, endpoint, secretKeyBase }
    const result = connect === undefined ? new Ok(undefined) : this.invoke(connect, params, client, info)
    this.whenDone(result, (value) => this.connectReturned(value))
  }

  private connectReturned(result: unknown): void {
    if (result instanceof Refused) this.turnAway({ type: 'refused', reason: result.reason }, 'normal')
    else if (result instanceof Ok) this.admit(result.value)
    else
      this.turnAway(
        { type: 'invalid' },
        reasonOfThrown(this.badReturn('connect', 'ok(state) | refuse(reason)', result)),
      )
  }

  private admit(state: unknown): void {
    this.state = state
    this.letIn()
  }

  protected opened(_request: ConnectRequest, _connection: Connection): void {
    const { init } = this.module
    if (init === undefined) return
    this.whenDone(this.invoke(init, this.state), (state) => {
      this.state = state
    })
  }

  // ── One message ──

  /** Bytes are copied: the transport takes their memory back. */
  protected decode(frame: Frame): RawFrame {
    return new RawFrame(typeof frame === 'string' ? frame : frame.slice())
  }

  protected handle(message: unknown): void {
    this.lastMessage = message
    if (message instanceof RawFrame) this.handleIn(message)
    else if (message instanceof Control) this.handleControl(message)
    else if (!this.handleConnection(message)) this.handleInfo(message)
  }

  /** It handles one message at a time: what came before the marker has been handled. */
  protected mark({ done }: Marker): void {
    done()
  }

  private handleIn({ frame }: RawFrame): void {
    const opcode = typeof frame === 'string' ? 'text' : 'binary'
    this.applyWhenDone(this.invoke(this.module.handleIn, frame, { opcode }, this.state), 'handleIn')
  }

  private handleControl({ opcode, payload }: Control): void {
    const { handleControl } = this.module
    if (handleControl === undefined) return
    this.applyWhenDone(this.invoke(handleControl, payload, { opcode }, this.state), 'handleControl')
  }

  private handleInfo(message: unknown): void {
    const { module, process } = this
    const { pid, name } = process
    if (module.handleInfo !== undefined) {
      this.applyWhenDone(this.invoke(module.handleInfo, message, this.state), 'handleInfo')
      return
    }
    const { moduleName } = module
    process.runtime.report({ type: 'unexpectedMessage', level: 'warning', module: moduleName, pid, name, message })
  }

  private applyWhenDone(result: unknown, where: string): void {
    this.whenDone(result, (value) => this.apply(value, where))
  }

  private apply(result: unknown, where: string): void {
    if (!(result instanceof Result) || result.next !== undefined) throw this.badReturn(where, RETURNS, result)
    const { kind, value, state, reason } = result
    if (state !== KEEP) this.state = state
    if (kind === 'reply' || kind === 'stopReply') this.send(value, where)
    if (kind === 'stop' || kind === 'stopReply') this.terminate(reason)
  }

  private send(value: unknown, where: string): void {
    const frames: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (!frames.every(isFrame))
      throw this.badReturn(where, 'a string, a Uint8Array, or a list of them, as frames', value)
    for (const frame of frames) this.connection?.send(frame)
  }

  private badReturn(callback: string, expected: string, value: unknown): Error {
    return badReturn(this.moduleName, callback, expected, value)
  }

  // ── The end ──

  /** An app that reads frames itself knows what its clients make of a code. */
  protected override codeOf(reason: ExitReason): number {
    if (reason === 'normal') return NORMAL_CLOSURE
    const detail = isShutdownDetail(reason) ? reason.detail : undefined
    const isOwn = typeof detail === 'number' && detail >= OWN_CODES.first && detail <= OWN_CODES.last
    return isOwn ? detail : closeCode(reason)
  }

  protected override terminateCallback(reason: ExitReason): unknown {
    super.terminateCallback(reason)
    const { terminate } = this.module
    const told = this.isClosedByClient && reason === 'normal' ? shutdown('closed') : reason
    return terminate === undefined ? undefined : this.invoke(terminate, told, this.state)
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'string' || value instanceof Uint8Array
}
