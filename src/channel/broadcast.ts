import { BadArgumentError } from '../core/errors.ts'
import { type Broadcast as BroadcastMessage, checkPayload, isReservedEvent } from '../wire/message.ts'
import { reservedEvent } from './errors.ts'

/**
 * A message for every subscriber of a topic, as processes get it: channels in `handleOut` or `handleInfo`, others in their
 * mailbox.
 * Semantics: Phoenix.Socket.Broadcast.
 */
export class Broadcast implements BroadcastMessage {
  readonly type = 'broadcast'
  readonly topic: string
  readonly event: string
  readonly payload: unknown

  /** @throws {BeamishError} `BEAMISH_RESERVED_EVENT` · `BEAMISH_INVALID_PAYLOAD` unless the payload is an object or bytes. */
  constructor(topic: string, event: string, payload: unknown) {
    if (typeof topic !== 'string') throw new BadArgumentError('broadcast: topic', 'a string', topic)
    checkEvent('broadcast: event', event)
    checkPayload(payload)
    this.topic = topic
    this.event = event
    this.payload = payload
  }
}

/** @throws {BeamishError} `BEAMISH_BAD_ARGUMENT` for what is no string · `BEAMISH_RESERVED_EVENT` for `phx_…` */
export function checkEvent(where: string, event: unknown): void {
  if (typeof event !== 'string') throw new BadArgumentError(where, 'a string', event)
  if (isReservedEvent(event)) throw reservedEvent(event)
}

/** Whether a message is a {@link Broadcast}; one from another node is a plain object. */
export function isBroadcast(message: unknown): message is BroadcastMessage {
  return typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'broadcast'
}
