// The door `beamish/pubsub`: topics, registries, groups and presence.

// Adds the events of presence to the table of 'beamish/telemetry'.
import '../presence/events.ts'

export type { Fetch, HandleMetas } from '../presence/announcer.ts'
export type { PresenceDiffMeasurements, PresenceDiffMetadata, PresenceReplicaMetadata } from '../presence/events.ts'
export type { PresenceOptions } from '../presence/options.ts'
export {
  type MetaChange,
  Presence,
  type PresenceKey,
  type PresenceModule,
  type PresenceSocket,
} from '../presence/presence.ts'
export type { PresenceDiff, PresenceEntry, PresenceMeta, Presences, TopicMetas } from '../presence/presences.ts'
export type { AlreadyTracked, PresenceTrackOutcome, PresenceUpdateOutcome } from '../presence/tracker.ts'
export {
  type GroupMonitor,
  isGroupMessage,
  ProcessGroups,
  type ScopeChildOptions,
  type ScopeMonitor,
  type ScopeOptions,
} from '../process-groups/process-groups.ts'
export type { GroupMessage } from '../process-groups/scope.ts'
export type { Pattern, SelectedEntry, SelectSpec } from '../registry/pattern.ts'
export {
  type LockedBody,
  type MetaOutcome,
  type Registration,
  Registry,
  type RegistryChildOptions,
  type RegistryName,
  type RegistryOptions,
  type UpdateOutcome,
} from '../registry/registry.ts'
export type { RegisterOutcome, RegistryMessage } from '../registry/table.ts'
export {
  type Adapter,
  type AdapterContext,
  type AdapterFactory,
  type BroadcastResult,
  localAdapter,
} from './adapter.ts'
export { type Dispatcher, defineDispatcher, dispatcherName, dispatcherNamed, type Subscription } from './dispatch.ts'
export { BroadcastError, PubSub, type PubSubChildOptions, type PubSubOptions } from './pubsub.ts'
