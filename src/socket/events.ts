import type { TransportName } from '../channel/joinable.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { LogRule } from '../reports/logger.ts'
import type { DurationMeasurements } from '../telemetry/events.ts'
import type { ConnectInfo, Params } from './transport.ts'

/** Which connection an event is about. */
export interface SocketMetadata {
  /** The process of the connection. */
  readonly pid: Pid
  /** The name of the endpoint. */
  readonly endpoint: string
  readonly transport: TransportName
  /** What the user socket is called in reports. */
  readonly userSocket: string
}

/** What a client asked with, and whether it may. */
export interface SocketConnectedMetadata extends SocketMetadata {
  readonly params: Params
  readonly connectInfo: ConnectInfo
  readonly vsn: string
  /** The name of its serializer; `undefined` for a raw socket. */
  readonly serializer: string | undefined
  readonly result: 'ok' | 'error'
  /** What the mount's `log` says. */
  readonly log: LogRule
}

/** What a connection was: how long, and what the client sent. */
export interface SocketClosedMeasurements extends DurationMeasurements {
  /** Messages of the client. */
  readonly receivedFrames: number
  /** Their bytes; of text frames, the characters. */
  readonly receivedBytes: number
}

/** How a connection ended. */
export interface SocketClosedMetadata extends SocketMetadata {
  /** What the client closed with, or what it was closed with. */
  readonly code: number
  /** What the process ended with; `'normal'` when the client went. */
  readonly reason: ExitReason
}

/** A frame that held no message. */
export interface SocketMalformedMetadata extends SocketMetadata {
  readonly error: unknown
}

/** A client that sent too much. */
export interface SocketFloodedMetadata extends SocketMetadata {
  readonly maxMessagesPerSecond: number
}

declare module '../telemetry/events.ts' {
  interface Events {
    /**
     * A client asked to connect, and `connect` and `id` said yes or no; `durationMs` is what they took. Not when they threw.
     * Semantics: Phoenix `[phoenix, socket_connected]`.
     */
    'beamish.socket.connected': { measurements: DurationMeasurements; metadata: SocketConnectedMetadata }
    /** A connection is over. Not for a process that was killed. */
    'beamish.socket.closed': { measurements: SocketClosedMeasurements; metadata: SocketClosedMetadata }
    /** A client sent something that is no message: its connection is closed with 1011. */
    'beamish.socket.malformed': { measurements: CountMeasurements; metadata: SocketMalformedMetadata }
    /** A client sent more than `maxMessagesPerSecond`: its connection is closed with 1008. */
    'beamish.socket.flooded': { measurements: CountMeasurements; metadata: SocketFloodedMetadata }
  }
}
