import type { ChildSpec } from '../../supervisors/child-spec.ts'
import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { ExitReason } from '../core/reason.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { closeCode } from '../socket/close-code.ts'
import type { ConnectInfo, ConnectRequest, FrameReceiver, Params, Refusal } from '../socket/transport.ts'
import type { Serializer } from '../wire/serializer.ts'

/** How a client of a test asks. */
export interface Asking {
  readonly transport: TransportName
  readonly vsn: string
  readonly serializer: Serializer
  readonly params: Params
  readonly info: ConnectInfo
}

/** A client of a test that asks to be connected, and waits for what becomes of it. */
export class HeldRequest<Made extends Connection> implements ConnectRequest {
  readonly transport: TransportName
  readonly vsn: string
  readonly serializer: Serializer
  readonly params: Params
  readonly info: ConnectInfo
  /** What became of it. */
  readonly outcome: Promise<Made | Refusal>
  private settle: (outcome: Made | Refusal) => void = () => {}
  private readonly connect: (receiver: FrameReceiver) => Made
  private connection: Made | undefined = undefined

  /** @param connect - makes the connection, when the client is let in. */
  constructor({ transport, vsn, serializer, params, info }: Asking, connect: (receiver: FrameReceiver) => Made) {
    this.transport = transport
    this.vsn = vsn
    this.serializer = serializer
    this.params = params
    this.info = info
    this.connect = connect
    this.outcome = new Promise((resolve) => {
      this.settle = resolve
    })
  }

  /**
   * Starts the process that answers it. When that ends, however, the connection does.
   * @param sockets - the name of the supervisor that starts it.
   * @param watcher - whoever learns of its end.
   */
  async answerBy(sockets: string, spec: ChildSpec, watcher: LocalProcess): Promise<Made | Refusal> {
    const started = await DynamicSupervisor.startChild(sockets, spec)
    const process = started.type === 'started' ? started.pid.receiver : undefined
    if (process === undefined) this.ended('noproc')
    else new SocketEnd(watcher, process as LocalProcess, this) // sound: children of a local supervisor are of this thread
    return this.outcome
  }

  accept(receiver: FrameReceiver): Connection {
    this.connection = this.connect(receiver)
    this.settle(this.connection)
    return this.connection
  }

  refuse(refusal: Refusal): void {
    this.settle(refusal)
  }

  ended(reason: ExitReason): void {
    this.settle({ type: 'crashed' })
    this.connection?.close(closeCode(reason))
  }
}

class SocketEnd extends Monitor {
  private readonly request: ConnectRequest

  constructor(watcher: LocalProcess, socket: LocalProcess, request: ConnectRequest) {
    super(watcher, socket.pid)
    this.request = request
    this.attach(socket)
  }

  override targetEnded(reason: ExitReason): void {
    this.request.ended(reason)
  }
}
