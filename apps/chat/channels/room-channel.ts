import { isAbnormal, type Pid, self, send } from 'beamish'
import { broadcast, broadcastFrom, Channel, ok, on, push, refuse, reply } from 'beamish/channel'
import * as v from 'valibot'
import { Room } from '../room.ts'

const Say = v.object({ text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2000)) })
const JUST_JOINED = 'just joined'

/** A guest's place in a room. One process for each guest: what crashes here, only this guest notices. */
export const RoomChannel = Channel.define<{ name: string; room: Pid }>({
  module: 'RoomChannel',

  join: async (topic, _params, socket) => {
    const room = await Room.open(topic.slice('room:'.length))
    if (room === undefined) return refuse({ reason: 'a room is called by small letters, digits and dashes' })
    socket.assign({ room })
    send(self(), JUST_JOINED)
    return ok()
  },

  handleIn: {
    say: on(Say, async ({ text }, socket) => {
      const message = await Room.add(socket.assigns.room, socket.assigns.name, text)
      broadcast(socket, 'said', message)
      return reply({ id: message.id })
    }),

    typing: (_payload, socket) => {
      broadcastFrom(socket, 'typing', { name: socket.assigns.name })
    },

    // An accident on demand: the process of this channel dies, nothing else does, and the client joins again by itself.
    crash: (_payload, socket) => {
      throw new Error(`${socket.assigns.name} asked for a crash`)
    },
  },

  handleInfo: async (message, socket) => {
    if (message !== JUST_JOINED) return
    // After the join, so that nothing is missed between the history and what is said from now on.
    push(socket, 'history', { messages: await Room.history(socket.assigns.room) })
    broadcastFrom(socket, 'entered', { name: socket.assigns.name })
  },

  terminate: (reason, socket) => {
    if (!socket.joined) return
    broadcastFrom(socket, 'gone', { name: socket.assigns.name, crashed: isAbnormal(reason) })
  },
})
