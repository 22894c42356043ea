import { Packr } from 'msgpackr'
import WebSocket from 'ws'
import type { FixtureProcess } from './fixture-process.ts'
import type { RawFrame } from './raw-client.ts'

const packr = new Packr({ useRecords: false })
const PATIENCE_MS = 15_000

/** What a peer says and hears is the same over every transport and serializer. */
export type Encoding = 'json' | 'msgpack'

/** A way to talk to the fixture application. */
export interface Way {
  readonly name: string
  readonly transport: 'websocket' | 'longpoll'
  readonly encoding: Encoding
}

/** Every way. */
export const WAYS: readonly Way[] = [
  { name: 'JSON over a WebSocket', transport: 'websocket', encoding: 'json' },
  { name: 'MessagePack over a WebSocket', transport: 'websocket', encoding: 'msgpack' },
  { name: 'JSON over long poll', transport: 'longpoll', encoding: 'json' },
  { name: 'MessagePack over long poll', transport: 'longpoll', encoding: 'msgpack' },
]

/** Where a peer connects. */
export interface PeerOptions {
  /** Default `/socket`. */
  readonly mount?: string
  /** Further params, as they stand in a query: `user_id=ann`. */
  readonly query?: string
}

/** Somebody at the other end, who speaks in frames of V2 order and remembers what came. */
export abstract class Peer {
  /** Everything that came, oldest first. */
  readonly received: RawFrame[] = []
  /** Resolves when the connection is over: with the close code, or the status of a poll. */
  readonly ended: Promise<number>
  readonly encoding: Encoding
  protected over!: (code: number) => void
  private taken = 0
  private marks = 0
  private arrived: (() => void) | undefined = undefined

  constructor(encoding: Encoding) {
    this.encoding = encoding
    this.ended = new Promise((resolve) => {
      this.over = resolve
    })
  }

  abstract send(...frame: RawFrame): void
  /** Goes without a word. */
  abstract vanish(): void

  protected hear(frame: RawFrame): void {
    this.received.push(frame)
    this.arrived?.()
  }

  /** The next frame that was not taken yet. */
  async next(): Promise<RawFrame> {
    if (this.received.length <= this.taken) await this.arrival()
    return this.received[this.taken++] as RawFrame
  }

  private arrival(): Promise<void> {
    return new Promise((resolve, reject) => {
      const got = () => JSON.stringify(this.received.slice(-5))
      const timer = setTimeout(() => reject(new Error(`nothing more came after ${got()}`)), PATIENCE_MS)
      this.arrived = () => {
        clearTimeout(timer)
        this.arrived = undefined
        resolve()
      }
      void this.ended.then((code) => {
        clearTimeout(timer)
        reject(new Error(`the connection ended with ${code} after ${got()}`))
      })
    })
  }

  /** The next `count` frames. */
  async take(count: number): Promise<RawFrame[]> {
    const frames: RawFrame[] = []
    while (frames.length < count) frames.push(await this.next())
    return frames
  }

  /** Takes frames up to the first of that event. @returns that one. */
  async until(event: string): Promise<RawFrame> {
    for (;;) {
      const frame = await this.next()
      if (frame[3] === event) return frame
    }
  }

  /** Joins a topic. @returns the answer. */
  async join(topic: string, joinRef: unknown = '1', params: unknown = {}): Promise<RawFrame> {
    this.send(joinRef, joinRef, topic, 'phx_join', params)
    return await this.next()
  }

  /**
   * Everything that came before the answer to an `echo` in that topic: so it is what the channel had sent by then. A broadcast of
   * another process may still be under way.
   */
  async rest(topic: string): Promise<RawFrame[]> {
    const ref = `mark-${++this.marks}`
    this.send(null, ref, topic, 'echo', {})
    const frames: RawFrame[] = []
    for (;;) {
      const frame = await this.next()
      if (frame[1] === ref) return frames
      frames.push(frame)
    }
  }

  /** Pushes, and waits for the next frame, which is the answer unless something else was said. */
  async ask(
    topic: string,
    event: string,
    payload: unknown = {},
    ref: unknown = `ask-${++this.marks}`,
  ): Promise<RawFrame> {
    this.send(null, ref, topic, event, payload)
    return await this.next()
  }
}

/** Connects in one of the ways. */
export async function connectPeer(app: FixtureProcess, way: Way, options: PeerOptions = {}): Promise<Peer> {
  const { mount = '/socket', query = '' } = options
  const vsn = way.encoding === 'json' ? '2.0.0' : '2.0.0-msgpack'
  const url = `127.0.0.1:${app.port}${mount}/${way.transport}?vsn=${vsn}&${query}`
  return way.transport === 'websocket'
    ? await WebSocketPeer.open(`ws://${url}`, way.encoding)
    : await LongPollPeer.open(`http://${url}`, way.encoding)
}

class WebSocketPeer extends Peer {
  private readonly socket: WebSocket

  private constructor(socket: WebSocket, encoding: Encoding) {
    super(encoding)
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary) =>
      this.hear(isBinary ? packr.unpack(data) : JSON.parse(String(data))),
    )
    socket.on('close', (code) => this.over(code))
  }

  static open(url: string, encoding: Encoding): Promise<WebSocketPeer> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url)
      const peer = new WebSocketPeer(socket, encoding)
      socket.once('open', () => resolve(peer))
      socket.once('error', reject)
    })
  }

  send(...frame: RawFrame): void {
    this.socket.send(this.encoding === 'json' ? JSON.stringify(frame) : packr.pack(frame))
  }

  vanish(): void {
    this.socket.terminate()
  }
}

/** The body of an answer to a poll. */
interface Envelope {
  readonly status: number
  readonly token?: string
  readonly messages?: readonly string[]
}

/** It polls all the time, and posts one batch after the other, as the official client does. */
class LongPollPeer extends Peer {
  private readonly url: string
  private lines: string[] = []
  private isPosting = false
  private readonly gone = new AbortController()

  private constructor(url: string, encoding: Encoding) {
    super(encoding)
    this.url = url
  }

  static async open(url: string, encoding: Encoding): Promise<LongPollPeer> {
    const { status, token } = (await (await fetch(url)).json()) as Envelope
    if (status !== 410 || token === undefined) throw new Error(`no session, but ${status}`)
    const peer = new LongPollPeer(`${url}&token=${encodeURIComponent(token)}`, encoding)
    void peer.poll()
    return peer
  }

  send(...frame: RawFrame): void {
    this.lines.push(this.encoding === 'json' ? JSON.stringify(frame) : packr.pack(frame).toString('base64'))
    if (!this.isPosting) queueMicrotask(() => void this.post())
    this.isPosting = true
  }

  vanish(): void {
    this.gone.abort()
  }

  private async post(): Promise<void> {
    const body = this.lines.splice(0, 100).join('\n')
    const { status } = await this.request({ method: 'POST', body, headers: { 'content-type': 'application/x-ndjson' } })
    if (status !== 200) this.over(status)
    this.isPosting = this.lines.length > 0
    if (this.isPosting) void this.post()
  }

  private async poll(): Promise<void> {
    const { status, messages = [] } = await this.request({})
    if (status !== 200 && status !== 204) return this.over(status)
    for (const message of messages) this.hear(this.decode(message))
    void this.poll()
  }

  private decode(message: string): RawFrame {
    return message.startsWith('[') ? JSON.parse(message) : packr.unpack(Buffer.from(message, 'base64'))
  }

  private async request(request: RequestInit): Promise<Envelope> {
    try {
      return (await (await fetch(this.url, { ...request, signal: this.gone.signal })).json()) as Envelope
    } catch {
      return { status: 0 } // gone, or no answer
    }
  }
}
