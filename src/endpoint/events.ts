import type { Obstacle } from './handshake.ts'
import type { RefusalPlace } from './refusal.ts'

/** A request to connect that did not get as far as `connect`. */
export interface TransportRefusedMetadata extends RefusalPlace {
  /** The check that it failed. */
  readonly why: Obstacle
  /** The same in words; names what came. */
  readonly problem: string
}

declare module '../telemetry/events.ts' {
  interface Events {
    /** A client was turned away before `connect` was asked: its origin, its version, its headers … */
    'beamish.transport.refused': { measurements: CountMeasurements; metadata: TransportRefusedMetadata }
  }
}
