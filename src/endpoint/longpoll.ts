import { nanoid } from 'nanoid'
import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { ExitReason } from '../core/reason.ts'
import type { HttpReply } from '../http/message.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { closeCode } from '../socket/close-code.ts'
import type { ConnectInfo, ConnectRequest, FrameReceiver, Params, Refusal } from '../socket/transport.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import type { IncomingRequest, Respond } from './adapter.ts'
import { connectInfoOf } from './connect-info.ts'
import { type Accepted, checkPage, checkVersion, paramsOf, type TurnedAway } from './handshake.ts'
import type { LocalTopics } from './local-topics.ts'
import { framesOf, overLongPoll, readsBase64 } from './longpoll-frames.ts'
import type { LongPollRelay } from './longpoll-relay.ts'
import { type Delivery, LongPollSession, type Poll, type Post, type PostResult } from './longpoll-session.ts'
import { type SessionPlace, SessionTokens } from './longpoll-token.ts'
import type { MountedTransport } from './mount.ts'
import type { LongPollSettings } from './options.ts'
import { type RefusalPlace, tellTurnedAway } from './refusal.ts'

const DROPPED = emitter('beamish.longpoll.dropped')
const BACKPRESSURE = emitter('beamish.transport.backpressure')

// ── The envelope ─────────────────────────────────────────────────────────────────────────────────────────────────────

const MOST_BODY_BYTES = 8_000_000
/** Anybody may ask: requests are guarded by their origin. */
const HEADERS = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' } as const
const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' } as const

/** What the body of an answer says; the client looks at nothing else. */
interface Envelope {
  readonly status: 200 | 204 | 403 | 408 | 410
  readonly token?: string
  readonly messages?: readonly string[]
}

function enveloped(envelope: Envelope): HttpReply {
  return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(envelope) }
}

const BAD_REQUEST: HttpReply = { status: 400, headers: HEADERS }
const FORBIDDEN = enveloped({ status: 403 })
const GONE = enveloped({ status: 410 })
const POST_REPLIES: { readonly [result in PostResult]: HttpReply } = {
  dispatched: enveloped({ status: 200 }),
  notTaken: enveloped({ status: 408 }),
  gone: GONE,
}
const REFUSALS: { readonly [type in Refusal['type']]: HttpReply } = {
  refused: FORBIDDEN,
  invalid: FORBIDDEN,
  crashed: { status: 500, headers: HEADERS },
  unavailable: { status: 503, headers: HEADERS },
}

function preflight({ headers }: IncomingRequest): HttpReply {
  return {
    status: 200,
    headers: {
      ...HEADERS,
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-allow-methods': 'get, post, options',
      'access-control-max-age': '3600',
    },
    body: '',
  }
}

// ── The transport of one mount ───────────────────────────────────────────────────────────────────────────────────────

/** What the long poll of one mount is made of. */
export interface LongPollParts {
  readonly endpoint: string
  /** What the user socket is called in reports. */
  readonly userSocket: string
  readonly transport: MountedTransport<LongPollSettings>
  readonly runtime: Runtime
  readonly topics: LocalTopics<Connection>
  /** How sessions of other nodes are reached; `undefined` where there are none. */
  readonly relay: LongPollRelay | undefined
  /** The name of this node, for tokens. Called in a process. */
  readonly node: () => string
  /** Starts the socket process of a client that asks to connect. */
  readonly knock: (client: ConnectRequest) => void
}

/**
 * Long poll for one mount: its requests, and the sessions that they belong to. Called outside any process.
 * Semantics: Phoenix.Transports.LongPoll; channels.md §4.
 */
export class LongPoll {
  private readonly parts: LongPollParts
  private readonly place: RefusalPlace
  private readonly tokens: SessionTokens
  private readonly sessions = new Map<string, LongPollSession>()

  constructor(parts: LongPollParts) {
    const { endpoint, transport } = parts
    const { pattern, rules, settings } = transport
    this.parts = parts
    this.place = { endpoint, path: pattern.text, transport: 'longpoll' }
    this.tokens = new SessionTokens(`${endpoint} ${pattern.text}`, rules, settings.maxAgeSeconds)
  }

  /** How many sessions there are, and how many polls they hold. */
  count(): { readonly sessions: number; readonly polls: number } {
    let polls = 0
    for (const session of this.sessions.values()) polls += session.polls
    return { sessions: this.sessions.size, polls }
  }

  /** Whether a request for `path` is for it. */
  matches(path: string): boolean {
    return this.parts.transport.pattern.match(path) !== undefined
  }

  /** Answers a request for its path: now, or when there is something to say. Rejects with what a policy of the app throws. */
  async serve(request: IncomingRequest, respond: Respond): Promise<void> {
    const { transport } = this.parts
    const params = paramsOf(request, transport)
    const foreign = checkPage(request, transport.rules)
    if (params === undefined) respond(BAD_REQUEST)
    else if (foreign !== undefined) this.turnAway(foreign, respond)
    else if (request.method === 'GET') this.get(request, params, respond)
    else if (request.method === 'POST') await this.post(request, params, respond)
    else respond(request.method === 'OPTIONS' ? preflight(request) : BAD_REQUEST)
  }

  private turnAway(refused: TurnedAway, respond: Respond): void {
    tellTurnedAway(this.parts.runtime, this.place, refused)
    respond(FORBIDDEN)
  }

  /** Where the session of a request is. */
  private placeOf({ headers }: IncomingRequest, params: Params): { token: string; place: SessionPlace } | undefined {
    const token = headers['x-phoenix-longpoll-token'] ?? params['token']
    const place = this.tokens.read(token)
    return place === undefined || typeof token !== 'string' ? undefined : { token, place }
  }

  // ── GET ──

  private get(request: IncomingRequest, params: Params, respond: Respond): void {
    const found = this.placeOf(request, params)
    const begin = () => this.newSession(request, params, respond)
    if (found === undefined) begin()
    else this.poll(found.place, new HttpPoll(request, respond, found.token), begin)
  }

  private poll(place: SessionPlace, poll: Poll, begin: () => void): void {
    const session = this.sessions.get(place.id)
    if (session !== undefined) session.poll(poll)
    else if (this.parts.relay === undefined) begin()
    else this.parts.relay.poll(place, poll, begin)
  }

  private newSession(request: IncomingRequest, params: Params, respond: Respond): void {
    const { rules } = this.parts.transport
    const version = checkVersion(params['vsn'], rules)
    if (version.type === 'turnedAway') {
      this.turnAway(version, respond)
      return
    }
    const authToken = request.headers['x-phoenix-authtoken'] ?? null
    const accepted: Accepted = { ...version, params, request, authToken, subprotocol: undefined }
    const open = (receiver: FrameReceiver, client: LongPollClient) => this.open(receiver, client)
    this.parts.knock(new LongPollClient({ accepted, info: connectInfoOf(accepted, rules), respond, open }))
  }

  /** Makes a session and tells the client its token. @returns `undefined` when the client has gone. */
  private open(receiver: FrameReceiver, client: LongPollClient): LongPollSession | undefined {
    const { relay, node } = this.parts
    const session = this.sessionFor(receiver, client)
    const token = this.tokens.write({ node: node(), id: session.id })
    this.sessions.set(session.id, session)
    relay?.open(session, receiver.pid)
    if (client.respond(enveloped({ status: 410, token, messages: [] }))) return session
    session.close(closeCode('normal'))
    return undefined
  }

  private sessionFor(receiver: FrameReceiver, client: LongPollClient): LongPollSession {
    const { topics, runtime, transport } = this.parts
    const { windowMs, maxBufferedBytes } = transport.settings
    let isWarned = false
    return new LongPollSession(receiver, {
      id: nanoid(),
      timers: runtime.timers,
      topics,
      windowMs,
      maxBufferedBytes,
      readsBase64: readsBase64(client.serializer),
      dropped: (bytes) => {
        this.tellDropped(receiver, client, bytes, isWarned)
        isWarned = true
      },
      overflowed: (queuedBytes) => this.tellOverflow(receiver, queuedBytes),
      closed: ({ id }) => this.sessions.delete(id),
    })
  }

  private tellDropped({ pid }: FrameReceiver, { serializer }: LongPollClient, bytes: number, isWarned: boolean): void {
    const metadata = { ...this.place, pid, serializer: serializer?.name ?? '' }
    if (DROPPED.hasHandlers) DROPPED.execute({ count: 1, messageBytes: bytes }, metadata)
    if (!isWarned) this.parts.runtime.report({ type: 'messageDropped', level: 'warning', ...metadata })
  }

  private tellOverflow({ pid }: FrameReceiver, queuedBytes: number): void {
    if (!BACKPRESSURE.hasHandlers) return
    const { endpoint, userSocket } = this.parts
    BACKPRESSURE.execute(
      { count: 1, queuedBytes },
      { pid, endpoint, transport: 'longpoll', userSocket, policy: 'close' },
    )
  }

  // ── POST ──

  private async post(request: IncomingRequest, params: Params, respond: Respond): Promise<void> {
    const found = this.placeOf(request, params)
    if (found === undefined) {
      respond(GONE)
      return
    }
    const body = await request.body(MOST_BODY_BYTES)
    if (body === 'gone') return
    const frames = body === 'tooLarge' ? undefined : framesOf(body, request.headers['content-type'])
    if (frames === undefined) respond(BAD_REQUEST)
    else this.deliver(found.place, frames, (result) => respond(POST_REPLIES[result]))
  }

  private deliver(place: SessionPlace, frames: readonly Frame[], post: Post): void {
    const session = this.sessions.get(place.id)
    if (session !== undefined) session.deliver(frames, post)
    else if (this.parts.relay === undefined) post('gone')
    else this.parts.relay.deliver(place, frames, post)
  }
}

/** A poll that came straight to the node of its session. */
class HttpPoll implements Poll {
  private readonly request: IncomingRequest
  private readonly respond: Respond
  private readonly token: string

  constructor(request: IncomingRequest, respond: Respond, token: string) {
    this.request = request
    this.respond = respond
    this.token = token
  }

  give(messages: readonly string[], delivered: (delivery: Delivery) => void): void {
    const status = messages.length === 0 ? 204 : 200
    delivered(this.respond(enveloped({ status, token: this.token, messages })) ? 'written' : 'notWritten')
  }

  onGone(callback: () => void): void {
    this.request.onGone(callback)
  }
}

interface LongPollClientParts {
  readonly accepted: Accepted
  readonly info: ConnectInfo
  readonly respond: Respond
  readonly open: (receiver: FrameReceiver, client: LongPollClient) => LongPollSession | undefined
}

/** A client that asks for a session, until that is over. */
class LongPollClient implements ConnectRequest {
  readonly transport: TransportName = 'longpoll'
  readonly params: Params
  readonly info: ConnectInfo
  readonly vsn: string
  readonly serializer: Serializer | undefined
  readonly respond: Respond
  private readonly open: LongPollClientParts['open']
  private session: LongPollSession | undefined = undefined

  constructor({ accepted, info, respond, open }: LongPollClientParts) {
    const { params, vsn, serializer } = accepted
    this.params = params
    this.info = info
    this.vsn = vsn
    this.serializer = serializer === undefined ? undefined : overLongPoll(serializer)
    this.respond = respond
    this.open = open
  }

  accept(receiver: FrameReceiver): Connection | undefined {
    this.session = this.open(receiver, this)
    return this.session
  }

  refuse({ type }: Refusal): void {
    this.respond(REFUSALS[type])
  }

  ended(reason: ExitReason): void {
    this.refuse({ type: 'crashed' })
    this.session?.close(closeCode(reason))
  }
}
