import {
  App,
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
import type { Connection } from '../channel/connection.ts'
import { BeamishError } from '../core/errors.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Frame } from '../wire/serializer.ts'
import type {
  Body,
  HttpReply,
  IncomingRequest,
  Respond,
  RunningServer,
  ServerAdapter,
  ServerOptions,
  Upgrade,
  WebSocketRoute,
} from './adapter.ts'

// The only file that imports uWebSockets.js. What it hands out is valid for a moment only: a request until the handler
// returns, an ArrayBuffer likewise, a response until it is answered or aborted, a socket until it is closed. Nothing of it
// leaves this file but behind a flag that says whether it may still be touched.

/** LIBUS_LISTEN_EXCLUSIVE_PORT: without it a second server on the same port would share it without a word. */
const EXCLUSIVE_PORT = 1

/** uWebSockets.js, the native server. */
export const uWebSockets: ServerAdapter = { name: 'uWebSockets.js', start }

async function start(options: ServerOptions): Promise<RunningServer> {
  const app = App()
  for (const route of options.webSockets) app.ws(route.path.text, behaviour(app, route))
  app.any('/*', (response, request) => {
    const answer = new Answer(response)
    options.request(new UwsRequestCopy(request, response, answer), answer.respond)
  })
  const listening = await listen(app, options)
  return new UwsServer(app, listening)
}

function listen(app: TemplatedApp, { host, port }: ServerOptions): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    const listening = (socket: us_listen_socket | false): void => {
      if (socket !== false) resolve(socket)
      else
        reject(
          new BeamishError(
            'BEAMISH_LISTEN',
            `cannot listen on ${host} port ${port}: it is in use, or not ours to use.`,
          ),
        )
    }
    listenExclusively(app, host, port, listening)
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
  readonly port: number
  private readonly app: TemplatedApp
  private listening: us_listen_socket | undefined
  private isClosed = false

  constructor(app: TemplatedApp, listening: us_listen_socket) {
    this.app = app
    this.listening = listening
    this.port = us_socket_local_port(listening)
  }

  publish(nativeTopic: string, frame: Frame): void {
    if (!this.isClosed) this.app.publish(nativeTopic, frame, typeof frame !== 'string')
  }

  stopAccepting(): void {
    if (this.listening !== undefined) us_listen_socket_close(this.listening)
    this.listening = undefined
  }

  close(): void {
    if (this.isClosed) return
    this.stopAccepting()
    this.isClosed = true
    this.app.close()
  }
}

/** This version of the library does not tell it, whatever its typings say. */
const UNKNOWN_PORT = 0

/** Copies what must outlive the handler. */
function copyRequest(request: UwsRequest, response: UwsResponse): Upgrade['request'] {
  const headers: Record<string, string> = Object.create(null)
  request.forEach((name, value) => {
    headers[name] = value
  })
  return {
    method: request.getCaseSensitiveMethod().toUpperCase(),
    path: request.getUrl(),
    query: request.getQuery() ?? '', // `undefined` without a question mark
    headers,
    remoteAddress: Buffer.from(response.getRemoteAddressAsText()).toString(),
    remotePort: UNKNOWN_PORT,
    isSecure: false,
  }
}

/** A request whose body is collected from the first moment: what comes before somebody listens would be lost. */
class UwsRequestCopy implements IncomingRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly remoteAddress: string
  readonly remotePort: number
  readonly isSecure = false
  private readonly answer: Answer
  private readonly collected: Promise<Body>

  constructor(request: UwsRequest, response: UwsResponse, answer: Answer) {
    const copy = copyRequest(request, response)
    this.method = copy.method
    this.path = copy.path
    this.query = copy.query
    this.headers = copy.headers
    this.remoteAddress = copy.remoteAddress
    this.remotePort = copy.remotePort
    this.answer = answer
    this.collected = collect(response, answer)
  }

  async body(maxBytes: number): Promise<Body> {
    const body = await this.collected
    return typeof body !== 'string' && body.byteLength > maxBytes ? 'tooLarge' : body
  }

  onGone(callback: () => void): void {
    this.answer.whenGone(callback)
  }
}

/** The most of a body that is kept for whoever asks. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

function collect(response: UwsResponse, answer: Answer): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    answer.whenGone(() => resolve('gone'))
    response.onData((chunk, isLast) => {
      bytes += chunk.byteLength
      if (bytes > MAX_BODY_BYTES) chunks.length = 0
      else chunks.push(Buffer.from(Buffer.from(chunk))) // copied: the memory is taken back
      if (isLast) resolve(bytes > MAX_BODY_BYTES ? 'tooLarge' : Buffer.concat(chunks))
    })
  })
}

/** A response that may have been answered or aborted: then it must not be touched any more. */
class Answer {
  isOver = false
  private isGone = false
  private readonly response: UwsResponse
  private readonly goneCallbacks: (() => void)[] = []

  constructor(response: UwsResponse) {
    this.response = response
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

  readonly respond: Respond = (reply) => {
    if (this.isOver) return false
    this.isOver = true
    this.response.cork(() => this.write(reply))
    return true
  }

  private write({ status, headers = {}, body, contentLength }: HttpReply): void {
    const { response } = this
    response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
    for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value)
    if (contentLength === undefined) response.end(body)
    else response.endWithoutBody(contentLength)
  }
}

// ── WebSockets ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What uWebSockets.js keeps for each socket. */
interface SocketData {
  readonly receiver: FrameReceiver
  readonly connection: UwsConnection
}

function behaviour(app: TemplatedApp, route: WebSocketRoute): WebSocketBehavior<SocketData> {
  return {
    maxPayloadLength: route.maxFrameBytes,
    // Silence is judged by the socket process, the same way for every transport; and browsers answer pings by themselves, so
    // that a frozen page would never time out.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    // A silent gap would be worse than a connection that is dropped.
    maxBackpressure: route.maxBufferedBytes,
    closeOnBackpressureLimit: true,
    upgrade: (response, request, context) => {
      const answer = new Answer(response)
      route.upgrade(upgradeOf(app, answer, response, copyRequest(request, response), context))
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
      receiver.closed(code)
    },
  }
}

type UpgradeContext = Parameters<NonNullable<WebSocketBehavior<SocketData>['upgrade']>>[2]

function upgradeOf(
  app: TemplatedApp,
  answer: Answer,
  response: UwsResponse,
  request: Upgrade['request'],
  context: UpgradeContext,
): Upgrade {
  const accept = (receiver: FrameReceiver, subprotocol = ''): Connection | undefined => {
    if (answer.isOver) return undefined
    answer.isOver = true
    const connection = new UwsConnection(app)
    const key = request.headers['sec-websocket-key'] ?? ''
    const extensions = request.headers['sec-websocket-extensions'] ?? ''
    // `open` is called before `upgrade` returns.
    response.cork(() => response.upgrade<SocketData>({ receiver, connection }, key, subprotocol, extensions, context))
    return connection.isOpen ? connection : undefined
  }
  return { request, accept, refuse: answer.respond }
}

class UwsConnection implements Connection {
  private readonly app: TemplatedApp
  /** `undefined` before and after: a closed socket throws when it is touched. */
  private socket: WebSocket<SocketData> | undefined = undefined

  constructor(app: TemplatedApp) {
    this.app = app
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

  send(frame: Frame): void {
    this.socket?.send(frame, typeof frame !== 'string')
  }

  subscribe(nativeTopic: string): void {
    this.socket?.subscribe(nativeTopic)
  }

  unsubscribe(nativeTopic: string): void {
    this.socket?.unsubscribe(nativeTopic)
  }

  publish(nativeTopic: string, frame: Frame): void {
    const isBinary = typeof frame !== 'string'
    if (this.socket !== undefined) this.socket.publish(nativeTopic, frame, isBinary)
    else this.app.publish(nativeTopic, frame, isBinary) // gone, and so no subscriber any more
  }

  close(code: number): void {
    this.socket?.end(code)
  }
}
