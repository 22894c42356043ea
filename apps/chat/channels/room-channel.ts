import { self, send } from 'beamish'
import { Channel, isBroadcast, ok, on, push, refuse, reply, replyError } from 'beamish/channel'
import { PubSub } from 'beamish/pubsub'
import * as v from 'valibot'
import type { User } from '../accounts/accounts.ts'
import { edit, LONGEST, messagesOf, NewMessage, remove, say } from '../rooms/messages.ts'
import { ChatPresence, peopleTopic } from '../rooms/presence.ts'
import { type Room, roomFor } from '../rooms/rooms.ts'

const Id = v.pipe(v.number(), v.safeInteger())
const Body = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(LONGEST))
const JoinParams = v.object({ last_seen_id: v.optional(Id), present: v.optional(v.boolean(), false) })
const JUST_JOINED = 'just joined'

/**
 * `room:*`: a room for programs. What those in it say comes by itself, as `new_message`, `message_edited` and `message_deleted`:
 * broadcasts that no code here runs for.
 *
 * With `last_seen_id` the answer to the join holds what came after that message, without it the last page. With `present` others see
 * the program in the room, and it hears who is there.
 */
export const RoomChannel = Channel.define<{ user: User; room: Room }>({
  module: 'RoomChannel',

  join: async (topic, params, socket) => {
    const asked = v.safeParse(JoinParams, params ?? {})
    if (!asked.success) return refuse({ reason: 'last_seen_id is a number, present a boolean' })
    const room = await roomFor(socket.assigns.user, topic.slice('room:'.length))
    if (room === undefined) return refuse({ reason: 'no such room' })
    socket.assign({ room })
    if (asked.output.present) send(self(), JUST_JOINED)
    const { last_seen_id: after } = asked.output
    // Who has joined hears all from here on: what is said while this is read comes twice, and is known by its id.
    return ok({ room, messages: await messagesOf(room, after === undefined ? {} : { after }) })
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
    const { user, room } = socket.assigns
    if (message === JUST_JOINED) {
      PubSub.subscribe('chat', peopleTopic(room.slug))
      await ChatPresence.track(self(), peopleTopic(room.slug), user.id, { name: user.name, isTyping: false })
      push(socket, 'presence_state', await ChatPresence.list(peopleTopic(room.slug)))
    } else if (isBroadcast(message) && message.event === 'presence_diff') {
      push(socket, 'presence_diff', message.payload as object)
    }
  },
})

function answer(message: object | undefined) {
  return message === undefined ? replyError({ reason: 'not your message' }) : reply(message)
}
