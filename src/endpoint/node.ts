import { readFile } from 'node:fs/promises'
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer, type Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { OutgoingMessage } from '../channel/connection.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Frame } from '../wire/serializer.ts'
import { cannotListen, cannotSecure, type RunningServer, type ServerAdapter, type ServerOptions } from './adapter.ts'
import { NodeAnswer, NodeIncoming, responseOn } from './node-request.ts'
import { NodeSockets } from './node-websocket.ts'
import type { TlsOptions } from './options.ts'

/** Options of {@link node}. */
export interface NodeOptions {
  /**
   * A server that is there already: `http.createServer(express)`, `fastify.server`, what Hono's `serve` returns. The endpoint
   * answers what is its own there; every other request and upgrade goes to the listeners that it had. Whoever made it makes it
   * listen, and closes it.
   */
  readonly server?: HttpServer | HttpsServer
}

const OPTIONS: readonly string[] = ['server'] satisfies (keyof NodeOptions)[]

/**
 * The portable server: Node's own, with `ws`. It serves where uWebSockets.js has no binary (Alpine, a newer Node), and in a server
 * that an app has already:
 *
 * ```ts
 * import { createServer } from 'node:http'
 * import { Endpoint, node } from 'beamish/endpoint'
 *
 * const server = createServer((request, response) => response.end('mine'))
 * export const ChatEndpoint = Endpoint.define({ adapter: node({ server }) })
 * ```
 *
 * Differs from uWebSockets.js: a broadcast costs a little for each client, and is compressed for each.
 * @throws {BadArgumentError} for an unknown option, or a server that is none.
 */
export function node(options: NodeOptions = {}): ServerAdapter {
  checkKeys('node', options, OPTIONS)
  const { server } = options
  if (server === undefined) return { name: 'node', start: startOwn }
  if (typeof server.listeners !== 'function' || typeof server.address !== 'function') {
    throw new BadArgumentError('node: server', 'an http.Server or https.Server', server)
  }
  return { name: 'node', start: (settings) => startWithin(server, settings) }
}

// ── A server of our own ──────────────────────────────────────────────────────────────────────────────────────────────

async function startOwn(options: ServerOptions): Promise<RunningServer> {
  const server = await createFor(options)
  const running = new OwnServer(server, options)
  server.on('request', (request, response) => running.request(request, response))
  server.on('upgrade', (request, socket, head) => {
    // What asks for another protocol, or on another path, is a request like any other.
    if (!running.sockets.upgrade(request, socket, head)) running.request(request, responseOn(socket, request))
  })
  await listen(server, options)
  return running
}

async function createFor({ tls }: ServerOptions): Promise<HttpServer> {
  if (tls === undefined) return createServer()
  const secure = await secureOptions(tls)
  if (tls.caFile === undefined) return createSecureServer(secure)
  const server = createSecureServer({ ...secure, requestCert: true, rejectUnauthorized: false })
  // A client need not show a certificate, but one that it shows must be good. As uWebSockets.js has it.
  server.on('secureConnection', (socket) => {
    if (!socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0) socket.destroy()
  })
  return server
}

async function secureOptions(tls: TlsOptions): Promise<SecureContextOptions> {
  const { keyFile, certFile, caFile, passphrase } = tls
  try {
    const [key, cert, ca] = await Promise.all([
      readFile(keyFile),
      readFile(certFile),
      caFile === undefined ? undefined : readFile(caFile),
    ])
    const options = { key, cert, ...(ca !== undefined && { ca }), ...(passphrase !== undefined && { passphrase }) }
    createSecureContext(options) // throws when they do not belong together
    return options
  } catch (error) {
    throw cannotSecure(tls, error)
  }
}

function listen(server: HttpServer, options: ServerOptions): Promise<void> {
  const { host, port } = options
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(cannotListen(options, error))
    server.once('error', failed)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** What both kinds have in common. */
abstract class NodeServer implements RunningServer {
  readonly sockets: NodeSockets
  protected readonly server: HttpServer
  protected readonly options: ServerOptions

  constructor(server: HttpServer, options: ServerOptions) {
    this.server = server
    this.options = options
    this.sockets = new NodeSockets(options)
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0 // a pipe has none
  }

  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage): void {
    this.sockets.publish(nativeTopic, frame, about)
  }

  request(request: IncomingMessage, response: ServerResponse, pass?: () => void): void {
    const incoming = new NodeIncoming(request, response, pass)
    const answer = new NodeAnswer(incoming, response, this.options)
    answer.guard(() => this.options.request(incoming, answer.respond))
  }

  abstract stopAccepting(): void
  abstract close(): void
}

class OwnServer extends NodeServer {
  stopAccepting(): void {
    this.server.close()
  }

  close(): void {
    this.server.close()
    this.sockets.terminate()
    this.server.closeAllConnections()
  }
}

// ── A server of somebody else ────────────────────────────────────────────────────────────────────────────────────────

/** Not waited for: whoever has the server may let it listen only when everything else has started. */
async function startWithin(server: HttpServer, options: ServerOptions): Promise<RunningServer> {
  const guest = new GuestServer(server, options)
  guest.enter()
  return guest
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Several endpoints may be guests of one server: these are the listeners of theirs, and the connections that they took. */
const GUESTS = new WeakSet<UpgradeListener>()
const TAKEN = new WeakSet<Duplex>()

class GuestServer extends NodeServer {
  private readonly hosts: readonly RequestListener[]
  private isOver = false

  constructor(server: HttpServer, options: ServerOptions) {
    super(server, options)
    this.hosts = server.listeners('request') as RequestListener[] // as the event's typing says
  }

  /** We come first: what is not ours goes to those who were there, and they would not know that we have answered. */
  enter(): void {
    this.server.removeAllListeners('request')
    this.server.on('request', this.onRequest)
    this.server.on('upgrade', this.onUpgrade)
    GUESTS.add(this.onUpgrade)
  }

  stopAccepting(): void {} // the server is not ours; the endpoint refuses what is

  close(): void {
    if (this.isOver) return
    this.isOver = true
    this.server.off('upgrade', this.onUpgrade)
    // Where a later guest has us for its host, we go on handing requests through.
    if (this.server.listeners('request').includes(this.onRequest)) this.leave()
    this.sockets.terminate()
  }

  private leave(): void {
    this.server.off('request', this.onRequest)
    for (const host of this.hosts) this.server.on('request', host)
  }

  private readonly onRequest: RequestListener = (request, response) => {
    const pass = this.hosts.length === 0 ? undefined : () => this.toHosts(request, response)
    if (this.isOver && pass !== undefined) pass()
    else this.request(request, response, pass)
  }

  private toHosts(request: IncomingMessage, response: ServerResponse): void {
    for (const host of this.hosts) host.call(this.server, request, response as Parameters<RequestListener>[1])
  }

  private readonly onUpgrade: UpgradeListener = (request, socket, head) => {
    if (TAKEN.has(socket)) return
    if (this.sockets.upgrade(request, socket, head)) TAKEN.add(socket)
    // Without us Node would have taken it for a request, if nobody listened to upgrades.
    else if (this.isLastOfGuests())
      this.onRequest(request, responseOn(socket, request) as Parameters<RequestListener>[1])
  }

  /** Whether nobody else can still take an upgrade. */
  private isLastOfGuests(): boolean {
    const listeners = this.server.listeners('upgrade') as UpgradeListener[] // as the event's typing says
    return listeners.at(-1) === this.onUpgrade && listeners.every((listener) => GUESTS.has(listener))
  }
}
