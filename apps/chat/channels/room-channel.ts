import { self, send } from 'beamish'
import { Channel, type ChannelSocket, isBroadcast, ok, on, push, refuse, reply, replyError } from 'beamish/channel'
import { PubSub } from 'beamish/pubsub'
import * as v from 'valibot'
import type { User } from '../accounts/accounts.ts'
import { edit, messagesOf, NewBody, NewMessage, type News, newsOf, remove, type Seen, say } from '../rooms/messages.ts'
import { ChatPresence, peopleTopic } from '../rooms/presence.ts'
import { type Room, roomFor } from '../rooms/rooms.ts'

const Id = v.pipe(v.number(), v.safeInteger())
const JoinParams = v.object({
  last_seen_id: v.optional(Id),
  last_revision: v.optional(Id),
  present: v.optional(v.boolean(), false),
})

interface InRoom {
  readonly user: User
  readonly room: Room
}

type RoomSocket = ChannelSocket<InRoom>

/** For the channel itself, once it hears what is said. */
class JustJoined {
  /** What the answer to the join held. */
  readonly seen: Seen
  readonly isPresent: boolean

  constructor(seen: Seen, isPresent: boolean) {
    this.seen = seen
    this.isPresent = isPresent
  }
}

/**
 * `room:*`: a room for programs. What those in it say comes by itself, as `new_message`, `message_edited` and `message_deleted`:
 * broadcasts that no code here runs for.
 *
 * With `last_seen_id` the answer to the join holds the `messages` after that one, without it the last page. With `last_revision` as
 * well, the greatest that was seen, it holds as `changed` which of the seen ones were edited or deleted since. Then comes `missed`,
 * once or more, of the same form and with `is_all`: what the answer does not hold, and what happened between the answer and the first
 * broadcast. Who keeps broadcasts back until `is_all`, shows no message that is not newer than its last, and no change whose revision
 * is not greater than its last, shows all of them, once, in order.
 *
 * With `present` others see the program in the room, and it hears who is there.
 */
export const RoomChannel = Channel.define<InRoom>({
  module: 'RoomChannel',
  // Programs are written by others: one that says what nobody understands is told so.
  unhandledEvent: 'answer',

  join: async (topic, params, socket) => {
    const asked = v.safeParse(JoinParams, params ?? {})
    if (!asked.success) return refuse({ reason: 'last_seen_id and last_revision are numbers, present a boolean' })
    const room = await roomFor(socket.assigns.user, topic.slice('room:'.length))
    if (room === undefined) return refuse({ reason: 'no such room' })
    socket.assign({ room })
    const { last_seen_id: id, last_revision: revision = Number.MAX_SAFE_INTEGER, present } = asked.output
    const news = await newsOf(room, id === undefined ? undefined : { id, revision })
    // Who has joined hears all from then on. What happens after this was read and before that is looked for then.
    send(self(), new JustJoined(news.seen, present))
    return ok({ room, ...forPrograms(news) })
  },

  handleIn: {
    say: on(v.object({ ...NewMessage.entries, body: NewBody }), async (message, { assigns: { user, room } }) =>
      reply(await say(user, room, message)),
    ),

    edit: on(v.object({ id: Id, body: NewBody }), async ({ id, body }, { assigns: { user, room } }) =>
      answer(await edit(user, room, id, body)),
    ),

    delete: on(v.object({ id: Id }), async ({ id }, { assigns: { user, room } }) =>
      answer(await remove(user, room, id)),
    ),

    history: on(v.object({ before: Id }), async ({ before }, { assigns: { room } }) =>
      reply({ messages: await messagesOf(room, { before }) }),
    ),

    typing: on(v.object({ is_typing: v.boolean() }), async ({ is_typing: isTyping }, { assigns: { user, room } }) => {
      await ChatPresence.update(self(), peopleTopic(room.slug), user.id, { name: user.name, isTyping })
    }),
  },

  handleInfo: async (message, socket) => {
    if (message instanceof JustJoined) {
      await pushMissed(socket, message.seen)
      if (message.isPresent) await beSeen(socket)
    } else if (isBroadcast(message) && message.event === 'presence_diff') {
      push(socket, 'presence_diff', message.payload as object)
    }
  },
})

async function pushMissed(socket: RoomSocket, seen: Seen): Promise<void> {
  const news = await newsOf(socket.assigns.room, seen)
  push(socket, 'missed', { ...forPrograms(news), is_all: news.isAll })
  if (!news.isAll) await pushMissed(socket, news.seen)
}

function forPrograms({ messages, changed, seen }: News): object {
  return { messages, changed, revision: seen.revision }
}

async function beSeen(socket: RoomSocket): Promise<void> {
  const { user, room } = socket.assigns
  PubSub.subscribe('chat', peopleTopic(room.slug))
  await ChatPresence.track(self(), peopleTopic(room.slug), user.id, { name: user.name, isTyping: false })
  push(socket, 'presence_state', await ChatPresence.list(peopleTopic(room.slug)))
}

function answer(message: object | undefined) {
  return message === undefined ? replyError({ reason: 'not your message' }) : reply(message)
}
