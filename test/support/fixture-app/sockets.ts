import { ok, refuse, Socket } from 'beamish/channel'
import { presenceChannel } from '../presence-channel.ts'
import { InfoChannel } from './channels/info-channel.ts'
import { PlainChannel } from './channels/plain-channel.ts'
import { RoomChannel } from './channels/room-channel.ts'
import { FixturePresence } from './presence.ts'

/** What `connect` of `/socket` assigns. */
interface User {
  user_id: string | null
  auth_token: string | null
}

const plain = (assigns: object) => ({ channel: PlainChannel, assigns })

/** `/socket`: it refuses, limits and crashes on demand. */
export const UserSocket = Socket.define<User>({
  module: 'UserSocket',
  channels: {
    'room:*': RoomChannel,
    'presence:*': presenceChannel(FixturePresence),
    system: plain({ static: 1 }),
    'food*': plain({ which: 'food' }),
    'foo*': plain({ which: 'foo' }),
  },
  connect: (params, _socket, info) => {
    if (params['reject'] === 'true') return refuse()
    if (params['ratelimit'] === 'true') return refuse('rate_limit')
    if (params['crash'] === 'true') throw new Error('connect crashed on demand')
    return ok({ user_id: params['user_id'] ?? null, auth_token: info.authToken ?? null })
  },
  id: ({ assigns: { user_id } }) => {
    if (user_id === 'bad-id') return 42 as never // on purpose: an id that is none
    return user_id === null ? null : `user_sockets:${user_id}`
  },
})

/** `/limited` and its like: rooms only, without an id. */
export const LimitedSocket = Socket.define<User>({
  module: 'LimitedSocket',
  channels: { 'room:*': RoomChannel },
  connect: (params) => ok({ user_id: params['user_id'] ?? null, auth_token: null }),
})

/** `/info/:tenant`: it tells what `connect` was told. */
export const InfoSocket = Socket.define<{ info: object; params: object }>({
  module: 'InfoSocket',
  channels: { info: InfoChannel },
  connect: (params, _socket, info) => ok({ info, params }),
})
