import type { Pid } from '../../src/core/pid.ts'
import { Sys } from '../../src/index.ts'
import { whereis } from '../../src/runtime/names.ts'
import type { RawFrame } from './raw-client.ts'

/** What the body of an answer says. */
export interface Envelope {
  readonly status: number
  readonly token?: string
  readonly messages?: readonly string[]
}

/** An answer over HTTP, read. */
export interface PollAnswer extends Envelope {
  /** Of HTTP itself. */
  readonly http: number
  readonly headers: Headers
  readonly text: string
}

/** Options of one request. */
export interface PollRequest {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

/** One request for a long-poll path. */
export async function askPoll(port: number, pathAndQuery: string, request: PollRequest = {}): Promise<PollAnswer> {
  const response = await fetch(`http://127.0.0.1:${port}${pathAndQuery}`, request as RequestInit)
  const text = await response.text()
  const envelope = text.startsWith('{') ? (JSON.parse(text) as Envelope) : { status: 0 }
  return { ...envelope, http: response.status, headers: response.headers, text }
}

/** A client that polls when it is told to. */
export class PollClient {
  readonly token: string
  private readonly port: number
  private readonly path: string
  /** Frames that came and were not taken yet. */
  private readonly received: RawFrame[] = []

  private constructor(port: number, path: string, token: string) {
    this.port = port
    this.path = path
    this.token = token
  }

  /** Opens a session. */
  static async open(port: number, path = '/socket/longpoll?vsn=2.0.0', headers: Record<string, string> = {}) {
    const answer = await askPoll(port, path, { headers })
    if (answer.status !== 410 || answer.token === undefined) throw new Error(`no session: ${answer.text}`)
    return new PollClient(port, path, answer.token)
  }

  /** The same session, reached through another server. */
  at(port: number): PollClient {
    return new PollClient(port, this.path, this.token)
  }

  private get url(): string {
    return `${this.path}&token=${encodeURIComponent(this.token)}`
  }

  poll(request: PollRequest = {}): Promise<PollAnswer> {
    return askPoll(this.port, this.url, request)
  }

  /** Posts lines as the official client does. */
  post(...lines: (RawFrame | string)[]): Promise<PollAnswer> {
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
    return this.postBody(body, { 'content-type': 'application/x-ndjson' })
  }

  postBody(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<PollAnswer> {
    return askPoll(this.port, this.url, { method: 'POST', body, headers })
  }

  /** The next frames, by as many polls as it takes. */
  async take(count: number): Promise<RawFrame[]> {
    while (this.received.length < count) {
      const { status, messages = [], text } = await this.poll()
      if (status !== 200)
        throw new Error(`${count} frames expected, got ${text} after ${JSON.stringify(this.received)}`)
      this.received.push(...messages.map((message) => JSON.parse(message) as RawFrame))
    }
    return this.received.splice(0, count)
  }

  /** Joins a topic. @returns the answer. */
  async join(topic: string, joinRef = '1', params: unknown = {}): Promise<RawFrame> {
    const { status } = await this.post([joinRef, joinRef, topic, 'phx_join', params])
    if (status !== 200) throw new Error(`the join was answered with ${status}`)
    const [frame] = await this.take(1)
    return frame as RawFrame
  }
}

/** How many polls an endpoint holds. */
export async function heldPolls(endpoint = 'endpoint'): Promise<number> {
  const { polls } = (await Sys.getState(whereis(`${endpoint} listener`) as Pid)) as { polls: number }
  return polls
}

/** Waits until an endpoint holds so many polls: what was sent over the network has arrived. */
export async function untilHeld(count: number, endpoint = 'endpoint'): Promise<void> {
  while ((await heldPolls(endpoint)) !== count) await new Promise((resolve) => setImmediate(resolve))
}
