import { type Pid, receive, Supervisor, spawn } from '../../src/index.ts'
import type { PresenceOptions } from '../../src/presence/options.ts'
import { Presence, type PresenceModule } from '../../src/presence/presence.ts'
import type { PresenceDiff, PresenceMeta, Presences } from '../../src/presence/presences.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { settle } from '../../src/testing/index.ts'

/** What a subscriber of a topic is sent. */
export interface DiffMessage {
  readonly type: 'broadcast'
  readonly topic: string
  readonly event: string
  readonly payload: PresenceDiff
}

/** A presence, and what it stands in. */
export interface TestPresence {
  readonly presence: PresenceModule
  /** The supervisor of the PubSub and the presence. */
  readonly tree: Pid
}

/** Starts a PubSub and a presence named `chat`. They end with the runtime of the test. */
export async function startPresence<State>(options: Partial<PresenceOptions<State>> = {}): Promise<TestPresence> {
  const presence = Presence.define({ name: 'chat', pubsub: 'chat', ...options })
  const tree = await Supervisor.start([PubSub.child({ name: 'chat' }), presence])
  return { presence, tree }
}

/** What the subscribers of topics are sent from now on, in order. */
export async function messagesOf<M = DiffMessage>(...topics: string[]): Promise<M[]> {
  const got: M[] = []
  spawn(function* () {
    for (const topic of topics) PubSub.subscribe('chat', topic)
    for (;;) got.push((yield* receive()) as M)
  })
  await settle()
  return got
}

/** Who is in it: `{ key: [phx_ref, …] }`. */
export function refsOf(presences: Presences): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(presences).map(([key, { metas }]) => [key, metas.map(({ phx_ref }) => phx_ref)]),
  )
}

/** The metas without the names that the server gave them. */
export function plain(metas: readonly PresenceMeta[] = []): object[] {
  return metas.map(({ phx_ref: _, phx_ref_prev: __, ...meta }) => meta)
}
