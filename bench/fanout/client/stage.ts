import type { Dialect } from './dialects.ts'

/** One client, as a stage sees it. */
export interface Member {
  /** Its place among the clients. */
  readonly index: number
  readonly dialect: Dialect
  /** The number that its next message must have. */
  expected: number
  /** Sends frames as they are. The bytes must stay as they are until they are answered. */
  send(frames: Buffer): void
}

/** What messages mean for the time being. */
export interface Stage {
  /** A client got a message. The bytes are good during the call only. */
  message(client: Member, bytes: Buffer, start: number, end: number): void
  /** All that one client had got at once has been told. */
  settled(): void
  /** Something happened that must not: a frame out of place, a connection that ended. */
  failed(error: Error): void
}

/** A run that may fail at any message: the first failure decides. */
export abstract class Run<Result> implements Stage {
  readonly finished: Promise<Result>
  private resolve: (result: Result) => void = () => {}
  private reject: (error: Error) => void = () => {}

  constructor() {
    this.finished = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  abstract message(client: Member, bytes: Buffer, start: number, end: number): void

  settled(): void {}

  failed(error: Error): void {
    this.reject(error)
  }

  /** Not at once: what came with the last message, and must not have, still counts as a failure. */
  protected finish(result: Result): void {
    setImmediate(() => this.resolve(result))
  }

  /** A message that is not one of the run: a ping of the protocol, or one too many. */
  protected outOfPlace(client: Member, bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('latin1', start, end)
    const pong = client.dialect.pong(text)
    if (pong !== undefined) client.send(pong)
    else this.failed(new Error(`client ${client.index} got a message out of place: ${text.slice(0, 200)}`))
  }

  /** Makes sure that messages come in order, each once. */
  protected inOrder(client: Member, number: number): boolean {
    const { index, expected } = client
    if (number === expected) return true
    const what = number < expected ? 'again' : 'ahead'
    this.failed(new Error(`${what}: client ${index} expected message ${expected}, got ${number}`))
    return false
  }
}

/** Between two runs nothing may come. */
export class Silence extends Run<never> {
  message(client: Member, bytes: Buffer, start: number, end: number): void {
    this.outOfPlace(client, bytes, start, end)
  }
}
