import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { unpack } from 'msgpackr'
import WebSocket from 'ws'
import { PollingSocket } from './polling-socket.ts'

/** A frame in V2 order: `[join_ref, ref, topic, event, payload]`. */
export type RawFrame = [joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: unknown]

/** How long a frame may take that must come. */
const PATIENCE_MS = 20_000

/** A client that speaks frames, and remembers all that it got. */
export class RawClient {
  /** Everything that came, oldest first; binary frames as bytes, unless the client speaks MessagePack. */
  readonly received: (RawFrame | Buffer)[] = []
  readonly socket: WebSocket
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  private taken = 0
  private arrived: (() => void) | undefined = undefined

  private constructor(socket: WebSocket, isMsgpack: boolean) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('message', (data, isBinary) => {
      const read = (bytes: Buffer): RawFrame | Buffer => (isMsgpack ? (unpack(bytes) as RawFrame) : bytes)
      this.received.push(isBinary ? read(data as Buffer) : (JSON.parse(String(data)) as RawFrame))
      this.arrived?.()
    })
  }

  /**
   * Opens `ws://127.0.0.1:<port><path>`, with `vsn=2.0.0` unless the path has a query. With `vsn=2.0.0-msgpack` it reads
   * MessagePack, and still sends JSON, which such a connection may.
   */
  static async open(
    port: number,
    path = '/socket/websocket',
    { protocols = [], ...options }: WebSocket.ClientOptions & { readonly protocols?: string[] } = {},
  ): Promise<RawClient> {
    const query = path.includes('?') ? '' : '?vsn=2.0.0'
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}${query}`, protocols, options)
    const client = new RawClient(socket, path.includes('-msgpack'))
    await once(socket, 'open')
    return client
  }

  /** Opens a session that is polled all the time. */
  static async poll(port: number, path = '/socket/longpoll?vsn=2.0.0'): Promise<RawClient> {
    const socket = await PollingSocket.open(port, path)
    return new RawClient(socket as unknown as WebSocket, false) // has what this class uses of one
  }

  send(...frame: RawFrame): void {
    this.socket.send(JSON.stringify(frame))
  }

  /** The next frame that was not taken yet. */
  async next(): Promise<RawFrame> {
    if (this.received.length <= this.taken) await this.arrival()
    return this.received[this.taken++] as RawFrame
  }

  private arrival(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error(`nothing came after ${JSON.stringify(this.received.slice(-3))}`))
      const timer = setTimeout(giveUp, PATIENCE_MS)
      this.arrived = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The next `count` frames. */
  async take(count: number): Promise<RawFrame[]> {
    const frames: RawFrame[] = []
    while (frames.length < count) frames.push(await this.next())
    return frames
  }

  /**
   * Everything that comes of what was sent so far.
   *
   * A heartbeat that arrives together with other messages is answered by the socket process before the channels have had their
   * turn; by the time a ping that follows the answer comes back, they have.
   */
  async rest(): Promise<RawFrame[]> {
    const ref = `rest-${this.received.length}`
    this.send(null, ref, 'phoenix', 'heartbeat', {})
    const frames: RawFrame[] = []
    for (let frame = await this.next(); frame[1] !== ref; frame = await this.next()) frames.push(frame)
    const pong = once(this.socket, 'pong')
    this.socket.ping()
    await pong
    while (this.taken < this.received.length) frames.push(await this.next())
    return frames
  }

  /** Joins a topic. @returns the answer. */
  async join(topic: string, joinRef = '1', params: unknown = {}): Promise<RawFrame> {
    this.send(joinRef, joinRef, topic, 'phx_join', params)
    return await this.next()
  }

  close(): void {
    this.socket.terminate()
  }
}

/** The status of the answer to a request to upgrade that is refused, and its body. */
export async function refusedUpgrade(
  port: number,
  path: string,
  options: WebSocket.ClientOptions = {},
): Promise<[number, string]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options)
  return await new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('it was accepted')))
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += String(chunk)
      })
      response.on('end', () => resolve([response.statusCode ?? 0, body]))
    })
  })
}

/** The answer to a request to upgrade, accepted (101) or not. A connection that was opened is closed again. */
export interface UpgradeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Asks for an upgrade with just these headers, beside the necessary ones, which they may replace. */
export function askUpgrade(port: number, path: string, headers: OutgoingHttpHeaders = {}): Promise<UpgradeAnswer> {
  const necessary = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-version': '13',
  }
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, headers: { ...necessary, ...headers }, agent: false })
    const answered = (response: IncomingMessage, body: string) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    asking.on('upgrade', (response, socket) => {
      socket.on('error', () => {})
      socket.destroy()
      answered(response, '')
    })
    asking.on('response', (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += String(chunk)
      })
      response.on('end', () => answered(response, body))
    })
    asking.on('error', reject)
    asking.end()
  })
}
