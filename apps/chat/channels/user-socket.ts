import { ok, refuse, Socket } from 'beamish/channel'
import { Token } from 'beamish/endpoint'
import type { User } from '../accounts/accounts.ts'
import { userOf } from '../accounts/sessions.ts'
import { RoomChannel } from './room-channel.ts'

/** What a program proves itself with: see `POST /api/token`. */
export const USER_TOKEN = 'chat user'
/** A token opens connections for a day. */
const MAX_AGE_SECONDS = 86_400

/** The connection of a program. */
export const UserSocket = Socket.define<{ user: User }>({
  module: 'UserSocket',
  channels: { 'room:*': RoomChannel },

  connect: async (params, socket) => {
    const token = Token.verify(socket, USER_TOKEN, params['token'], { maxAgeSeconds: MAX_AGE_SECONDS })
    const user = token.type === 'ok' ? await userOf(token.data) : undefined
    return user === undefined ? refuse() : ok({ user })
  },
})
