import { BeamishError, show } from '../core/errors.ts'

/** A push, broadcast or socket reference before the client has joined. `code` is `BEAMISH_NOT_JOINED`. */
export function notJoined(action: string, topic: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NOT_JOINED',
    `${action} on ${show(topic)} works only after joining. In \`join\`, send yourself a message (send(self(), …)) and ${action} ` +
      'from `handleInfo`.',
  )
}

/** A second answer to a join. `code` is `BEAMISH_JOIN_ANSWERED`. */
export function joinAnswered(action: string, topic: string, answer: string): BeamishError {
  return new BeamishError(
    'BEAMISH_JOIN_ANSWERED',
    `${action} on ${show(topic)}: the join has been ${answer} already. Say accept or refuse once.`,
  )
}

/** An event of the app that would mean something to the protocol. `code` is `BEAMISH_RESERVED_EVENT`. */
export function reservedEvent(event: string): BeamishError {
  return new BeamishError(
    'BEAMISH_RESERVED_EVENT',
    `events that start with phx_ belong to the protocol (a broadcast phx_close would close the channel in every client), ` +
      `got ${show(event)}. Choose another name.`,
  )
}

/** An event, call or cast that a channel does not know. `code` is `BEAMISH_NO_HANDLER`. */
export function noHandler(
  module: string,
  callback: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
  remedy = '',
): BeamishError {
  const has = known.size > 0 ? `It has ${[...known.keys()].join(', ')}.` : 'It has none.'
  return new BeamishError('BEAMISH_NO_HANDLER', `${module} has no ${callback} for ${show(name)}. ${has}${remedy}`)
}

/** A callback returned something that means nothing. `code` is `BEAMISH_BAD_RETURN`. */
export function badReturn(module: string, callback: string, expected: string, value: unknown): BeamishError {
  return new BeamishError('BEAMISH_BAD_RETURN', `${module}.${callback} must return ${expected}, got ${show(value)}.`)
}

/** A channel of an endpoint that was given no PubSub. `code` is `BEAMISH_NO_PUBSUB`. */
export function noPubSub(endpoint: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NO_PUBSUB',
    `${endpoint} has no pubsub, which channels and broadcasts need. Put PubSub.child({ name: 'app' }) into your tree before the ` +
      "endpoint, and pubsub: 'app' into Endpoint.define.",
  )
}

/** A socket reference of something that cannot be answered. `code` is `BEAMISH_NO_SOCKET_REF`. */
export function noSocketRef(topic: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NO_SOCKET_REF',
    `socketRef on ${show(topic)} names the message that is being handled: call it in \`handleIn\`, for a message that has a ref.`,
  )
}
