import { type Channel, channel } from 'node:diagnostics_channel'
import { systemClock } from '../core/clock.ts'
import { HandlerExistsError } from './errors.ts'
import type { EventName, MeasurementsOf, MetadataOf, ThrownKind } from './events.ts'

/**
 * A function that is called on each event it is attached to, in the emitter's turn: it should be quick.
 * One that throws, or returns a promise that is rejected, is detached and reported as `telemetry.handler.failure`.
 * Differs: Erlang's handlers also get a config; a closure does that here.
 */
export type Handler<E extends EventName> = (...args: HandlerArguments<E>) => void | Promise<void>

/** What a {@link Handler} is called with. Distributes, so that `switch (event)` narrows the other two. */
export type HandlerArguments<E extends EventName> = E extends EventName
  ? [event: E, measurements: MeasurementsOf<E>, metadata: MetadataOf<E>]
  : never

/** What subscribers of the `node:diagnostics_channel` channel get. */
export interface TelemetryMessage<E extends EventName = EventName> {
  readonly event: E
  readonly measurements: MeasurementsOf<E>
  readonly metadata: MetadataOf<E>
}

/** A handler in place. Disposable: `using attachment = attach(…)` detaches at the end of the block. */
export interface Attachment extends Disposable {
  readonly handlerId: string
  readonly events: readonly EventName[]
  /**
   * Takes this handler away, and no other that got the same id later.
   * @returns false when it was away already, by a failure for instance.
   */
  detach(): boolean
}

/** One event, looked up once: for hot paths, which keep it in a constant. */
export interface Emitter<E extends EventName> {
  readonly event: E
  /** Whether anybody listens; costs one property read. Ask before building measurements and metadata. */
  readonly hasHandlers: boolean
  /** Same as {@link execute} of this event. */
  execute(measurements: MeasurementsOf<E>, metadata: MetadataOf<E>): void
}

const emitters = new Map<EventName, ChannelEmitter<EventName>>()
const attachments = new Map<string, Attachment>()

/**
 * Emits an event: calls its handlers, in the order in which they were attached.
 *
 * Never throws because of a handler. The event is published on the `node:diagnostics_channel` channel of the same name
 * as a {@link TelemetryMessage}, so an APM may also subscribe there; what such a subscriber throws is reported by Node
 * as an uncaught exception, after the emitter has gone on.
 * Semantics: Erlang `telemetry:execute/3`.
 */
export function execute<E extends EventName>(event: E, measurements: MeasurementsOf<E>, metadata: MetadataOf<E>): void {
  emitter(event).execute(measurements, metadata)
}

/**
 * Tells whether anybody listens to an event, by {@link attach} or on its channel.
 * Costs one lookup; {@link emitter} costs less.
 */
export function hasHandlers(event: EventName): boolean {
  return emitter(event).hasHandlers
}

/** Returns the emitter of an event, always the same one. */
export function emitter<E extends EventName>(event: E): Emitter<E> {
  const known = emitters.get(event)
  const found = known ?? new ChannelEmitter<EventName>(event)
  if (known === undefined) emitters.set(event, found)
  return found as unknown as Emitter<E> // sound: the map holds an emitter of E under the key E
}

/**
 * Calls `handler` on each of these events from now on.
 * Ids are global to the thread, as in Erlang, so that a handler can be found and detached from anywhere.
 * @throws {HandlerExistsError} `BEAMISH_HANDLER_EXISTS` when the id is in use.
 * Semantics: Erlang `telemetry:attach_many/4`. Differs: a used id throws instead of returning `already_exists`.
 */
export function attach<E extends EventName>(
  handlerId: string,
  events: E | readonly E[],
  handler: Handler<E>,
): Attachment {
  if (attachments.has(handlerId)) throw new HandlerExistsError(handlerId)
  const names: readonly E[] = typeof events === 'string' ? [events] : [...new Set(events)]
  const onMessage = (message: unknown): void => deliver(message as TelemetryMessage, handler, attachment)
  const attachment: Attachment = {
    handlerId,
    events: names,
    detach: () => {
      if (attachments.get(handlerId) !== attachment) return false
      attachments.delete(handlerId)
      for (const name of names) channelOf(name).unsubscribe(onMessage)
      return true
    },
    [Symbol.dispose]: () => {
      attachment.detach()
    },
  }
  attachments.set(handlerId, attachment)
  for (const name of names) channelOf(name).subscribe(onMessage)
  return attachment
}

/**
 * Takes a handler away by its id.
 * @returns false when there is none. Semantics: Erlang `telemetry:detach/1`.
 */
export function detach(handlerId: string): boolean {
  return attachments.get(handlerId)?.detach() ?? false
}

/**
 * Lists the handlers that were attached, in that order; of one event, or all.
 * Subscribers of the channels are not known here. Semantics: Erlang `telemetry:list_handlers/1`.
 */
export function listHandlers(event?: EventName): readonly Attachment[] {
  const all = [...attachments.values()]
  return event === undefined ? all : all.filter(({ events }) => events.includes(event))
}

/** Tells an `Error` from any other thrown value, with the stack if there is one. */
export function describeThrown(reason: unknown): { kind: ThrownKind; reason: unknown; stacktrace: string | undefined } {
  return reason instanceof Error
    ? { kind: 'error', reason, stacktrace: reason.stack }
    : { kind: 'throw', reason, stacktrace: undefined }
}

class ChannelEmitter<E extends EventName> implements Emitter<E> {
  readonly event: E
  // Held here for good: Node keeps channels weakly, and a collected one would make the next lookup slow.
  readonly channel: Channel

  constructor(event: E) {
    this.event = event
    this.channel = channel(event)
  }

  get hasHandlers(): boolean {
    return this.channel.hasSubscribers
  }

  execute(measurements: MeasurementsOf<E>, metadata: MetadataOf<E>): void {
    if (!this.channel.hasSubscribers) return
    this.channel.publish({ event: this.event, measurements, metadata } satisfies TelemetryMessage<E>)
  }
}

function channelOf(event: EventName): Channel {
  return (emitter(event) as ChannelEmitter<EventName>).channel // sound: the map holds nothing else
}

function deliver(message: TelemetryMessage, handler: unknown, attachment: Attachment): void {
  // sound: `attach` subscribed this handler to channels of its own events only
  const call = handler as (event: string, measurements: unknown, metadata: unknown) => unknown
  try {
    const result = call(message.event, message.measurements, message.metadata)
    if (result instanceof Promise) result.catch((reason) => fail(message.event, attachment, reason))
  } catch (reason) {
    fail(message.event, attachment, reason)
  }
}

// Detach first: a handler of `telemetry.handler.failure` that fails must not be called about itself.
function fail(event: string, attachment: Attachment, reason: unknown): void {
  if (!attachment.detach()) return // an async handler that was detached meanwhile, or failed twice
  execute(
    'telemetry.handler.failure',
    { monotonicTimeMs: systemClock.now(), systemTimeMs: Date.now() },
    { handlerId: attachment.handlerId, event, ...describeThrown(reason) },
  )
}
