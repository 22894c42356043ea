import { type ExitReason, isShutdownDetail, self, send, sendAfter, shutdown, sleep, spawn, trapExit } from 'beamish'
import {
  broadcast,
  broadcastFrom,
  Channel,
  type ChannelSocket,
  isBroadcast,
  noReply,
  ok,
  push,
  refuse,
  reply,
  replyError,
  replyTo,
  replyWith,
  type SocketRef,
  socketRef,
  stop,
} from 'beamish/channel'
import { FixtureEndpoint } from '../tree.ts'

interface Assigns {
  user_id: string | null
  auth_token: string | null
  topic_seen: string
  [key: string]: unknown
}

type RoomSocket = ChannelSocket<Assigns>

/** After the join: what cannot be said in it. */
class Joined {
  readonly user: unknown

  constructor(user: unknown) {
    this.user = user
  }
}

/** An answer that is due. */
class Due {
  readonly ref: SocketRef

  constructor(ref: SocketRef) {
    this.ref = ref
  }
}

/** How many joins each `room:flaky:…` has turned away since the program started. */
const attempts = new Map<string, number>()

const REASONS: Readonly<Record<string, ExitReason>> = {
  normal: 'normal',
  shutdown: 'shutdown',
  shutdown_tuple: shutdown('because'),
  other: 'other',
}

/** `room:*`: it does on demand all that a channel can do. */
export const RoomChannel = Channel.define<Assigns>({
  module: 'RoomChannel',
  join,

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
    push_me: (payload, socket) => push(socket, 'pushed', payload),
    push_then_reply: (payload, socket) => {
      push(socket, 'pushed', payload)
      return reply({})
    },
    push_list: ({ v }, socket) => push(socket, 'pushed', v),

    async: (_payload, socket) => {
      sendAfter(self(), new Due(socketRef(socket)), 50)
    },
    spawn_reply: ({ ms }, socket) => {
      const ref = socketRef(socket)
      spawn(async () => {
        await sleep(ms)
        replyTo(ref, reply({ late: true }))
      })
    },
    twice: (_payload, socket) => {
      replyTo(socketRef(socket), reply({ n: 1 }))
      return reply({ n: 2 })
    },

    intercept_me: (payload, socket) => {
      broadcast(socket, 'intercepted', payload)
      return reply()
    },
    hide_me: (payload, socket) => {
      broadcast(socket, 'hidden', payload)
      return reply()
    },

    boom: () => {
      throw new Error('crashed on demand')
    },
    badret: () => 'nonsense' as never, // on purpose: an answer that is none
    stop: ({ reason }) => stop(REASONS[reason] ?? 'other'),
    stop_reply: (payload) => stop('shutdown', reply(payload)),
    stop_error_reply: (payload) => stop('other', reply(payload)),

    set: ({ key, value }, socket) => {
      socket.assign(key, value)
      return reply()
    },
    get: ({ key }, { assigns }) => reply({ value: Object.hasOwn(assigns, key) ? assigns[key] : null }),

    subscribe: async ({ topic }) => {
      await FixtureEndpoint.subscribe(topic)
      return reply()
    },
    publish: ({ topic, event, payload }) => {
      FixtureEndpoint.broadcast(topic, event, payload)
      return reply()
    },
    kick: ({ user_id }) => {
      FixtureEndpoint.broadcast(`user_sockets:${user_id}`, 'disconnect', {})
      return reply()
    },

    sleep: async ({ ms }) => {
      await sleep(ms)
      return reply()
    },
    rawsocket: (_payload, { joinRef, ref, topic, id, transport }) =>
      reply({ join_ref: joinRef, ref, topic, id, transport }),
  },

  intercept: ['intercepted', 'hidden'],
  handleOut: {
    intercepted: (payload, socket) => push(socket, 'intercepted', { ...payload, for: socket.assigns.user_id }),
    hidden: () => noReply(),
  },

  handleInfo: (message, socket) => {
    if (message instanceof Joined) afterJoin(message, socket)
    else if (message instanceof Due) replyTo(message.ref, reply({ async: true }))
    else if (isBroadcast(message)) {
      const { topic, event, payload } = message
      push(socket, 'external', { topic, event, payload })
    }
  },

  terminate: (reason, socket) => {
    if (!socket.topic.startsWith('room:bye')) return
    const { topic, joined } = socket
    FixtureEndpoint.broadcast('room:audit', 'terminated', { topic, reason: textOf(reason), joined })
    if (joined) push(socket, 'you_left', { reason: textOf(reason) })
  },
})

// biome-ignore lint/suspicious/noExplicitAny: a client may send anything
async function join(topic: string, params: any, socket: RoomSocket) {
  if (topic === 'room:forbidden') return refuse({ reason: 'unauthorized' })
  if (topic === 'room:joincrash') throw new Error('join crashed on demand')
  if (topic === 'room:badreturn') return 'nonsense' as never // on purpose
  if (topic === 'room:slow') await sleep(500)
  if (topic === 'room:trap') trapExit(true)
  if (topic.startsWith('room:flaky:')) return flaky(topic)
  socket.assign('topic_seen', topic)
  if (params?.after_join === true) send(self(), new Joined(params.user))
  return params?.reply === undefined ? ok() : ok({ got: params.reply, assigns: socket.assigns })
}

/** `room:flaky:2`, `room:flaky:2:x`: it opens after two attempts. */
function flaky(topic: string) {
  const rejects = Number(topic.split(':')[2])
  const attempt = (attempts.get(topic) ?? 0) + 1
  attempts.set(topic, attempt)
  return attempt <= rejects ? refuse({ reason: 'not yet', attempt }) : ok({ attempt })
}

function afterJoin({ user }: Joined, socket: RoomSocket): void {
  broadcast(socket, 'user_entered', { user })
  push(socket, 'joined', { status: 'connected' })
}

/** `shutdown(left)`, as the checklist writes reasons. */
function textOf(reason: ExitReason): string {
  if (isShutdownDetail(reason)) return `shutdown(${String(reason.detail)})`
  return typeof reason === 'string' ? reason : 'error'
}
