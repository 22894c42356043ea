import { connect, type Socket } from 'node:net'
import type { Dialect } from './dialects.ts'
import { BINARY, clientFrame, FrameReader, type FrameSink, PING, PONG, TEXT } from './frame-reader.ts'
import type { Member, Stage } from './stage.ts'

/** All sockets read into the same memory: what they read is used up before the next one reads. */
const READ_BUFFER = Buffer.allocUnsafe(256 * 1024)

const HEAD_END = '\r\n\r\n'
const NOTHING = Buffer.alloc(0)

/**
 * One connection of the load: a TCP socket and as little WebSocket as servers need. It counts, and keeps nothing.
 *
 * Life: connecting → upgrading (collects the head of the answer) → joining → joined.
 */
export class Client implements FrameSink, Member {
  readonly index: number
  readonly dialect: Dialect
  expected = 0
  stage: Stage
  private readonly socket: Socket
  private readonly reader = new FrameReader(this)
  private head: Buffer | undefined = NOTHING
  private joined: (() => void) | undefined
  private isClosed = false

  /** @param joined - called once, when the client has joined. */
  constructor(index: number, port: number, dialect: Dialect, stage: Stage, joined: () => void) {
    this.index = index
    this.dialect = dialect
    this.stage = stage
    this.joined = joined
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: (length, chunk) => this.read(chunk as Buffer, length) },
    })
    this.socket.on('connect', () => this.socket.write(upgradeRequest(port, dialect.path)))
    this.socket.on('error', (error) => this.ended(error))
    this.socket.on('close', () => this.ended(new Error(`client ${index} was closed by the server`)))
  }

  send(frames: Buffer): void {
    this.socket.write(frames)
  }

  /** Ends the connection with a reset, so that its port is free at once. */
  close(): void {
    this.isClosed = true
    this.socket.resetAndDestroy()
  }

  private ended(error: Error): void {
    if (!this.isClosed) this.stage.failed(error)
    this.isClosed = true
  }

  private read(chunk: Buffer, length: number): boolean {
    if (this.head === undefined) this.reader.read(chunk, length)
    else this.readHead(this.head, chunk.subarray(0, length))
    this.stage.settled()
    return true
  }

  private readHead(before: Buffer, chunk: Buffer): void {
    const head = Buffer.concat([before, chunk])
    const end = head.indexOf(HEAD_END)
    if (end < 0) {
      this.head = head
      return
    }
    this.head = undefined
    const status = head.toString('latin1', 0, head.indexOf('\r\n'))
    if (!status.startsWith('HTTP/1.1 101')) this.ended(new Error(`client ${this.index} got ${status}`))
    else this.upgraded(head.subarray(end + HEAD_END.length))
  }

  private upgraded(frames: Buffer): void {
    const { greeting } = this.dialect
    if (greeting === undefined) this.hasJoined()
    else this.send(greeting)
    this.reader.read(frames, frames.length)
  }

  private hasJoined(): void {
    this.joined?.()
    this.joined = undefined
  }

  frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === TEXT || opcode === BINARY) {
      if (this.joined === undefined) this.stage.message(this, bytes, start, end)
      else if (this.dialect.isJoined(bytes.toString('latin1', start, end))) this.hasJoined()
    } else if (opcode === PING) this.send(clientFrame(PONG, Buffer.from(bytes.subarray(start, end))))
  }
}

function upgradeRequest(port: number, path: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  return lines.join('\r\n') + HEAD_END
}
