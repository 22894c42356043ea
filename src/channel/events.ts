import type { LogRule } from '../reports/logger.ts'
import type { MessageRef } from '../wire/message.ts'
import type { ChannelSocket } from './socket.ts'

/** How many a broadcast reached on this node. */
export interface BroadcastMeasurements {
  /** Groups of clients that got the same bytes. */
  readonly lanes: number
  readonly clients: number
  /** Channels that intercept the event, and other subscribers. */
  readonly processes: number
  /** How many times the broadcast was encoded: once for each serializer in use. */
  readonly encodings: number
}

/** A join that its channel answered. */
export interface ChannelJoinedMetadata {
  /** What reports call the channel. */
  readonly channel: string
  /** What the client sent with it. */
  readonly params: unknown
  // biome-ignore lint/suspicious/noExplicitAny: whatever the channel assigns
  readonly socket: ChannelSocket<any>
  /** `'error'`: the client was not let in. */
  readonly result: 'ok' | 'error'
  /** What the channel's `logJoin` says. */
  readonly log: LogRule
}

/** A message of a client that `handleIn` has handled. */
export interface ChannelHandledInMetadata {
  /** What reports call the channel. */
  readonly channel: string
  readonly event: string
  readonly ref: MessageRef
  /** The payload, as it came. */
  readonly params: unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly socket: ChannelSocket<any>
  /** What the channel's `logHandleIn` says. */
  readonly log: LogRule
}

/** What was broadcast, and where. */
export interface ChannelBroadcastMetadata {
  readonly topic: string
  readonly event: string
}

declare module '../telemetry/events.ts' {
  interface Events {
    /**
     * `join` said yes or no; `durationMs` is what it took. Not when it threw.
     * Semantics: Phoenix `[phoenix, channel_joined]`.
     */
    'beamish.channel.joined': { measurements: DurationMeasurements; metadata: ChannelJoinedMetadata }
    /**
     * `handleIn` has handled an event; `durationMs` is what it took, its schema included. Not when it threw, and not for a leave.
     * Semantics: Phoenix `[phoenix, channel_handled_in]`.
     */
    'beamish.channel.handledIn': { measurements: DurationMeasurements; metadata: ChannelHandledInMetadata }
    /** An event was broadcast to a topic that has subscribers on this node. Hot: emitted only while somebody listens. */
    'beamish.channel.broadcast': { measurements: BroadcastMeasurements; metadata: ChannelBroadcastMetadata }
  }
}
