import { randomBytes } from 'node:crypto'
import { Application, spawnLink } from 'beamish'
import { Endpoint } from 'beamish/endpoint'
import { LiveSocket } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { GalleryPresence } from './live/presence-live.ts'
import { assets } from './pages.ts'
import { router, sessionOptions } from './router.ts'

/** Where pages come in. */
export const GalleryEndpoint = Endpoint.define({
  name: 'gallery',
  pubsub: 'gallery',
  // Nothing that outlives the program is signed with it: a new one for each start will do.
  secretKeyBase: process.env['SECRET_KEY_BASE'] ?? randomBytes(48).toString('base64'),
  router,
  sockets: { '/live': { socket: LiveSocket, longpoll: true, connectInfo: { session: sessionOptions } } },
  static: { '/assets': assets.folder },
  checkOrigin: 'conn',
})

/** Everything that lives, in the order in which it starts. */
export const GalleryApp = Application.define({
  name: 'gallery',
  env: { port: 4003, host: '127.0.0.1', liveReload: false, announce: (_url: string): void => {} },
  children: ({ port, host, liveReload, announce }) => [
    PubSub.child({ name: 'gallery' }),
    GalleryPresence,
    GalleryEndpoint.child({ port, host, liveReload }),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await GalleryEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
