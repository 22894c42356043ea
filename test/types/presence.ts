// What must and must not compile of presence. Checked by the compiler alone; nothing here runs.
import type { ChannelSocket } from '../../src/channel/index.ts'
import { type Operation, type Pid, Supervisor } from '../../src/index.ts'
import {
  type AlreadyTracked,
  Presence,
  type PresenceEntry,
  type PresenceMeta,
  type Presences,
  type PresenceTrackOutcome,
  type PresenceUpdateOutcome,
} from '../../src/pubsub/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_same: Same<A, B>): void {}

declare const pid: Pid
declare const socket: ChannelSocket

const ChatPresence = Presence.define({ name: 'chat', pubsub: 'chat' })

export function definitions(): void {
  Supervisor.startLink([ChatPresence, ChatPresence.child({ id: 'again', restart: 'transient' })])
  // @ts-expect-error a PubSub is needed
  Presence.define({ name: 'chat' })
  // @ts-expect-error no such option
  Presence.define({ name: 'chat', pubsub: 'chat', broadcastPeriod: 1500 })

  Presence.define({
    name: 'counted',
    pubsub: 'chat',
    init: () => ({ count: 0 }),
    handleMetas: (_topic, { joins }, presences, state) => {
      same<typeof state, { count: number }>(true)
      const [meta] = presences['ann'] ?? []
      same<typeof meta, PresenceMeta | undefined>(true)
      return { count: state.count + Object.keys(joins).length }
    },
  })
  // @ts-expect-error the state is what init returned
  Presence.define({ name: 'wrong', pubsub: 'chat', init: () => 0, handleMetas: () => 'one' })

  const add = (_topic: string, all: Presences): Presences =>
    Object.fromEntries(Object.entries(all).map(([key, { metas }]) => [key, { metas, name: key }]))
  Presence.define({ name: 'fetched', pubsub: 'chat', fetch: add })
  Presence.define({ name: 'fetched', pubsub: 'chat', fetch: async (topic, all) => add(topic, all) })
  // @ts-expect-error the metas must be kept
  Presence.define({ name: 'wrong', pubsub: 'chat', fetch: () => ({ ann: { name: 'Ann' } }) })
}

export function calls(): void {
  same<ReturnType<typeof ChatPresence.list>, Operation<Presences>>(true)
  const tracked = ChatPresence.track(socket, 'ann', { device: 'phone' })
  same<typeof tracked, Operation<PresenceTrackOutcome>>(true)
  ChatPresence.track(socket, 7)
  ChatPresence.track(pid, 'room:1', 'ann')
  // @ts-expect-error a key is a string or a number
  ChatPresence.track(socket, { id: 1 })
  // @ts-expect-error a pid needs a topic
  ChatPresence.track(pid, 'ann', {})
  // @ts-expect-error a meta is an object
  ChatPresence.track(socket, 'ann', 'phone')

  const updated = ChatPresence.update(socket, 'ann', (meta) => ({ ...meta, seen: meta.phx_ref }))
  same<typeof updated, Operation<PresenceUpdateOutcome>>(true)
  // @ts-expect-error what shall change must be said
  ChatPresence.update(socket, 'ann')

  ChatPresence.untrack(socket, 'ann')
  ChatPresence.untrack(pid)
  // @ts-expect-error a socket alone says no key
  ChatPresence.untrack(socket)
}

export async function outcomes(): Promise<void> {
  const tracked = await ChatPresence.track(socket, 'ann')
  // @ts-expect-error it may have been tracked already
  tracked.ref
  if (tracked.type === 'ok') same<typeof tracked.ref, string>(true)
  else same<typeof tracked.reason, AlreadyTracked>(true)

  const updated = await ChatPresence.update(socket, 'ann', {})
  if (updated.type === 'error') same<typeof updated.reason, 'nopresence'>(true)

  const entry = await ChatPresence.getByKey(socket, 'ann')
  // @ts-expect-error nobody may be there
  entry.metas
  if ('metas' in entry) same<typeof entry, PresenceEntry>(true)

  const presences = await ChatPresence.list('room:1')
  // @ts-expect-error what is tracked does not change
  presences['ann'] = { metas: [] }
}
