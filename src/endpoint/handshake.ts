import { show } from '../core/errors.ts'
import { parseQuery } from '../http/query.ts'
import type { Params } from '../socket/transport.ts'
import { DEFAULT_VERSION, negotiate } from '../socket/version.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { ConnectingRequest } from './connect-info.ts'
import type { HandshakeRules, MountedTransport } from './mount.ts'

// What both transports ask of a request before anybody's code runs. Pure.

/** What was wrong with a request: the check that it failed. */
export type Obstacle = 'method' | 'query' | 'origin' | 'authToken' | 'subprotocol' | 'version' | 'headers'

/** A request that does not get as far as `connect`. */
export interface TurnedAway {
  readonly type: 'turnedAway'
  /** Of the answer. */
  readonly status: number
  /** Of the answer: for people. */
  readonly body: string
  readonly why: Obstacle
  /** In words; names what came. */
  readonly problem: string
  /** What to change here if the client is right; `undefined` when it cannot be. */
  readonly remedy: string | undefined
}

/** A request that may go on to `connect`. */
export interface Accepted {
  readonly type: 'ok'
  readonly params: Params
  readonly vsn: string
  /** `undefined` where a raw socket reads the frames. */
  readonly serializer: Serializer | undefined
  /** `undefined`: the client is told nothing of what it offered. */
  readonly subprotocol: string | undefined
  /** `null`: the client sent none. */
  readonly authToken: string | null
  /** The request, without what is secret in it. */
  readonly request: ConnectingRequest
}

/** What became of a request's checks. */
export type Handshake = Accepted | TurnedAway

/** A refusal that a look at the server's options may explain: it is reported. */
export function forbidden(why: Obstacle, problem: string, remedy: string): TurnedAway {
  return { type: 'turnedAway', status: 403, body: '', why, problem, remedy }
}

/** A refusal of what is no proper request. */
export function badRequest(why: Obstacle, problem: string, body = ''): TurnedAway {
  return { type: 'turnedAway', status: 400, body, why, problem, remedy: undefined }
}

/** The query and the variables of the path, which win. @returns `undefined` when a percent sequence cannot be decoded. */
export function paramsOf(request: ConnectingRequest, { pattern }: MountedTransport<unknown>): Params | undefined {
  const query = parseQuery(request.query)
  const variables = pattern.match(request.path)
  if (query === undefined || variables === undefined) return undefined
  // Without a prototype, as the query is: a client may send any name.
  return Object.assign(Object.create(null), query, variables)
}

/** @returns `undefined` when the page may connect. */
export function checkPage({ headers, isSecure }: ConnectingRequest, rules: HandshakeRules): TurnedAway | undefined {
  const { origin } = headers
  const facts = { urlHost: rules.urlHost, requestHost: headers['host'] ?? '', isSecure }
  if (rules.checkOrigin(origin, facts)) return undefined
  const remedy =
    `To let its pages connect: checkOrigin: [${show(origin)}] on the endpoint, the mount or the transport; ` +
    'or url: { host } of the endpoint, when it is the host of the endpoint itself.'
  return forbidden('origin', `the origin ${show(origin)} is not allowed`, remedy)
}

/** The serializer that a client's `vsn` asks for. */
export function checkVersion(
  vsn: Params[string] | undefined,
  { serializers }: HandshakeRules,
): Pick<Accepted, 'type' | 'vsn' | 'serializer'> | TurnedAway {
  if (serializers === undefined) return { type: 'ok', vsn: typeof vsn === 'string' ? vsn : '', serializer: undefined }
  const serializer = negotiate(vsn, serializers)
  if (serializer !== undefined)
    return { type: 'ok', vsn: vsn === undefined ? DEFAULT_VERSION : String(vsn), serializer }
  const table = serializers.map((entry) => `${entry.version} (${entry.serializer.name})`).join(', ')
  const remedy = 'A client says vsn in its URL; serializers: [{ version, serializer }] of the mount adds one.'
  return forbidden('version', `vsn ${show(vsn)} matches none of ${table}`, remedy)
}
