// What must not compile of channels, and what a channel is known to answer. Checked by the compiler, never run.
import * as v from 'valibot'
import {
  Channel,
  type ChannelSocket,
  type Joinable,
  noReply,
  ok,
  on,
  refuse,
  reply,
  replyError,
  Socket,
  stop,
} from '../../src/channel/index.ts'
import { type From, GenServer, type Pid, type PostedCall } from '../../src/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_proof: Same<A, B>): void {}

interface Seat {
  readonly user: string
  readonly row: number
}

const Cinema = Channel.define({
  join: (topic, _params, socket: ChannelSocket<Seat>) => {
    socket.assign({ row: 7 }).assign('user', topic)
    // @ts-expect-error a seat has no price
    socket.assign({ price: 7 })
    // @ts-expect-error a row is a number
    socket.assign('row', 'seven')
    return topic === 'full' ? refuse({ reason: 'full' }) : ok()
  },
  handleIn: {
    row: (_payload, socket) => reply(socket.assigns.row),
    leave: () => stop('normal', replyError('why')),
  },
  handleCall: {
    row: (_: void, socket) => reply(socket.assigns.row),
    rowIn: async (by: number, socket) => reply({ row: socket.assigns.row + by }),
    later: (_: void, _socket, from: From<Date>) => {
      GenServer.reply(from, new Date())
      return noReply()
    },
    leave: () => stop('normal', reply('bye' as const)),
  },
  handleCast: { move: (_to: number) => {} },
})

export async function calls(pid: Pid): Promise<void> {
  const row = await Cinema.call(pid, 'row')
  same<typeof row, number>(true)
  const later = await Cinema.call(pid, 'rowIn', 2, { timeoutMs: 10 })
  same<typeof later, { row: number }>(true)
  const date = await Cinema.call(pid, 'later')
  same<typeof date, Date>(true)
  const bye = await Cinema.call(pid, 'leave')
  same<typeof bye, 'bye'>(true)
  const request = Cinema.sendRequest(pid, 'row')
  same<typeof request, PostedCall<number>>(true)
  Cinema.cast(pid, 'move', 3)
  // @ts-expect-error no such call
  await Cinema.call(pid, 'column')
  // @ts-expect-error a number is missing
  await Cinema.call(pid, 'rowIn')
  // @ts-expect-error no such cast
  Cinema.cast(pid, 'row')
  // @ts-expect-error a row is a number
  Cinema.cast(pid, 'move', 'there')
}

const Stated = Channel.define<Seat>({
  join: () => ok(),
  handleIn: {
    say: on(v.object({ text: v.string() }), ({ text }, socket) => {
      same<typeof text, string>(true)
      same<typeof socket.assigns.row, number>(true)
      return reply(text)
    }),
  },
  handleCall: { row: (_: void, socket) => reply(socket.assigns.row) },
})

export async function stated(pid: Pid): Promise<void> {
  // @ts-expect-error with the assigns stated the calls are not known: GenServer.call(pid, 'row')
  await Stated.call(pid, 'row')
}

export const UserSocket = Socket.define({ channels: { 'cinema:*': Cinema, stated: Stated } })
export const asJoinable: Joinable = Cinema

Channel.define({
  join: () => ok(),
  // @ts-expect-error a call that answers nothing says noReply()
  handleCall: { nothing: () => {} },
})
// @ts-expect-error nobody may join
Channel.define({ handleIn: {} })
// @ts-expect-error a misspelt callback
Channel.define({ join: () => ok(), handelIn: {} })
