import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Frame } from '../wire/serializer.ts'
import type { ControlOpcode, FrameReceiver } from './transport.ts'

/** A frame that holds no message. */
export class Malformed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** The client sends more than it may. */
export class Flooded {}

/** The connection is closed. */
export class Closed {
  readonly code: number
  readonly reason: ExitReason

  constructor(code: number, reason: ExitReason) {
    this.code = code
    this.reason = reason
  }
}

/** A ping or pong, for those that want to know. */
export class Control {
  readonly opcode: ControlOpcode
  readonly payload: Uint8Array

  constructor(opcode: ControlOpcode, payload: Uint8Array) {
    this.opcode = opcode
    this.payload = payload
  }
}

/** Comes back to whoever asked when everything before it is dispatched. */
export class Marker {
  readonly done: () => void

  constructor(done: () => void) {
    this.done = done
  }
}

/** How an inbox is made. */
export interface InboxOptions {
  readonly process: LocalProcess
  /** Makes a message of a frame, at once, because the transport takes the frame's memory back. What it throws is malformed. */
  readonly decode: (frame: Frame) => unknown
  readonly maxMessagesPerSecond: number | 'infinity'
  /** Whether pings and pongs become messages. */
  readonly wantsControl: boolean
}

const SECOND_MS = 1000

/** Where the transport delivers what the client does: everything becomes a message of the connection's process. */
export class Inbox implements FrameReceiver {
  /** Whether anything has come since the last check. */
  wasHeard = true
  /** How many frames have come. */
  frames = 0
  /** Their bytes; of text frames, the characters. */
  bytes = 0
  private readonly options: InboxOptions
  private readonly most: number
  /** So many frames in all may come before somebody has to look at the clock. */
  private unwatched: number
  private secondBegan: number
  private isFlooded = false

  constructor(options: InboxOptions) {
    const { process, maxMessagesPerSecond } = options
    this.options = options
    this.most = maxMessagesPerSecond === 'infinity' ? Number.POSITIVE_INFINITY : maxMessagesPerSecond
    this.unwatched = this.most
    this.secondBegan = process.runtime.clock.now()
  }

  get pid(): Pid {
    return this.options.process.pid
  }

  frame(frame: Frame): void {
    this.wasHeard = true
    this.frames++
    this.bytes += frame.length
    if (this.frames > this.unwatched && this.isTooMany()) return
    this.options.process.deliver(this.decode(frame))
  }

  /**
   * Counts, and reads the clock once in so many frames as a second may have: one more than that in less than a second is too
   * many. A burst that begins late in a second is forgiven, up to twice the limit.
   */
  private isTooMany(): boolean {
    if (this.isFlooded) return true
    const { process } = this.options
    const now = process.runtime.clock.now()
    if (now - this.secondBegan < SECOND_MS) {
      this.isFlooded = true
      process.deliverSignal(new Flooded())
      return true
    }
    this.secondBegan = now
    this.unwatched = this.frames + this.most - 1 // this frame is the first of its second
    return false
  }

  private decode(frame: Frame): unknown {
    try {
      return this.options.decode(frame)
    } catch (error) {
      return new Malformed(error)
    }
  }

  control(opcode: ControlOpcode, payload: Uint8Array): void {
    this.wasHeard = true
    if (this.options.wantsControl) this.options.process.deliver(new Control(opcode, payload.slice()))
  }

  whenDispatched(done: () => void): void {
    this.options.process.deliver(new Marker(done))
  }

  closed(code: number, reason: ExitReason = 'normal'): void {
    this.options.process.deliverSignal(new Closed(code, reason))
  }
}
