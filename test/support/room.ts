import { Channel, type ChannelCallbacks, type ChannelModule } from '../../src/channel/channel.ts'
import { broadcast, broadcastFrom, push } from '../../src/channel/messaging.ts'
import { noReply, ok, refuse, reply, replyError, replyWith, stop } from '../../src/channel/result.ts'
import { shutdown } from '../../src/core/reason.ts'
import { self, sleep } from '../../src/index.ts'
import { send } from '../../src/runtime/signals.ts'

/** A room that does on demand what channels do. */
export function testRoom(more: Partial<ChannelCallbacks<Record<string, unknown>>> = {}): ChannelModule {
  return Channel.define<Record<string, unknown>>({
    module: 'TestRoom',
    join: async (topic, params, socket) => {
      if (topic === 'room:forbidden') return refuse({ reason: 'unauthorized' })
      if (topic === 'room:joincrash') throw new Error('join crashed on demand')
      if (topic === 'room:badreturn') return 'nonsense' as never
      if (topic === 'room:push') push(socket, 'too_early', {})
      if (topic === 'room:slow') await sleep(500)
      if (params.after_join) send(self(), { type: 'afterJoin', user: params.user })
      return params.reply === undefined ? ok() : ok({ got: params.reply, assigns: socket.assigns })
    },
    handleIn: {
      echo: (payload) => reply(payload),
      fail: (payload) => replyError(payload),
      status: ({ status }) => replyWith(status),
      reply_raw: ({ v }) => reply(v ?? null),
      silent: () => noReply(),
      shout: (payload, socket) => {
        broadcast(socket, 'shout', payload)
        return reply()
      },
      others: (payload, socket) => {
        broadcastFrom(socket, 'others', payload)
        return reply()
      },
      push_then_reply: (payload, socket) => {
        push(socket, 'pushed', payload)
        return reply()
      },
      boom: () => {
        throw new Error('crashed on demand')
      },
      badret: () => 42 as never,
      stop: ({ reason }) => stop(reason === 'shutdown_tuple' ? shutdown('because') : reason),
      stop_reply: (payload) => stop('shutdown', reply(payload)),
      set: ({ key, value }, socket) => {
        socket.assign(key, value)
        return reply()
      },
      get: ({ key }, socket) => reply({ value: socket.assigns[key] ?? null }),
    },
    handleInfo: (message, socket) => {
      if (message?.type !== 'afterJoin') return
      broadcast(socket, 'user_entered', { user: message.user })
      push(socket, 'joined', { status: 'connected' })
    },
    ...more,
  })
}
