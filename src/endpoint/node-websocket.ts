import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Connection, OutgoingMessage } from '../channel/connection.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Frame } from '../wire/serializer.ts'
import type { HttpReply, RequestHead, ServerOptions, Upgrade, WebSocketRoute } from './adapter.ts'
import { Backlog, type Pipe, rulesOf } from './backlog.ts'
import { TopicMembers } from './local-topics.ts'
import { headOf, NodeAnswer, responseOn } from './node-request.ts'

/** A client that does not answer our close is cut off after so many milliseconds. The typings lack the option. */
const CLOSING = { closeTimeout: 5000 }

/** The WebSockets of one server. */
export class NodeSockets {
  readonly options: ServerOptions
  private readonly paths: readonly Path[]
  private readonly topics = new TopicMembers<NodeConnection>()

  constructor(options: ServerOptions) {
    this.options = options
    // The most particular first, as uWebSockets.js has it: '/a/b' before '/a/:name'.
    const routes = [...options.webSockets].sort((a, b) => rank(a).localeCompare(rank(b)))
    this.paths = routes.map((route) => new Path(route))
  }

  /** @returns whether the request asks for a WebSocket of ours: then it is answered. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const facts = headOf(request)
    const path = isWebSocket(facts) ? this.paths.find(({ route }) => route.path.fits(facts.path)) : undefined
    if (path === undefined) return false
    new NodeUpgrade(facts, { request, socket, head }, path, this).begin()
    return true
  }

  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage, without?: NodeConnection): void {
    const data = new FrameData(frame) // made once, and not for each client
    for (const member of this.topics.membersOf(nativeTopic)) {
      if (member !== without) member.offer(data, about, nativeTopic)
    }
  }

  subscribe(nativeTopic: string, member: NodeConnection): void {
    this.topics.subscribe(nativeTopic, member)
  }

  unsubscribe(nativeTopic: string, member: NodeConnection): void {
    this.topics.unsubscribe(nativeTopic, member)
  }

  leave(member: NodeConnection): void {
    this.topics.leave(member)
  }

  /** Cuts every connection. */
  terminate(): void {
    for (const { server } of this.paths) for (const client of server.clients) client.terminate()
  }
}

/** Sorts segments that are written out before variables. */
function rank({ path }: WebSocketRoute): string {
  return path.text
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '1' : '0'))
    .join('')
}

/** The same test as in uWebSockets.js: anything else is answered as a request, which is told what is missing. */
function isWebSocket({ method, headers }: RequestHead): boolean {
  return method === 'GET' && headers['sec-websocket-key']?.length === 24
}

/** One path of WebSockets, with the half of `ws` that knows its limits. */
class Path {
  readonly route: WebSocketRoute
  readonly server: WebSocketServer

  constructor(route: WebSocketRoute) {
    this.route = route
    this.server = new WebSocketServer({
      noServer: true,
      maxPayload: route.maxFrameBytes,
      // No memory per client, as with the shared compressor of uWebSockets.js.
      perMessageDeflate: route.compress && { serverNoContextTakeover: true, clientNoContextTakeover: true },
      ...CLOSING,
    })
  }
}

/** What Node hands over with an upgrade. */
interface Raw {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** A client waits for yes or no: its connection is watched meanwhile, and nothing is read from it. */
class NodeUpgrade implements Upgrade {
  readonly request: RequestHead
  private readonly raw: Raw
  private readonly path: Path
  private readonly sockets: NodeSockets
  private isOver = false
  private answer: NodeAnswer | undefined = undefined

  constructor(request: RequestHead, raw: Raw, path: Path, sockets: NodeSockets) {
    this.request = request
    this.raw = raw
    this.path = path
    this.sockets = sockets
  }

  begin(): void {
    const { socket } = this.raw
    for (const event of ENDS) socket.on(event, this.gone)
    socket.on('readable', this.look)
    try {
      this.path.route.upgrade(this)
    } catch (error) {
      this.refuse({ status: 500 })
      this.sockets.options.failed(error, this.request)
    }
  }

  accept(receiver: FrameReceiver, subprotocol: string | undefined): Connection | undefined {
    if (this.isOver) return undefined
    this.letGo()
    const { request, socket, head } = this.raw
    // Chosen already: `ws` answers the only one, and is kept from judging how the client spells a token that it hides there.
    if (subprotocol === undefined) delete request.headers['sec-websocket-protocol']
    else request.headers['sec-websocket-protocol'] = subprotocol
    let connection: NodeConnection | undefined
    // Called back before it returns, or not at all.
    this.path.server.handleUpgrade(request, socket, head, (webSocket) => {
      connection = new NodeConnection({ sockets: this.sockets, webSocket, socket, receiver, route: this.path.route })
    })
    return connection
  }

  readonly refuse = (reply: HttpReply): boolean => {
    if (this.isOver && this.answer === undefined) return false
    this.letGo()
    const { request, socket } = this.raw
    this.answer ??= new NodeAnswer(this.request, responseOn(socket, request), this.sockets.options)
    return this.answer.respond(reply)
  }

  private letGo(): void {
    const { socket } = this.raw
    this.isOver = true
    for (const event of ENDS) socket.off(event, this.gone)
    socket.off('readable', this.look)
  }

  private readonly gone = (): void => {
    this.letGo()
    this.raw.socket.on('error', () => {}) // of one that is destroyed
    this.raw.socket.destroy()
  }

  /** Only a read tells that the client has ended; what it sends early stays where it is. */
  private readonly look = (): void => {
    const { socket } = this.raw
    if (socket.readableLength === 0) socket.read()
  }
}

const ENDS = ['error', 'end', 'close'] as const

/** A frame as `ws` takes it: text too as bytes, which are shared by all who get them. */
class FrameData {
  readonly bytes: Uint8Array
  readonly isBinary: boolean

  constructor(frame: Frame) {
    this.isBinary = typeof frame !== 'string'
    this.bytes = typeof frame === 'string' ? Buffer.from(frame) : frame
  }

  get length(): number {
    return this.bytes.byteLength
  }
}

/** What a connection is made of. */
interface ConnectionParts {
  readonly sockets: NodeSockets
  readonly webSocket: WebSocket
  /** What it runs over. */
  readonly socket: Duplex
  readonly receiver: FrameReceiver
  readonly route: WebSocketRoute
}

/** What the client closes with that was too slow: it may try again. */
const OVERLOADED = 1013

class NodeConnection implements Connection, Pipe<FrameData> {
  isOpen = true
  private readonly parts: ConnectionParts
  private readonly backlog: Backlog<FrameData>
  private isCut = false

  constructor(parts: ConnectionParts) {
    const { webSocket, socket, receiver, route } = parts
    this.parts = parts
    this.backlog = new Backlog<FrameData>(rulesOf(route, receiver), this)
    webSocket.on('message', (data, isBinary) => {
      const bytes = data as Buffer // as long as binaryType is what it is by default
      if (this.isOpen) receiver.frame(isBinary ? bytes : bytes.toString())
    })
    webSocket.on('ping', (payload) => receiver.control('ping', payload))
    webSocket.on('pong', (payload) => receiver.control('pong', payload))
    webSocket.on('error', () => {}) // `close` comes after it, with the code that says why
    webSocket.on('close', (code) => {
      this.over()
      receiver.closed(this.isCut ? OVERLOADED : code)
    })
    socket.on('drain', () => this.backlog.drained())
  }

  send(frame: Frame, about?: OutgoingMessage): void {
    this.offer(new FrameData(frame), about)
  }

  offer(data: FrameData, about: OutgoingMessage | undefined, nativeTopic?: string): void {
    if (this.isOpen) this.backlog.offer(data, about, nativeTopic)
  }

  subscribe(nativeTopic: string): void {
    if (this.isOpen) this.parts.sockets.subscribe(nativeTopic, this)
  }

  unsubscribe(nativeTopic: string): void {
    this.parts.sockets.unsubscribe(nativeTopic, this)
    this.backlog.forget(nativeTopic)
  }

  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage): void {
    this.parts.sockets.publish(nativeTopic, frame, about, this)
  }

  close(code: number): void {
    if (!this.isOpen) return
    this.over()
    this.parts.webSocket.close(code)
  }

  private over(): void {
    this.isOpen = false
    this.parts.sockets.leave(this)
  }

  // ── What its backlog needs ──

  get bufferedBytes(): number {
    return this.parts.webSocket.bufferedAmount
  }

  write({ bytes, isBinary }: FrameData): void {
    if (this.isOpen) this.parts.webSocket.send(bytes, { binary: isBinary })
  }

  cut(): void {
    this.isCut = true
    this.over()
    this.parts.webSocket.terminate()
  }
}
