import type { Delta } from './delta.ts'
import type { TrackerSettings } from './options.ts'
import type { ReplicaRef } from './replica.ts'
import type { ReplicaId } from './version-clock.ts'

/** A clock as it travels. */
export type SentClock = readonly (readonly [ReplicaId, number])[]

/** What one replica has to say. */
export type News =
  /** I am here; this is what happened since my last heartbeat, and how much I know. */
  | { readonly type: 'heartbeat'; readonly delta: Delta; readonly clock: SentClock }
  /** This is how much I know: tell me the rest. */
  | { readonly type: 'transferRequest'; readonly clock: SentClock }
  /** This is the rest. */
  | { readonly type: 'transfer'; readonly delta: Delta }
  /** I will not come back. */
  | { readonly type: 'goodbye' }

/** What the replicas of a shard tell each other: plain data, which every adapter can carry. */
export interface Gossip {
  readonly type: 'presenceGossip'
  readonly from: ReplicaRef
  readonly news: News
}

/** Whether a message is {@link Gossip}. */
export function isGossip(message: unknown): message is Gossip {
  return typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'presenceGossip'
}

/** Where the replicas of a shard meet. Shards of different pools hold different topics: they must not listen to each other. */
export function gossipTopic({ name, poolSize }: TrackerSettings, index: number): string {
  return `beamish.presence:${name}:${index}/${poolSize}`
}
