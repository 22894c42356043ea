import { self, send } from 'beamish'
import { Channel, type ChannelSocket, isBroadcast, ok, on, push, refuse, reply, replyError } from 'beamish/channel'
import { PubSub } from 'beamish/pubsub'
import * as v from 'valibot'
import type { User } from '../accounts/accounts.ts'
import { edit, LONGEST, MOST_MISSED, messagesOf, NewMessage, remove, say } from '../rooms/messages.ts'
import { ChatPresence, peopleTopic } from '../rooms/presence.ts'
import { type Room, roomFor } from '../rooms/rooms.ts'

const Id = v.pipe(v.number(), v.safeInteger())
const Body = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(LONGEST))
const JoinParams = v.object({ last_seen_id: v.optional(Id), present: v.optional(v.boolean(), false) })

interface InRoom {
  readonly user: User
  readonly room: Room
}

type RoomSocket = ChannelSocket<InRoom>

/** For the channel itself, once it hears what is said. */
class JustJoined {
  /** The newest message that the answer to the join held. */
  readonly lastId: number
  readonly isPresent: boolean

  constructor(lastId: number, isPresent: boolean) {
    this.lastId = lastId
    this.isPresent = isPresent
  }
}

/**
 * `room:*`: a room for programs. What those in it say comes by itself, as `new_message`, `message_edited` and `message_deleted`:
 * broadcasts that no code here runs for.
 *
 * With `last_seen_id` the answer to the join holds what came after that message, without it the last page. Then comes `missed`, once
 * or more: `{ messages, is_all }`, what the answer does not hold and what was said between the answer and the first broadcast. Who
 * keeps broadcasts back until `is_all`, and shows no message that is not newer than its last, shows all of them, once, in order.
 *
 * With `present` others see the program in the room, and it hears who is there.
 */
export const RoomChannel = Channel.define<InRoom>({
  module: 'RoomChannel',

  join: async (topic, params, socket) => {
    const asked = v.safeParse(JoinParams, params ?? {})
    if (!asked.success) return refuse({ reason: 'last_seen_id is a number, present a boolean' })
    const room = await roomFor(socket.assigns.user, topic.slice('room:'.length))
    if (room === undefined) return refuse({ reason: 'no such room' })
    socket.assign({ room })
    const { last_seen_id: after, present } = asked.output
    const messages = await messagesOf(room, after === undefined ? {} : { after })
    // Who has joined hears all from then on. What is said after this was read and before that is looked for then.
    send(self(), new JustJoined(messages.at(-1)?.id ?? after ?? 0, present))
    return ok({ room, messages })
  },

  handleIn: {
    say: on(v.object({ ...NewMessage.entries, body: Body }), async (message, { assigns: { user, room } }) =>
      reply(await say(user, room, message)),
    ),

    edit: on(v.object({ id: Id, body: Body }), async ({ id, body }, { assigns: { user, room } }) =>
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
      await pushMissed(socket, message.lastId)
      if (message.isPresent) await beSeen(socket)
    } else if (isBroadcast(message) && message.event === 'presence_diff') {
      push(socket, 'presence_diff', message.payload as object)
    }
  },
})

async function pushMissed(socket: RoomSocket, lastId: number): Promise<void> {
  let after = lastId
  for (;;) {
    const messages = await messagesOf(socket.assigns.room, { after })
    const isAll = messages.length < MOST_MISSED
    push(socket, 'missed', { messages, is_all: isAll })
    if (isAll) return
    after = messages.at(-1)?.id ?? after
  }
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
