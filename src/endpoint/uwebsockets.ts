import {
  App,
  SSLApp,
  type TemplatedApp,
  type HttpRequest as UwsRequest,
  type HttpResponse as UwsResponse,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
  type WebSocket,
  type WebSocketBehavior,
} from 'uWebSockets.js'
import { STATUS_CODES } from 'node:http'
import type { ReadableStream } from 'node:stream/web'
import type { Connection, OutgoingMessage } from '../channel/connection.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Frame } from '../wire/serializer.ts'
import {
  type Body,
  cannotListen,
  cannotSecure,
  type HttpReply,
  type IncomingRequest,
  type RequestHead,
  type RunningServer,
  type ServerAdapter,
  type ServerOptions,
  type Upgrade,
  type WebSocketRoute,
} from './adapter.ts'
import { Backlog, type Pipe, rulesOf } from './backlog.ts'
import { addHeader } from './header.ts'
import { type ByteSink, discard, isStream, type Outgoing, outgoing, pump } from './reply.ts'
import { SlowClients, type Watched } from './slow-clients.ts'

// The only file that imports uWebSockets.js. What it hands out is valid for a moment only: a request until the handler
// returns, an ArrayBuffer likewise, a response until it is answered or aborted, a socket until it is closed. Nothing of it
// leaves this file but behind a flag that says whether it may still be touched. And what a handler throws ends the program,
// so that none may.

/** LIBUS_LISTEN_EXCLUSIVE_PORT: without it a second server on the same port would share it without a word. */
const EXCLUSIVE_PORT = 1
/** `DISABLED` and `SHARED_COMPRESSOR`, which the typings have as types only. */
const NO_COMPRESSOR = 0
const SHARED_COMPRESSOR = 1

/** uWebSockets.js, the native server. */
export const uWebSockets: ServerAdapter = { name: 'uWebSockets.js', start }

async function start(options: ServerOptions): Promise<RunningServer> {
  const app = appOf(options)
  const server = new UwsServer(app, options)
  for (const route of options.webSockets) app.ws(route.path.text, behaviour(server, route))
  app.any('/*', (response, request) => serve(server, response, request))
  server.listening = await listen(app, options)
  return server
}

function appOf({ tls }: ServerOptions): TemplatedApp {
  if (tls === undefined) return App()
  const { keyFile, certFile, caFile, passphrase } = tls
  try {
    return SSLApp({
      key_file_name: keyFile,
      cert_file_name: certFile,
      ...(caFile !== undefined && { ca_file_name: caFile }),
      ...(passphrase !== undefined && { passphrase }),
    })
  } catch (error) {
    throw cannotSecure(tls, error)
  }
}

function listen(app: TemplatedApp, options: ServerOptions): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    const listening = (socket: us_listen_socket | false): void => {
      if (socket === false) reject(cannotListen(options))
      else resolve(socket)
    }
    listenExclusively(app, options.host, options.port, listening)
  })
}

/** The typings lack the form with a host and options, which the library has. */
function listenExclusively(
  app: TemplatedApp,
  host: string,
  port: number,
  done: (socket: us_listen_socket | false) => void,
): void {
  const withOptions = app.listen as unknown as (host: string, port: number, options: number, done: unknown) => void
  withOptions.call(app, host, port, EXCLUSIVE_PORT, done)
}

class UwsServer implements RunningServer {
  readonly app: TemplatedApp
  readonly options: ServerOptions
  readonly isSecure: boolean
  /** Those of mounts that say what becomes of them. */
  readonly slowClients = new SlowClients()
  /** Whether any client may have asked for compression. */
  private readonly compresses: boolean
  private listener: us_listen_socket | undefined = undefined
  private boundPort = 0
  private isClosed = false

  constructor(app: TemplatedApp, options: ServerOptions) {
    this.app = app
    this.options = options
    this.isSecure = options.tls !== undefined
    this.compresses = options.webSockets.some(({ compress }) => compress)
  }

  set listening(listener: us_listen_socket) {
    this.listener = listener
    this.boundPort = us_socket_local_port(listener)
  }

  get port(): number {
    return this.boundPort
  }

  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage): void {
    this.publishNatively(nativeTopic, frame)
    this.slowClients.published(nativeTopic, frame, about)
  }

  publishNatively(nativeTopic: string, frame: Frame): void {
    if (!this.isClosed) this.app.publish(nativeTopic, frame, typeof frame !== 'string', this.isWorthCompressing(frame))
  }

  /** Clients that did not ask for compression get the frame as it is. */
  isWorthCompressing(frame: Frame): boolean {
    return this.compresses && frame.length >= COMPRESSION_THRESHOLD
  }

  stopAccepting(): void {
    if (this.listener !== undefined) us_listen_socket_close(this.listener)
    this.listener = undefined
  }

  close(): void {
    if (this.isClosed) return
    this.stopAccepting()
    this.isClosed = true
    this.app.close()
  }
}

/** A shorter frame would hardly become shorter. The default of `ws`, so that both servers do the same. */
const COMPRESSION_THRESHOLD = 1024

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** This version of the library does not tell it, whatever its typings say. */
const UNKNOWN_PORT = 0

/** Copies what must outlive the handler. */
function copyHead(server: UwsServer, request: UwsRequest, response: UwsResponse): RequestHead {
  const headers: Record<string, string> = Object.create(null)
  request.forEach((name, value) => {
    addHeader(headers, name, value)
  })
  return {
    method: request.getCaseSensitiveMethod().toUpperCase(),
    path: request.getUrl(),
    query: request.getQuery() ?? '', // `undefined` without a question mark
    headers,
    remoteAddress: Buffer.from(response.getRemoteAddressAsText()).toString(),
    remotePort: UNKNOWN_PORT,
    isSecure: server.isSecure,
  }
}

function serve(server: UwsServer, response: UwsResponse, uwsRequest: UwsRequest): void {
  const head = copyHead(server, uwsRequest, response)
  const answer = new Answer(server, response, head)
  const request = new UwsIncoming(head, new BodyReader(response, answer), answer)
  answer.guard(() => server.options.request(request, answer.respond))
}

class UwsIncoming implements IncomingRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly remoteAddress: string
  readonly remotePort: number
  readonly isSecure: boolean
  private readonly reader: BodyReader
  private readonly answer: Answer

  constructor(head: RequestHead, reader: BodyReader, answer: Answer) {
    this.method = head.method
    this.path = head.path
    this.query = head.query
    this.headers = head.headers
    this.remoteAddress = head.remoteAddress
    this.remotePort = head.remotePort
    this.isSecure = head.isSecure
    this.reader = reader
    this.answer = answer
  }

  body(maxBytes: number): Promise<Body> {
    return this.reader.read(maxBytes)
  }

  onGone(callback: () => void): void {
    this.answer.whenGone(callback)
  }
}

/** What is kept of a body before anybody asks for it. What is there already when the server stops reading comes on top. */
const UNASKED_BYTES = 64 * 1024

/**
 * A body is collected from the first moment, because what comes before somebody listens is lost; but only a little of it: then
 * the client has to wait until it is asked for, or answered.
 */
class BodyReader {
  private readonly response: UwsResponse
  private readonly answer: Answer
  private chunks: Buffer[] = []
  private bytes = 0
  private maxBytes = Number.POSITIVE_INFINITY
  private isWhole = false
  private isPaused = false
  private done: ((body: Body) => void) | undefined = undefined

  constructor(response: UwsResponse, answer: Answer) {
    this.response = response
    this.answer = answer
    answer.beforeAnswer = () => this.stop()
    answer.whenGone(() => this.finish('gone'))
    response.onData((chunk, isLast) => this.add(chunk, isLast))
  }

  read(maxBytes: number): Promise<Body> {
    this.maxBytes = maxBytes
    return new Promise((resolve) => {
      this.done = resolve
      if (this.answer.isGone) this.finish('gone')
      else this.check()
      if (this.done !== undefined) this.resume()
    })
  }

  private add(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.answer.isOver) return
    this.bytes += chunk.byteLength
    this.isWhole = isLast
    this.chunks.push(Buffer.from(new Uint8Array(chunk))) // copied: the memory is taken back
    if (this.done !== undefined) this.check()
    else if (this.bytes > UNASKED_BYTES && !isLast) this.pause()
  }

  private check(): void {
    // Later: an answer that comes from inside the handler of a chunk of a longer body breaks a TLS connection.
    if (this.bytes > this.maxBytes) setImmediate(() => this.finish('tooLarge'))
    else if (this.isWhole) this.finish(Buffer.concat(this.chunks))
  }

  private finish(body: Body): void {
    const { done } = this
    this.done = undefined
    this.chunks = []
    done?.(body)
  }

  /** What nobody wants any more is let through, so that the connection can be used again. */
  private stop(): void {
    this.chunks = []
    this.resume()
  }

  private pause(): void {
    if (!this.isPaused) this.response.pause()
    this.isPaused = true
  }

  private resume(): void {
    if (this.isPaused && !this.answer.isOver) this.response.resume()
    this.isPaused = false
  }
}

/** A response that may have been answered or aborted: then it must not be touched any more. */
class Answer {
  /** Answered, or begun to be, or aborted. */
  isOver = false
  isGone = false
  beforeAnswer: (() => void) | undefined = undefined
  readonly head: RequestHead
  private readonly server: UwsServer
  private readonly response: UwsResponse
  private readonly goneCallbacks: (() => void)[] = []

  constructor(server: UwsServer, response: UwsResponse, head: RequestHead) {
    this.server = server
    this.response = response
    this.head = head
    response.onAborted(() => {
      this.isOver = true
      this.isGone = true
      for (const callback of this.goneCallbacks.splice(0)) callback()
    })
  }

  whenGone(callback: () => void): void {
    if (this.isGone) callback()
    else this.goneCallbacks.push(callback)
  }

  /** Runs a callback of the endpoint. */
  guard(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.respond({ status: 500 })
      this.failed(error)
    }
  }

  failed(error: unknown): void {
    this.server.options.failed(error, this.head)
  }

  readonly respond = (reply: HttpReply): boolean => {
    if (this.isOver) {
      discard(reply)
      return false
    }
    const ready = outgoing(this.head.method, reply)
    this.beforeAnswer?.()
    this.isOver = true
    this.response.cork(() => this.write(ready))
    return true
  }

  private write(ready: Outgoing): void {
    const { response } = this
    const { status, headers, body, contentLength } = ready
    response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
    for (const [name, value] of headers) {
      if (name.toLowerCase() !== 'date') response.writeHeader(name, latin1(value)) // the server writes the date itself
    }
    if (isStream(body)) this.stream(body)
    else if (body !== undefined) response.end(body)
    else {
      // Not told to `endWithoutBody`, which would wait for as many bytes.
      if (contentLength !== undefined) response.writeHeader('content-length', String(contentLength))
      response.endWithoutBody()
    }
  }

  private stream(body: ReadableStream<Uint8Array>): void {
    void pump(body, new ResponseSink(this.response, this))
  }
}

/** Text is written as UTF-8, but headers are Latin-1. */
function latin1(value: string): string | Uint8Array {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1') : value
}

/** The body of a response, chunk by chunk. */
class ResponseSink implements ByteSink {
  private readonly response: UwsResponse
  private readonly answer: Answer
  private writable: ((isThere: boolean) => void) | undefined = undefined

  constructor(response: UwsResponse, answer: Answer) {
    this.response = response
    this.answer = answer
    answer.whenGone(() => this.go(false))
    response.onWritable(() => {
      this.go(true)
      return true
    })
  }

  whenGone(callback: () => void): void {
    this.answer.whenGone(callback)
  }

  write(chunk: Uint8Array): boolean | Promise<boolean> {
    if (this.answer.isGone) return false
    let isTaken = true
    this.response.cork(() => {
      isTaken = this.response.write(chunk)
    })
    if (isTaken) return true
    return new Promise((resolve) => {
      this.writable = resolve
    })
  }

  end(): void {
    if (!this.answer.isGone) this.response.cork(() => this.response.end())
  }

  fail(error: unknown): void {
    if (this.answer.isGone) return
    this.response.close()
    this.answer.failed(error)
  }

  private go(isThere: boolean): void {
    const { writable } = this
    this.writable = undefined
    writable?.(isThere)
  }
}

// ── WebSockets ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What uWebSockets.js keeps for each socket. */
interface SocketData {
  readonly receiver: FrameReceiver
  readonly connection: UwsConnection
}

function behaviour(server: UwsServer, route: WebSocketRoute): WebSocketBehavior<SocketData> {
  return {
    maxPayloadLength: route.maxFrameBytes,
    // One compressor for all: it costs no memory per client.
    compression: route.compress ? SHARED_COMPRESSOR : NO_COMPRESSOR,
    // Silence is judged by the socket process, the same way for every transport; and browsers answer pings by themselves, so
    // that a frozen page would never time out.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    // A silent gap would be worse than a connection that is dropped. Where the mount says otherwise that is seen to before.
    maxBackpressure: route.maxBufferedBytes * (route.slowClient === 'close' ? 1 : 2),
    closeOnBackpressureLimit: true,
    dropped: (socket) => {
      const { receiver, connection } = socket.getUserData()
      if (!connection.isOverloaded)
        route.overflowed({ policy: 'close', queuedBytes: socket.getBufferedAmount() }, receiver)
      connection.isOverloaded = true
    },
    drain: (socket) => socket.getUserData().connection.drained(),
    upgrade: (response, request, context) => {
      const head = copyHead(server, request, response)
      const answer = new Answer(server, response, head)
      answer.guard(() => route.upgrade(upgradeOf(server, route, answer, response, context)))
    },
    open: (socket) => socket.getUserData().connection.opened(socket),
    message: (socket, message, isBinary) => {
      const { receiver } = socket.getUserData()
      receiver.frame(isBinary ? new Uint8Array(message) : Buffer.from(message).toString())
    },
    ping: (socket, payload) => socket.getUserData().receiver.control('ping', new Uint8Array(payload)),
    pong: (socket, payload) => socket.getUserData().receiver.control('pong', new Uint8Array(payload)),
    close: (socket, code) => {
      const { receiver, connection } = socket.getUserData()
      connection.closed()
      receiver.closed(connection.isOverloaded ? OVERLOADED : code)
    },
  }
}

type UpgradeContext = Parameters<NonNullable<WebSocketBehavior<SocketData>['upgrade']>>[2]

/** What the connection of a client that was too slow is closed with, as the endpoint sees it: it may try again. */
const OVERLOADED = 1013

function upgradeOf(
  server: UwsServer,
  route: WebSocketRoute,
  answer: Answer,
  response: UwsResponse,
  context: UpgradeContext,
): Upgrade {
  const request = answer.head
  const accept = (receiver: FrameReceiver, subprotocol = ''): Connection | undefined => {
    if (answer.isOver) return undefined
    answer.isOver = true
    const connection =
      route.slowClient === 'close' ? new UwsConnection(server) : new WatchedConnection(server, route, receiver)
    const key = request.headers['sec-websocket-key'] ?? ''
    const extensions = request.headers['sec-websocket-extensions'] ?? ''
    // `open` is called before `upgrade` returns.
    response.cork(() => response.upgrade<SocketData>({ receiver, connection }, key, subprotocol, extensions, context))
    return connection.isOpen ? connection : undefined
  }
  return { request, accept, refuse: answer.respond }
}

class UwsConnection implements Connection {
  /** It is being closed because it was too slow. */
  isOverloaded = false
  protected readonly server: UwsServer
  /** `undefined` before and after: a closed socket throws when it is touched. */
  protected socket: WebSocket<SocketData> | undefined = undefined

  constructor(server: UwsServer) {
    this.server = server
  }

  get isOpen(): boolean {
    return this.socket !== undefined
  }

  opened(socket: WebSocket<SocketData>): void {
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
class WatchedConnection extends UwsConnection implements Watched, Pipe<Frame> {
  readonly maxBufferedBytes: number
  private readonly backlog: Backlog<Frame>

  constructor(server: UwsServer, route: WebSocketRoute, receiver: FrameReceiver) {
    super(server)
    this.maxBufferedBytes = route.maxBufferedBytes
    this.backlog = new Backlog<Frame>(rulesOf(route, receiver), this)
  }

  override opened(socket: WebSocket<SocketData>): void {
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
