import { self, send } from 'beamish'
import { Channel, ok, push, reply, replyError } from 'beamish/channel'
import { FixturePresence } from '../presence.ts'

const JOINED = 'presence: after the join'

/** `presence:*`: everybody is tracked by their `user_id`. */
export const PresenceChannel = Channel.define<{ user_id: string | null; meta: object }>({
  module: 'PresenceChannel',

  join: (_topic, params, socket) => {
    socket.assign('meta', params?.meta ?? {})
    send(self(), JOINED)
    return ok()
  },

  handleInfo: async (message, socket) => {
    if (message !== JOINED) return
    const { user_id, meta } = socket.assigns
    if (user_id !== null) await FixturePresence.track(socket, user_id, meta)
    push(socket, 'presence_state', await FixturePresence.list(socket))
  },

  handleIn: {
    update: async (meta, socket) =>
      answerOf(await FixturePresence.update(socket, String(socket.assigns.user_id), meta)),
    track: async ({ key, meta }, socket) => answerOf(await FixturePresence.track(socket, key, meta ?? {})),
    untrack: async ({ key }, socket) => {
      await FixturePresence.untrack(socket, key)
      return reply()
    },
    list: async (_payload, socket) => reply(await FixturePresence.list(socket)),
    get: async ({ key }, socket) => reply({ v: await FixturePresence.getByKey(socket, key) }),
    boom: () => {
      throw new Error('crashed on demand')
    },
  },
})

function answerOf(outcome: Awaited<ReturnType<typeof FixturePresence.track | typeof FixturePresence.update>>) {
  if (outcome.type === 'ok') return reply({ ref: outcome.ref })
  return replyError({ reason: outcome.reason === 'nopresence' ? 'nopresence' : 'already_tracked' })
}
