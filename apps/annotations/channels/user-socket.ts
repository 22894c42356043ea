import { ok, refuse, Socket } from 'beamish/channel'
import { Token } from 'beamish/endpoint'
import { type Person, personWith } from '../videos/people.ts'
import { VideoChannel } from './video-channel.ts'

/** What a page proves itself with: its document has a token with the number of its reader. */
export const USER_TOKEN = 'annotations user'
/** A page that stays open connects again and again: for two weeks. */
const MAX_AGE_SECONDS = 14 * 86_400

/** The connection of a page. */
export const UserSocket = Socket.define<{ person: Person }>({
  module: 'UserSocket',
  channels: { 'videos:*': VideoChannel },

  connect: async (params, socket) => {
    const token = Token.verify(socket, USER_TOKEN, params['token'], { maxAgeSeconds: MAX_AGE_SECONDS })
    const person = token.type === 'ok' ? await personWith(token.data) : undefined
    return person === undefined ? refuse() : ok({ person })
  },

  id: ({ assigns: { person } }) => `people:${person.id}`,
})
