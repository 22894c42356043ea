import type { Connection, OutgoingMessage } from '../channel/connection.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Frame } from '../wire/serializer.ts'
import type { WebSocketRoute } from './adapter.ts'
import { Backlog, type Pipe, rulesOf } from './backlog.ts'
import type { SlowClients, Watched } from './slow-clients.ts'

// Connections of uWebSockets.js. A socket may be touched until it is closed.

/** A socket of uWebSockets.js, as far as it is used here. */
export interface RawSocket {
  send(frame: Frame, isBinary: boolean, compress: boolean): unknown
  publish(nativeTopic: string, frame: Frame, isBinary: boolean, compress: boolean): unknown
  subscribe(nativeTopic: string): unknown
  unsubscribe(nativeTopic: string): unknown
  isSubscribed(nativeTopic: string): boolean
  getTopics(): string[]
  getBufferedAmount(): number
  end(code: number): void
  close(): void
}

/** What a connection needs of its server. */
export interface NativeServer {
  /** Those of mounts that say what becomes of them. */
  readonly slowClients: SlowClients
  publishNatively(nativeTopic: string, frame: Frame): void
  isWorthCompressing(frame: Frame): boolean
}

/** A connection that is native in all it does. */
export class UwsConnection implements Connection {
  /** It is being closed because it was too slow. */
  isOverloaded = false
  protected readonly server: NativeServer
  /** `undefined` before and after: a closed socket throws when it is touched. */
  protected socket: RawSocket | undefined = undefined

  constructor(server: NativeServer) {
    this.server = server
  }

  get isOpen(): boolean {
    return this.socket !== undefined
  }

  opened(socket: RawSocket): void {
    this.socket = socket
  }

  closed(): void {
    this.socket = undefined
  }

  /** The client takes again. */
  drained(): void {}

  send(frame: Frame, _about?: OutgoingMessage): void {
    this.write(frame)
  }

  write(frame: Frame): void {
    this.socket?.send(frame, typeof frame !== 'string', this.server.isWorthCompressing(frame))
  }

  subscribe(nativeTopic: string): void {
    this.socket?.subscribe(nativeTopic)
  }

  unsubscribe(nativeTopic: string): void {
    this.socket?.unsubscribe(nativeTopic)
  }

  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage): void {
    const { server, socket } = this
    // Of a socket that has no subscription at all the library publishes nothing.
    if (socket === undefined || !socket.isSubscribed(nativeTopic)) server.publishNatively(nativeTopic, frame)
    else socket.publish(nativeTopic, frame, typeof frame !== 'string', server.isWorthCompressing(frame))
    server.slowClients.published(nativeTopic, frame, about, this)
  }

  close(code: number): void {
    this.socket?.end(code)
  }
}

/** A connection whose mount says what becomes of it when it is slow. */
export class WatchedConnection extends UwsConnection implements Watched, Pipe<Frame> {
  readonly maxBufferedBytes: number
  private readonly backlog: Backlog<Frame>

  constructor(server: NativeServer, route: WebSocketRoute, receiver: FrameReceiver) {
    super(server)
    this.maxBufferedBytes = route.maxBufferedBytes
    this.backlog = new Backlog<Frame>(rulesOf(route, receiver), this)
  }

  override opened(socket: RawSocket): void {
    super.opened(socket)
    this.server.slowClients.add(this)
  }

  override closed(): void {
    super.closed()
    this.server.slowClients.delete(this)
  }

  override drained(): void {
    this.server.slowClients.drained(this)
  }

  private get isServed(): boolean {
    return this.server.slowClients.isServed(this)
  }

  override send(frame: Frame, about?: OutgoingMessage): void {
    if (this.isServed) this.offer(frame, about)
    else {
      this.write(frame)
      if (this.isOpen) this.server.slowClients.sent(this)
    }
  }

  override subscribe(nativeTopic: string): void {
    if (!this.isServed) super.subscribe(nativeTopic)
    else this.server.slowClients.subscribe(nativeTopic, this)
  }

  override unsubscribe(nativeTopic: string): void {
    super.unsubscribe(nativeTopic)
    this.server.slowClients.unsubscribe(nativeTopic, this)
    this.backlog.forget(nativeTopic)
  }

  // ── What SlowClients needs ──

  leaveNative(): readonly string[] {
    const nativeTopics = this.socket?.getTopics() ?? []
    for (const nativeTopic of nativeTopics) this.socket?.unsubscribe(nativeTopic)
    return nativeTopics
  }

  enterNative(nativeTopics: Iterable<string>): void {
    for (const nativeTopic of nativeTopics) this.socket?.subscribe(nativeTopic)
  }

  offer(frame: Frame, about: OutgoingMessage | undefined, nativeTopic?: string): void {
    if (this.isOpen) this.backlog.offer(frame, about, nativeTopic)
  }

  catchUp(): boolean {
    this.backlog.drained()
    return this.backlog.isEmpty
  }

  // ── What its backlog needs ──

  get bufferedBytes(): number {
    return this.socket?.getBufferedAmount() ?? 0
  }

  cut(): void {
    this.isOverloaded = true
    this.socket?.close()
  }
}
