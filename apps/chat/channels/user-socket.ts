import { ok, Socket } from 'beamish/channel'
import { RoomChannel } from './room-channel.ts'

const LONGEST_NAME = 40

/** A guest's connection. There are no accounts: everybody is who they say they are. */
export const UserSocket = Socket.define<{ name: string }>({
  module: 'UserSocket',
  channels: { 'room:*': RoomChannel },
  connect: (params) => {
    const name = typeof params['name'] === 'string' ? params['name'].trim().slice(0, LONGEST_NAME) : ''
    return ok({ name: name === '' ? 'Somebody' : name })
  },
})
