import { once } from 'node:events'
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Test } from 'tap'
import WebSocket from 'ws'
import type { Connection } from '../../src/channel/connection.ts'
import { Pid } from '../../src/core/pid.ts'
import type {
  IncomingRequest,
  RequestHead,
  Respond,
  RunningServer,
  ServerAdapter,
  Upgrade,
  WebSocketRoute,
} from '../../src/endpoint/adapter.ts'
import type { Overflow } from '../../src/endpoint/backlog.ts'
import { PathPattern } from '../../src/endpoint/path-pattern.ts'
import type { ControlOpcode, FrameReceiver } from '../../src/socket/transport.ts'
import type { Frame } from '../../src/wire/serializer.ts'
import { tlsFiles } from '../support/certificate.ts'

/** A server under test. */
export interface AdapterCase {
  readonly adapter: ServerAdapter
  readonly isSecure: boolean
}

/** What the endpoint's half does; each test says what it needs. */
export interface RigOptions {
  readonly request?: (request: IncomingRequest, respond: Respond) => void
  readonly upgrade?: (upgrade: Upgrade) => void
  readonly routes?: readonly string[]
  readonly limits?: Partial<Pick<WebSocketRoute, 'maxFrameBytes' | 'compress' | 'maxBufferedBytes' | 'slowClient'>>
  readonly port?: number
}

/** What the callbacks of a server fill. */
type RigLists = Pick<Rig, 'failures' | 'accepted' | 'overflows' | 'slowClientErrors'>

/** A server that listens, with both halves of its callbacks at hand. */
export class Rig {
  readonly server: RunningServer
  readonly isSecure: boolean
  /** What was handed to `failed`. */
  readonly failures: { readonly error: unknown; readonly request: RequestHead }[]
  /** The clients that were accepted, oldest first, when the test has no `upgrade` of its own. */
  readonly accepted: Accepted[]
  readonly overflows: Overflow[]
  readonly slowClientErrors: unknown[]

  constructor(server: RunningServer, isSecure: boolean, { failures, accepted, overflows, slowClientErrors }: RigLists) {
    this.server = server
    this.isSecure = isSecure
    this.failures = failures
    this.accepted = accepted
    this.overflows = overflows
    this.slowClientErrors = slowClientErrors
  }

  agent(): HttpAgent {
    const options = { keepAlive: true, maxSockets: 1, rejectUnauthorized: false }
    return this.isSecure ? new HttpsAgent(options) : new HttpAgent(options)
  }

  /** Sends a request, and reads the whole answer. */
  async fetch(path: string, options: RequestOptions = {}): Promise<Answered> {
    const [request, answered] = this.send(path, options)
    request.end(options.body)
    const response = await answered
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const { statusCode = 0, headers, rawHeaders } = response
    return { status: statusCode, headers, rawHeaders, body: Buffer.concat(chunks).toString() }
  }

  /** Begins a request: its body is the caller's affair. */
  send(
    path: string,
    { method = 'GET', headers = {}, agent }: RequestOptions = {},
  ): [ReturnType<typeof httpRequest>, Promise<IncomingMessage>] {
    const options = {
      host: '127.0.0.1',
      port: this.server.port,
      path,
      method,
      headers,
      agent: agent ?? false,
      rejectUnauthorized: false,
    }
    const request = this.isSecure ? httpsRequest(options) : httpRequest(options)
    const answered = once(request, 'response').then(([response]) => response as IncomingMessage)
    answered.catch(() => {}) // asked for by some tests only
    request.on('error', () => {})
    return [request, answered]
  }

  /** A WebSocket client, connecting. */
  client(path: string, protocols: string[] = [], options: WebSocket.ClientOptions = {}): Client {
    const url = `${this.isSecure ? 'wss' : 'ws'}://127.0.0.1:${this.server.port}${path}`
    return new Client(
      new WebSocket(url, protocols, { rejectUnauthorized: false, perMessageDeflate: false, ...options }),
    )
  }

  /** A WebSocket client and the server's half of it. */
  async pair(
    path = '/socket',
    protocols: string[] = [],
    options: WebSocket.ClientOptions = {},
  ): Promise<[Client, Accepted]> {
    const client = this.client(path, protocols, options)
    await client.opened
    const accepted = this.accepted.at(-1)
    if (accepted === undefined) throw new Error('nobody was accepted')
    return [client, accepted]
  }
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
  readonly agent?: HttpAgent
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** A WebSocket client that remembers what it got. */
export class Client {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  readonly opened: Promise<unknown>
  /** Resolves with the code. */
  readonly closed: Promise<number>
  private arrived: () => void = () => {}

  constructor(socket: WebSocket) {
    this.socket = socket
    this.opened = once(socket, 'open')
    this.opened.catch(() => {}) // asked for by some tests only
    this.closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => {
      this.frames.push(isBinary ? new Uint8Array(data as Buffer) : String(data))
      this.arrived()
    })
  }

  /** Waits until so many frames have come in all. */
  async take(count: number): Promise<Frame[]> {
    while (this.frames.length < count) {
      await new Promise<void>((resolve) => {
        this.arrived = resolve
      })
    }
    return this.frames.slice(0, count)
  }

  /** The TCP connection, for what a decent client never does. */
  get raw(): Socket {
    return (this.socket as unknown as { _socket: Socket })._socket
  }
}

/** The server's half of a client: a connection and who hears of it. */
export class Accepted implements FrameReceiver {
  readonly pid = new Pid('local', 1, undefined)
  readonly request: RequestHead
  readonly frames: Frame[] = []
  readonly codes: number[] = []
  readonly controls: string[] = []
  connection!: Connection
  private changed: () => void = () => {}

  constructor(request: RequestHead) {
    this.request = request
  }

  frame(frame: Frame): void {
    this.frames.push(typeof frame === 'string' ? frame : new Uint8Array(frame))
    this.changed()
  }

  control(opcode: ControlOpcode, payload: Uint8Array): void {
    this.controls.push(`${opcode} ${Buffer.from(payload)}`)
    this.changed()
  }

  whenDispatched(done: () => void): void {
    done()
  }

  closed(code: number): void {
    this.codes.push(code)
    this.changed()
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.changed = resolve
      })
    }
  }

  async take(count: number): Promise<Frame[]> {
    await this.until(() => this.frames.length >= count)
    return this.frames.slice(0, count)
  }

  async closeCode(): Promise<number> {
    await this.until(() => this.codes.length > 0)
    return this.codes[0] as number
  }
}

/** Starts a server that is closed when the test ends. Everybody is accepted unless the test says otherwise. */
export async function startRig(t: Test, { adapter, isSecure }: AdapterCase, options: RigOptions = {}): Promise<Rig> {
  const failures: Rig['failures'] = []
  const accepted: Accepted[] = []
  const overflows: Overflow[] = []
  const slowClientErrors: unknown[] = []
  const accept = (upgrade: Upgrade): void => void acceptClient(upgrade, accepted)
  const server = await adapter.start({
    host: '127.0.0.1',
    port: options.port ?? 0,
    tls: isSecure ? tlsFiles(t.testdir()) : undefined,
    webSockets: (options.routes ?? ['/socket']).map((path) => ({
      path: new PathPattern(path),
      maxFrameBytes: 100_000,
      compress: false,
      maxBufferedBytes: 4_000_000,
      slowClient: 'close',
      overflowed: (overflow) => void overflows.push(overflow),
      failed: (error) => void slowClientErrors.push(error),
      ...options.limits,
      upgrade: options.upgrade ?? accept,
    })),
    request: options.request ?? ((_request, respond) => void respond({ status: 404, body: 'not here' })),
    failed: (error, request) => void failures.push({ error, request }),
  })
  t.teardown(() => server.close())
  return new Rig(server, isSecure, { failures, accepted, overflows, slowClientErrors })
}

/** Accepts a client. @returns its half, `undefined` when it has gone. */
export function acceptClient(upgrade: Upgrade, into: Accepted[] = [], subprotocol?: string): Accepted | undefined {
  const half = new Accepted(upgrade.request)
  const connection = upgrade.accept(half, subprotocol)
  if (connection === undefined) return undefined
  half.connection = connection
  into.push(half)
  return half
}
