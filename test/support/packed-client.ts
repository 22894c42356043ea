import { once } from 'node:events'
import { Packr, unpack } from 'msgpackr'
import WebSocket from 'ws'
import type { RawFrame } from './raw-client.ts'

const packr = new Packr({ useRecords: false, variableMapSize: true })

/** A client that speaks MessagePack frames, packed and unpacked by nothing of ours, and remembers the bytes that it got. */
export class PackedClient {
  /** Every frame that came, oldest first: binary ones as bytes, text as it was. */
  readonly received: (Buffer | string)[] = []
  readonly socket: WebSocket
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  private taken = 0
  private arrived: (() => void) | undefined = undefined

  private constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('message', (data, isBinary) => {
      this.received.push(isBinary ? (data as Buffer) : String(data))
      this.arrived?.()
    })
  }

  static async open(port: number, path = '/socket/websocket'): Promise<PackedClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}?vsn=2.0.0-msgpack`)
    const client = new PackedClient(socket)
    await once(socket, 'open')
    return client
  }

  send(...frame: RawFrame): void {
    this.socket.send(packr.pack(frame))
  }

  /** Sends bytes, or text, as they are. */
  sendRaw(data: Uint8Array | string): void {
    this.socket.send(data)
  }

  /** The next frame that was not taken yet, as it came. */
  async nextRaw(): Promise<Buffer | string> {
    while (this.received.length <= this.taken) {
      await new Promise<void>((resolve) => {
        this.arrived = resolve
      })
    }
    return this.received[this.taken++] as Buffer | string
  }

  /** The next frame that was not taken yet, unpacked. */
  async next(): Promise<RawFrame> {
    const frame = await this.nextRaw()
    if (typeof frame === 'string') throw new Error(`a MessagePack client got text: ${frame}`)
    return unpack(frame)
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
