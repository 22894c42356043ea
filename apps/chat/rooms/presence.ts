import { Broadcast } from 'beamish/channel'
import { Presence, PubSub } from 'beamish/pubsub'

/** Who is in a room, as others see them: one for each page and program that they have open there. */
export interface PersonMeta {
  readonly name: string
  readonly isTyping: boolean
}

/** How many people are in a room now. */
export interface HeadCount {
  readonly room: string
  readonly count: number
}

/** Where those who look at rooms from outside hear how many are in each. */
export const COUNTS_TOPIC = 'counts'
const PREFIX = 'people:'
/** Where the presence of a room is told: beside its topic, for a program that only listens need not hear who comes and goes. */
export const peopleTopic = (slug: string): string => `${PREFIX}${slug}`

/** Who is where. */
export const ChatPresence = Presence.define({
  name: 'chat presence',
  pubsub: 'chat',
  init: () => null,
  handleMetas: (topic, _diff, presences) => {
    const count: HeadCount = { room: topic.slice(PREFIX.length), count: Object.keys(presences).length }
    PubSub.localBroadcast('chat', COUNTS_TOPIC, new Broadcast(COUNTS_TOPIC, 'count', count))
    return null
  },
})

/** How many people are in each of these rooms. */
export async function headCounts(slugs: readonly string[]): Promise<Record<string, number>> {
  const counts = slugs.map(async (slug) => [slug, Object.keys(await ChatPresence.list(peopleTopic(slug))).length])
  return Object.fromEntries(await Promise.all(counts))
}

/** Somebody in a room, whatever number of pages they have open. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly isTyping: boolean
}

/** Who is in a room, by name. */
export async function peopleIn(slug: string): Promise<Person[]> {
  const present = Object.entries(await ChatPresence.list(peopleTopic(slug)))
  return present.map(([key, { metas }]) => personOf(Number(key), metas as unknown as PersonMeta[])).sort(byName)
}

function personOf(id: number, metas: readonly PersonMeta[]): Person {
  return { id, name: metas[0]?.name ?? '', isTyping: metas.some(({ isTyping }) => isTyping) }
}

function byName(a: Person, b: Person): number {
  return a.name.localeCompare(b.name)
}
