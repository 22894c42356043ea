import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, spawnLink } from 'beamish'
import { Endpoint, type SessionOptions } from 'beamish/endpoint'
import { LiveSocket } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { UPLOAD_PATH, uploadFolder } from './pages/upload.ts'
import { makeRouter } from './router.ts'

const sessionOptions: SessionOptions = { key: '_parity', signingSalt: 'parity of live views', sameSite: 'lax' }

/** Where the files of an npm package lie that its browser build is part of. */
const builtFilesOf = (name: string): string => dirname(fileURLToPath(import.meta.resolve(name)))

/** The routes of the pages. */
export const ParityRouter = makeRouter(sessionOptions)

/** The endpoint of the pages. */
export const ParityEndpoint = Endpoint.define({
  name: 'parity',
  pubsub: 'parity',
  // Pages of a browser that was stopped are of no use: the secret need not outlive anything.
  secretKeyBase: 'a'.repeat(64),
  checkOrigin: 'conn',
  router: ParityRouter,
  sockets: { '/live': { socket: LiveSocket, connectInfo: { session: sessionOptions }, drainer: false } },
  static: {
    '/assets/phoenix': builtFilesOf('phoenix'),
    '/assets/phoenix_live_view': builtFilesOf('phoenix_live_view'),
    // What people uploaded is saved, not shown.
    [UPLOAD_PATH]: { folder: uploadFolder, headers: { 'content-disposition': 'attachment' } },
  },
})

/** Everything that lives. */
export const ParityApp = Application.define({
  name: 'parity',
  env: { port: 4004, adapter: 'uws' as 'uws' | 'node', announce: (_url: string): void => {} },
  children: ({ port, adapter, announce }) => [
    PubSub.child({ name: 'parity' }),
    ParityEndpoint.child({ port, adapter }),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await ParityEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
