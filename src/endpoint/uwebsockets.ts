import {
  App,
  SSLApp,
  type TemplatedApp,
  type HttpRequest as UwsRequest,
  type HttpResponse as UwsResponse,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
  type WebSocketBehavior,
} from 'uWebSockets.js'
import type { Connection, OutgoingMessage } from '../channel/connection.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Frame } from '../wire/serializer.ts'
import {
  cannotListen,
  cannotSecure,
  type RequestHead,
  type RunningServer,
  type ServerAdapter,
  type ServerOptions,
  type Upgrade,
  type WebSocketRoute,
} from './adapter.ts'
import { addHeader } from './header.ts'
import { SlowClients } from './slow-clients.ts'
import { type NativeServer, UwsConnection, WatchedConnection } from './uws-connection.ts'
import { CorkLender, type LendingApp } from './uws-lender.ts'
import { Answer, BodyReader, UwsIncoming } from './uws-response.ts'

// The only file that imports uWebSockets.js. What it hands out is valid for a moment only: a request until the handler
// returns, an ArrayBuffer likewise, a response until it is answered or aborted, a socket until it is closed. Nothing of it
// leaves the four files of this server but behind a flag that says whether it may still be touched. And what a handler throws
// ends the program, so that none may.

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
  server.lender = await CorkLender.open(lendingApp()).catch(() => undefined) // no loopback: then upgrades have their own cork
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

function lendingApp(): LendingApp {
  const app = App()
  return {
    onRequest: (handler) => void app.any('/*', handler),
    listen: async (host) => {
      const listener = await listen(app, { host, port: 0 })
      return { port: us_socket_local_port(listener), stop: () => us_listen_socket_close(listener) }
    },
  }
}

function listen(app: TemplatedApp, options: Pick<ServerOptions, 'host' | 'port'>): Promise<us_listen_socket> {
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

class UwsServer implements RunningServer, NativeServer {
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
  /** In whose cork it upgrades; `undefined` where there is no loopback. */
  lender: CorkLender | undefined = undefined

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
    this.lender?.close()
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
  const answer = new Answer(server.options, response, head)
  const request = new UwsIncoming(head, new BodyReader(response, answer), answer)
  answer.guard(() => server.options.request(request, answer.respond))
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
      const answer = new Answer(server.options, response, head)
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
    const upgrade = () => response.upgrade<SocketData>({ receiver, connection }, key, subprotocol, extensions, context)
    if (!server.lender?.lend(upgrade)) response.cork(upgrade)
    return connection.isOpen ? connection : undefined
  }
  return { request, accept, refuse: answer.respond }
}
