import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { ExitReason } from '../core/reason.ts'
import { parseQuery } from '../http/query.ts'
import { closeCode } from '../socket/close-code.ts'
import type { ConnectInfo, ConnectRequest, FrameReceiver, Params } from '../socket/transport.ts'
import { negotiate, type VersionedSerializer } from '../socket/version.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { HttpReply, HttpRequest, Upgrade } from './adapter.ts'
import type { OriginPolicy } from './origin.ts'

/** What a handshake is judged by. */
export interface HandshakeRules {
  readonly serializers: readonly VersionedSerializer[]
  readonly checkOrigin: OriginPolicy
  /** The endpoint's own host. */
  readonly urlHost: string
}

/** A request that may go on to `connect`, or the answer to one that may not. */
export type Handshake =
  | { readonly type: 'ok'; readonly params: Params; readonly serializer: Serializer }
  | { readonly type: 'refused'; readonly reply: HttpReply }

/**
 * Judges a request to become a WebSocket, in the order of channels.md §2.2. Pure.
 * Differs: the headers of the upgrade are judged before `connect` runs, not after.
 */
export function checkHandshake(request: HttpRequest, rules: HandshakeRules): Handshake {
  if (request.method !== 'GET') return refused(400)
  const params = parseQuery(request.query)
  if (params === undefined) return refused(400)
  const { headers } = request
  const facts = { urlHost: rules.urlHost, requestHost: headers['host'] ?? '', isSecure: false }
  if (!rules.checkOrigin(headers['origin'], facts)) return refused(403)
  const serializer = negotiate(params['vsn'], rules.serializers)
  if (serializer === undefined) return refused(403)
  const problem = headerProblem(headers)
  return problem === undefined ? { type: 'ok', params, serializer } : refused(400, problem)
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
  readonly serializer: Serializer
  readonly info: ConnectInfo
  private readonly upgrade: Upgrade
  private connection: Connection | undefined = undefined

  constructor(upgrade: Upgrade, params: Params, serializer: Serializer) {
    this.upgrade = upgrade
    this.params = params
    this.serializer = serializer
    this.info = infoOf(upgrade.request)
  }

  accept(receiver: FrameReceiver): Connection | undefined {
    this.connection = this.upgrade.accept(receiver)
    return this.connection
  }

  refuse(status: number, body = ''): void {
    this.upgrade.refuse({ status, body })
  }

  /** The socket process is gone: so is the connection, and a client that still waits for its answer gets one. */
  ended(reason: ExitReason): void {
    this.refuse(500)
    this.connection?.close(closeCode(reason))
  }
}

function infoOf({ headers, remoteAddress }: HttpRequest): ConnectInfo {
  const xHeaders = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-')))
  return { remoteAddress, userAgent: headers['user-agent'] ?? null, xHeaders }
}
