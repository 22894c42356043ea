import { type Broadcast, isBroadcast } from 'beamish/channel'
import { attachHook, cont, halt, type LiveViewSocket, type OnMount } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { COUNTS_TOPIC, type HeadCount, headCounts } from '../rooms/presence.ts'
import { type ListedRoom, ROOMS_TOPIC, type Room, roomsOf, userTopic } from '../rooms/rooms.ts'
import type { SignedIn } from './signed-in.ts'

/** What every page shows at its side. */
export interface WithRooms extends SignedIn {
  readonly rooms: readonly ListedRoom[]
  /** How many people are in each room now. */
  readonly counts: Readonly<Record<string, number>>
  /** Where they are. */
  readonly room: Room | null
}

type RoomsSocket = LiveViewSocket<WithRooms>

/** The rooms at the side, which keep up with what happens in all of them. After `signedIn`. */
export const withRooms: OnMount = async (_params, _session, socket: RoomsSocket) => {
  // First listen, then read: what happens in between comes as a message.
  if (socket.connected) {
    for (const topic of [ROOMS_TOPIC, COUNTS_TOPIC, userTopic(socket.assigns.user)]) PubSub.subscribe('chat', topic)
    attachHook(socket, 'rooms', 'handleInfo', hear)
  }
  await readRooms(socket)
  socket.assign({ room: null })
  return cont()
}

async function readRooms(socket: RoomsSocket): Promise<void> {
  const rooms = await roomsOf(socket.assigns.user)
  socket.assign({ rooms, counts: await headCounts(rooms.map(({ slug }) => slug)) })
}

async function hear(message: unknown, socket: RoomsSocket) {
  if (!isBroadcast(message)) return cont()
  switch (message.event) {
    case 'news':
      news(socket, message.payload as News)
      return halt()
    case 'count':
      count(socket, message)
      return halt()
    case 'room_opened':
      await readRooms(socket)
      return halt()
    default:
      return cont()
  }
}

/** Something was said in a room. Keep in step with `tellElsewhere` of messages.ts. */
interface News {
  readonly room: string
  readonly userId: number
}

function news(socket: RoomsSocket, { room, userId }: News): void {
  const { user, rooms, room: here } = socket.assigns
  if (userId === user.id || room === here?.slug) return
  socket.assign({ rooms: rooms.map((known) => (known.slug === room ? { ...known, unread: known.unread + 1 } : known)) })
}

function count(socket: RoomsSocket, { payload }: Broadcast): void {
  const { room, count } = payload as HeadCount
  socket.assign({ counts: { ...socket.assigns.counts, [room]: count } })
}
