// The door `beamish/pubsub`: topics, registries and groups.
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
