import type { Pid } from '../core/pid.ts'
import { reasonOfThrown } from '../core/reason.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Timer } from '../runtime/timers.ts'
import type { ConnectRequest, FrameReceiver } from '../socket/transport.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { HttpReply, IncomingRequest, RequestHead, Respond, Upgrade, WebSocketRoute } from './adapter.ts'
import type { Overflow } from './backlog.ts'
import type {} from './events.ts'
import type { TurnedAway } from './handshake.ts'
import type { LongPoll } from './longpoll.ts'
import type { Mount, MountedTransport } from './mount.ts'
import type { WebSocketSettings } from './options.ts'
import { tellTurnedAway } from './refusal.ts'
import type { Site, SiteHost } from './site.ts'
import { checkHandshake, replyToTurnedAway, SocketUpgrade } from './websocket.ts'

/** What a reception is made of. */
export interface ReceptionParts extends SiteHost {
  /** The name of the endpoint. */
  readonly endpoint: string
  readonly runtime: Runtime
  readonly mounts: readonly Mount[]
  readonly longPolls: readonly LongPoll[]
  /** Answers what is neither a WebSocket nor a poll. */
  readonly site: Site
  /** A client wants to be let in. */
  readonly knock: (mount: Mount, client: ConnectRequest) => void
}

const BACKPRESSURE = emitter('beamish.transport.backpressure')

const NOT_FOUND: HttpReply = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Not found',
}

/** Where the server hands in what comes: whose it is, and what it is answered with. Its calls are made outside any process. */
export class Reception {
  private readonly parts: ReceptionParts
  /** Requests that wait for their answer. */
  private unanswered = 0
  private allAnswered: () => void = () => {}

  constructor(parts: ReceptionParts) {
    this.parts = parts
  }

  /** When the requests that have been asked are answered, or the time is up. Held polls do not count: they end with their sessions. */
  whenAnswered(withinMs: number): Promise<void> {
    if (this.unanswered === 0) return Promise.resolve()
    const { timers } = this.parts.runtime
    return new Promise((resolve) => {
      const timer = new Timer(resolve)
      timers.start(timer, withinMs)
      this.allAnswered = () => {
        timers.cancel(timer)
        resolve()
      }
    })
  }

  // ── Requests ──

  async serve(request: IncomingRequest, respond: Respond): Promise<void> {
    this.unanswered++
    try {
      await this.answer(request, respond)
    } catch (error) {
      respond({ status: 500 })
      this.failed(error, request)
    } finally {
      this.unanswered--
      if (this.unanswered === 0) this.allAnswered()
    }
  }

  private async answer(request: IncomingRequest, respond: Respond): Promise<void> {
    const { longPolls, site } = this.parts
    const longPoll = longPolls.find((one) => one.matches(request.path))
    if (longPoll !== undefined) return await longPoll.serve(request, respond)
    const reply = this.plainUpgrade(request) ?? (await site(request, this.parts))
    if (reply !== undefined) respond(reply)
    else if (request.pass === undefined) respond(NOT_FOUND)
    else request.pass()
  }

  /** Something that answers failed: its client knows no more than that. */
  failed(error: unknown, { method, path }: Pick<RequestHead, 'method' | 'path'>): void {
    const { endpoint, runtime } = this.parts
    const report = { endpoint, method, path, route: undefined, reason: reasonOfThrown(error) }
    runtime.report({ type: 'requestFailed', level: 'error', ...report })
  }

  /** A request for a WebSocket's path that the server saw no WebSocket in: the handshake says why. */
  private plainUpgrade(request: IncomingRequest): HttpReply | undefined {
    for (const { webSocket } of this.parts.mounts) {
      if (webSocket?.pattern.match(request.path) === undefined) continue
      const handshake = checkHandshake(request, webSocket)
      return handshake.type === 'turnedAway' ? this.turnAway(webSocket, handshake) : undefined
    }
    return undefined
  }

  // ── WebSockets ──

  /** The paths of WebSockets. */
  routes(): WebSocketRoute[] {
    return this.parts.mounts.flatMap((mount) =>
      mount.webSocket === undefined ? [] : [this.route(mount, mount.webSocket)],
    )
  }

  private route(mount: Mount, transport: MountedTransport<WebSocketSettings>): WebSocketRoute {
    const { pattern, settings } = transport
    const { maxFrameBytes, compress, maxBufferedBytes, slowClient } = settings
    return {
      path: pattern,
      maxFrameBytes,
      compress,
      maxBufferedBytes,
      slowClient,
      upgrade: (upgrade) => this.upgrade(mount, transport, upgrade),
      overflowed: (overflow, { pid }: FrameReceiver) => this.overflowed(mount, pid, overflow),
      failed: (error) => this.failed(error, { method: 'slowClient', path: pattern.text }),
    }
  }

  private upgrade(mount: Mount, transport: MountedTransport<WebSocketSettings>, upgrade: Upgrade): void {
    const handshake = checkHandshake(upgrade.request, transport)
    if (handshake.type === 'turnedAway') upgrade.refuse(this.turnAway(transport, handshake))
    else this.parts.knock(mount, new SocketUpgrade(upgrade, handshake, transport.rules))
  }

  private turnAway({ pattern }: MountedTransport<WebSocketSettings>, why: TurnedAway): HttpReply {
    const { endpoint, runtime } = this.parts
    tellTurnedAway(runtime, { endpoint, path: pattern.text, transport: 'websocket' }, why)
    return replyToTurnedAway(why)
  }

  private overflowed({ socket }: Mount, pid: Pid, { policy, queuedBytes }: Overflow): void {
    if (!BACKPRESSURE.hasHandlers) return
    const { endpoint } = this.parts
    const metadata = { pid, endpoint, transport: 'websocket', userSocket: socket.moduleName, policy } as const
    BACKPRESSURE.execute({ count: 1, queuedBytes }, metadata)
  }
}
