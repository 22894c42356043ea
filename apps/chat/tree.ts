import { randomBytes } from 'node:crypto'
import { Application, spawnLink } from 'beamish'
import { Endpoint } from 'beamish/endpoint'
import { PubSub } from 'beamish/pubsub'
import { UserSocket } from './channels/user-socket.ts'
import { pagesFolder } from './pages.ts'
import { Room } from './room.ts'

/** Where the guests come in. */
export const ChatEndpoint = Endpoint.define({
  name: 'chat',
  pubsub: 'chat',
  // Nothing that outlives the program is signed with it: a new one for each start will do.
  secretKeyBase: process.env['SECRET_KEY_BASE'] ?? randomBytes(48).toString('base64'),
  sockets: { '/socket': { socket: UserSocket, longpoll: true } },
  // Whatever name the machine is reached by: a page may only talk to the server that it came from.
  checkOrigin: 'conn',
})

/** Everything that lives, in the order in which it starts. It stops in reverse. */
export const ChatApp = Application.define({
  name: 'chat',
  env: { port: 4000, host: '127.0.0.1', liveReload: false, announce: (_url: string): void => {} },
  children: ({ port, host, liveReload, announce }) => [
    PubSub.child({ name: 'chat' }),
    Room.supervisor(),
    ChatEndpoint.child({ port, host, liveReload, static: { '/': pagesFolder } }),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await ChatEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
