import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { ExitReason } from '../core/reason.ts'
import { parseQuery } from '../http/query.ts'
import { closeCode } from '../socket/close-code.ts'
import type { ConnectInfo, ConnectRequest, FrameReceiver, Params, Refusal } from '../socket/transport.ts'
import { DEFAULT_VERSION, negotiate } from '../socket/version.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { HttpReply, HttpRequest, Upgrade } from './adapter.ts'
import { connectInfoOf } from './connect-info.ts'
import type { HandshakeRules, MountedTransport } from './mount.ts'

/** A request that may go on to `connect`. */
export interface Accepted {
  readonly type: 'ok'
  readonly params: Params
  readonly vsn: string
  readonly serializer: Serializer
}

/** A request that may go on to `connect`, or the answer to one that may not. */
export type Handshake = Accepted | { readonly type: 'refused'; readonly reply: HttpReply }

/**
 * Judges a request to become a WebSocket, in the order of channels.md §2.2. Pure.
 * Differs: the headers of the upgrade are judged before `connect` runs, not after.
 */
export function checkHandshake(
  request: HttpRequest & { readonly isSecure: boolean },
  { pattern, rules }: MountedTransport<unknown>,
): Handshake {
  if (request.method !== 'GET') return refused(400)
  const query = parseQuery(request.query)
  const variables = pattern.match(request.path)
  if (query === undefined || variables === undefined) return refused(400)
  const { headers } = request
  const facts = { urlHost: rules.urlHost, requestHost: headers['host'] ?? '', isSecure: request.isSecure }
  if (!rules.checkOrigin(headers['origin'], facts)) return refused(403)
  const serializer = negotiate(query['vsn'], rules.serializers)
  if (serializer === undefined) return refused(403)
  const problem = headerProblem(headers)
  if (problem !== undefined) return refused(400, problem)
  return { type: 'ok', params: merged(query, variables), vsn: String(query['vsn'] ?? DEFAULT_VERSION), serializer }
}

/** What the path says wins. Without a prototype, as the query is: a client may send any name. */
function merged(query: Params, variables: Params): Params {
  return Object.assign(Object.create(null), query, variables)
}

function refused(status: number, body = ''): Handshake {
  return { type: 'refused', reply: { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body } }
}

function headerProblem(headers: HttpRequest['headers']): string | undefined {
  if (!listed(headers['connection']).includes('upgrade')) return "expected the header 'connection: upgrade'"
  if (!listed(headers['upgrade']).includes('websocket')) return "expected the header 'upgrade: websocket'"
  if ((headers['sec-websocket-key'] ?? '').length !== 24)
    return "expected the header 'sec-websocket-key' of 24 characters"
  if (headers['sec-websocket-version'] !== '13') return "expected the header 'sec-websocket-version: 13'"
  return undefined
}

function listed(header: string | undefined): string[] {
  return (header ?? '').split(',').map((word) => word.trim().toLowerCase())
}

/** A client that asks to become a WebSocket, until its connection is over. */
export class SocketUpgrade implements ConnectRequest {
  readonly transport: TransportName = 'websocket'
  readonly params: Params
  readonly vsn: string
  readonly serializer: Serializer
  readonly info: ConnectInfo
  private readonly upgrade: Upgrade
  private readonly rules: HandshakeRules
  private connection: Connection | undefined = undefined

  constructor(upgrade: Upgrade, handshake: Accepted, rules: HandshakeRules) {
    this.upgrade = upgrade
    this.rules = rules
    this.params = handshake.params
    this.vsn = handshake.vsn
    this.serializer = handshake.serializer
    this.info = connectInfoOf(upgrade.request, rules.connectInfo)
  }

  accept(receiver: FrameReceiver): Connection | undefined {
    this.connection = this.upgrade.accept(receiver, undefined)
    return this.connection
  }

  refuse(refusal: Refusal): void {
    this.upgrade.refuse(replyTo(this.upgrade.request, refusal, this.rules))
  }

  ended(reason: ExitReason): void {
    this.refuse({ type: 'crashed' })
    this.connection?.close(closeCode(reason))
  }
}

const STATUS = { invalid: 403, crashed: 500, unavailable: 503 } as const

function replyTo(request: HttpRequest, refusal: Refusal, { errorHandler }: HandshakeRules): HttpReply {
  if (refusal.type !== 'refused') return { status: STATUS[refusal.type] }
  return errorHandler === undefined ? { status: 403 } : errorHandler(request, refusal.reason)
}
