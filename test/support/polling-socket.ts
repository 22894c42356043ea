import { EventEmitter } from 'node:events'
import { PollClient } from './poll-client.ts'
import type { RawFrame } from './raw-client.ts'

/** What the official client closes with when its session is gone. */
const SESSION_GONE = 3410

/**
 * Long poll behind the face of a WebSocket: it posts what is sent, one post after the other, and polls all the time.
 * Emits `message`, `pong` and `close`, as `ws` does.
 */
export class PollingSocket extends EventEmitter {
  private readonly client: PollClient
  private readonly leaving = new AbortController()
  private unsent: string[] = []
  private posting: Promise<void> = Promise.resolve()
  private pings = 0
  private isOver = false

  private constructor(client: PollClient) {
    super()
    this.client = client
    void this.pollOn()
  }

  static async open(port: number, pathAndQuery: string): Promise<PollingSocket> {
    return new PollingSocket(await PollClient.open(port, pathAndQuery))
  }

  /** What is sent in one turn goes in one post. */
  send(text: string): void {
    this.unsent.push(text)
    if (this.unsent.length === 1) this.posting = this.posting.then(() => this.post())
  }

  private async post(): Promise<void> {
    const lines = this.unsent.splice(0)
    const answer = await this.client.post(...lines).catch(() => undefined) // the server is gone
    if (answer?.status !== 200) this.end(SESSION_GONE)
  }

  private async pollOn(): Promise<void> {
    const { signal } = this.leaving
    while (!this.isOver) {
      const answer = await this.client.poll({ signal }).catch(() => undefined) // it left, or the server is gone
      for (const message of answer?.messages ?? []) this.got(message)
      if (answer === undefined || answer.status === 410) this.end(SESSION_GONE)
    }
  }

  private got(message: string): void {
    const frame = JSON.parse(message) as RawFrame
    if (String(frame[1]).startsWith('ping-')) this.emit('pong')
    else this.emit('message', message, false)
  }

  /** A heartbeat that nobody sees: it is answered behind what came of everything before, which was dispatched by then. */
  ping(): void {
    const heartbeat: RawFrame = [null, `ping-${++this.pings}`, 'phoenix', 'heartbeat', {}]
    void this.posting.then(() => this.send(JSON.stringify(heartbeat)))
  }

  close(): void {
    this.end(1005)
  }

  terminate(): void {
    this.end(1006)
  }

  private end(code: number): void {
    if (this.isOver) return
    this.isOver = true
    this.leaving.abort()
    this.emit('close', code)
  }
}
