import { emitter } from '../telemetry/telemetry.ts'

/** How many metas came and went. */
export interface PresenceDiffMeasurements {
  readonly joins: number
  readonly leaves: number
}

/** Of which presence, in which topic. */
export interface PresenceDiffMetadata {
  readonly presence: string
  readonly topic: string
}

/** Of which presence, on which shard of it, and what became of which other replica. */
export interface PresenceReplicaMetadata {
  readonly presence: string
  readonly shard: number
  /** The name of its node. */
  readonly replica: string
  /** `'down'`: silent, its entries are hidden. `'forgotten'`: gone for good. */
  readonly status: 'up' | 'down' | 'forgotten'
}

declare module '../telemetry/events.ts' {
  interface Events {
    /** The diff of one topic was broadcast on this node. */
    'beamish.presence.diff': { measurements: PresenceDiffMeasurements; metadata: PresenceDiffMetadata }
    /** Another replica appeared, fell silent or went. */
    'beamish.presence.replica': { measurements: CountMeasurements; metadata: PresenceReplicaMetadata }
  }
}

/** A diff was broadcast. */
export const presenceDiff = emitter('beamish.presence.diff')
/** Something happened to another replica. */
export const presenceReplica = emitter('beamish.presence.replica')
