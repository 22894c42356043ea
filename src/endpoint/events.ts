import type { Pid } from '../core/pid.ts'
import type { LogRule } from '../reports/logger.ts'
import type { SocketMetadata } from '../socket/events.ts'
import type { CountMeasurements } from '../telemetry/events.ts'
import type { DrainRound } from './connections.ts'
import type { Obstacle } from './handshake.ts'
import type { RefusalPlace } from './refusal.ts'

/** A request to connect that did not get as far as `connect`. */
export interface TransportRefusedMetadata extends RefusalPlace {
  /** The check that it failed. */
  readonly why: Obstacle
  /** The same in words; names what came. */
  readonly problem: string
}

/** How large a message was that was left out. */
export interface LongPollDroppedMeasurements extends CountMeasurements {
  readonly messageBytes: number
}

/** A session, and what its client reads. */
export interface LongPollDroppedMetadata extends RefusalPlace {
  /** The socket process of the session. */
  readonly pid: Pid
  readonly serializer: string
}

/** How much was waiting for a client. */
export interface BackpressureMeasurements extends CountMeasurements {
  readonly queuedBytes: number
}

/** A client that was too slow for a message, and what became of that. */
export interface BackpressureMetadata extends SocketMetadata {
  readonly policy: 'close' | 'drop' | 'coalesce'
}

/** Whose connections are drained. */
export interface SocketDrainMetadata {
  /** The name of the endpoint. */
  readonly endpoint: string
  /** Where the user socket is mounted. */
  readonly path: string
  /** What the user socket is called in reports. */
  readonly userSocket: string
  /** Milliseconds until the next round. */
  readonly intervalMs: number
  /** What the mount's `log` says. */
  readonly log: LogRule
}

declare module '../telemetry/events.ts' {
  interface Events {
    /** A client was turned away before `connect` was asked: its origin, its version, its headers … */
    'beamish.transport.refused': { measurements: CountMeasurements; metadata: TransportRefusedMetadata }
    /** A message of bytes was left out: the client of a long-poll session reads only text. */
    'beamish.longpoll.dropped': { measurements: LongPollDroppedMeasurements; metadata: LongPollDroppedMetadata }
    /**
     * A client has more than `maxBufferedBytes` waiting: a message for it was left out or kept for later, or its connection cut.
     * Hot: emitted only while somebody listens.
     */
    'beamish.transport.backpressure': { measurements: BackpressureMeasurements; metadata: BackpressureMetadata }
    /**
     * The endpoint stops, and a batch of clients has been told to come back elsewhere.
     * Semantics: Phoenix `[phoenix, socket_drain]`.
     */
    'beamish.socket.drain': { measurements: DrainRound; metadata: SocketDrainMetadata }
  }
}
