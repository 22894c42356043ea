import { self, send } from 'beamish'
import { Channel, type ChannelCallbacks, type ChannelModule, ok, push, reply, replyError } from 'beamish/channel'
import type { PresenceModule } from 'beamish/pubsub'

/** What the channel keeps. */
interface Assigns {
  readonly user_id?: string | null
}

/**
 * A channel whose clients are present: after the join it tracks the user of the connection, if there is one, with the `meta` of the
 * join, and pushes the state. Its clients may track, update, untrack and list.
 */
export function presenceChannel(
  presence: PresenceModule,
  more: Partial<ChannelCallbacks<Assigns>> = {},
  stateEvent = 'presence_state',
): ChannelModule {
  return Channel.define<Assigns>({
    module: 'TestPresenceChannel',
    join: (_topic, params) => {
      send(self(), { type: 'afterJoin', meta: params?.meta ?? {} })
      return ok()
    },
    handleInfo: async ({ meta }, socket) => {
      const userId = socket.assigns.user_id
      if (userId !== undefined && userId !== null) await presence.track(socket, userId, meta)
      push(socket, stateEvent, await presence.list(socket))
    },
    handleIn: {
      update: async (meta, socket) => answerOf(await presence.update(socket, socket.assigns.user_id ?? '', meta)),
      track: async ({ key, meta }, socket) => answerOf(await presence.track(socket, key, meta ?? {})),
      untrack: async ({ key }, socket) => {
        await presence.untrack(socket, key)
        return reply()
      },
      list: async (_payload, socket) => reply(await presence.list(socket)),
      get: async ({ key }, socket) => reply({ v: await presence.getByKey(socket, key) }),
      boom: () => {
        throw new Error('crashed on demand')
      },
    },
    ...more,
  })
}

function answerOf(outcome: Awaited<ReturnType<PresenceModule['track'] | PresenceModule['update']>>) {
  if (outcome.type === 'ok') return reply({ ref: outcome.ref })
  return replyError({ reason: outcome.reason === 'nopresence' ? 'nopresence' : 'already_tracked' })
}
