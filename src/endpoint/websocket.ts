import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import { show } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import { closeCode } from '../socket/close-code.ts'
import type { ConnectInfo, ConnectRequest, FrameReceiver, Params, Refusal } from '../socket/transport.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { HttpReply, HttpRequest, Upgrade } from './adapter.ts'
import { type ConnectingRequest, connectInfoOf } from './connect-info.ts'
import {
  type Accepted,
  badRequest,
  checkPage,
  checkVersion,
  forbidden,
  type Handshake,
  paramsOf,
  type TurnedAway,
} from './handshake.ts'
import type { HandshakeRules, MountedTransport } from './mount.ts'
import { chooseSubprotocol, PHOENIX_SUBPROTOCOL, takeAuthToken } from './subprotocol.ts'

/**
 * Judges a request to become a WebSocket, in the order of channels.md §2.2. Pure.
 * Differs: the headers of the upgrade are judged before `connect` runs, not after.
 */
export function checkHandshake(request: ConnectingRequest, transport: MountedTransport<unknown>): Handshake {
  const { rules } = transport
  if (request.method !== 'GET') return badRequest('method', `expected GET, got ${request.method}`)
  const params = paramsOf(request, transport)
  if (params === undefined) return badRequest('query', `cannot decode ${show(`${request.path}?${request.query}`)}`)
  const foreign = checkPage(request, rules)
  if (foreign !== undefined) return foreign
  const offer = checkOffer(request, rules)
  if (offer.type === 'turnedAway') return offer
  const version = checkVersion(params['vsn'], rules)
  if (version.type === 'turnedAway') return version
  const problem = headerProblem(request.headers)
  if (problem !== undefined) return badRequest('headers', problem, problem)
  return { ...offer, ...version, params }
}

/** What the client offers as subprotocols, and the token that it may have hidden there. */
function checkOffer(
  request: ConnectingRequest,
  { authToken: takesToken, subprotocols }: HandshakeRules,
): Pick<Accepted, 'type' | 'subprotocol' | 'authToken' | 'request'> | TurnedAway {
  const header = request.headers[SUBPROTOCOL]
  const offer = takesToken ? takeAuthToken(header) : { header, authToken: null }
  if (offer.authToken === undefined) {
    return forbidden('authToken', 'the authToken cannot be decoded', 'It is base64 of the token, behind its prefix.')
  }
  const accepted = takesToken ? [...(subprotocols ?? []), PHOENIX_SUBPROTOCOL] : subprotocols
  const choice = chooseSubprotocol(offer.header, accepted)
  if (choice === 'refused') {
    const problem = `none of the subprotocols ${show(offer.header)} is accepted`
    return forbidden('subprotocol', problem, `Accepted are ${accepted?.join(', ')}: subprotocols of the transport.`)
  }
  const subprotocol = choice === 'none' ? undefined : choice.subprotocol
  return {
    type: 'ok',
    subprotocol,
    authToken: offer.authToken,
    request: withHeader(request, SUBPROTOCOL, offer.header),
  }
}

const SUBPROTOCOL = 'sec-websocket-protocol'

function withHeader(request: ConnectingRequest, name: string, value: string | undefined): ConnectingRequest {
  if (request.headers[name] === value) return request
  const { [name]: _taken, ...others } = request.headers
  const { method, path, query, remoteAddress, remotePort, isSecure } = request
  const headers = value === undefined ? others : { ...others, [name]: value }
  return { method, path, query, headers, remoteAddress, remotePort, isSecure }
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

/** The answer to a request that is turned away. */
export function replyToTurnedAway({ status, body }: TurnedAway): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}

/** A client that asks to become a WebSocket, until its connection is over. */
export class SocketUpgrade implements ConnectRequest {
  readonly transport: TransportName = 'websocket'
  readonly params: Params
  readonly vsn: string
  readonly serializer: Serializer | undefined
  readonly info: ConnectInfo
  /** Until it is answered: a connection that lasts for hours holds no headers. */
  private upgrade: Upgrade | undefined
  private readonly subprotocol: string | undefined
  private readonly rules: HandshakeRules
  private connection: Connection | undefined = undefined

  constructor(upgrade: Upgrade, handshake: Accepted, rules: HandshakeRules) {
    this.upgrade = upgrade
    this.rules = rules
    this.params = handshake.params
    this.vsn = handshake.vsn
    this.serializer = handshake.serializer
    this.subprotocol = handshake.subprotocol
    this.info = connectInfoOf(handshake, rules)
  }

  accept(receiver: FrameReceiver): Connection | undefined {
    this.connection = this.upgrade?.accept(receiver, this.subprotocol)
    this.upgrade = undefined
    return this.connection
  }

  refuse(refusal: Refusal): void {
    const { upgrade } = this
    // When the app's error handler throws here, the crash of the socket process is the answer: it is still to be given.
    upgrade?.refuse(replyTo(upgrade.request, refusal, this.rules))
    this.upgrade = undefined
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
