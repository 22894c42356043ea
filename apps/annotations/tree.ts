import { Application, Supervisor, spawnLink, whereis } from 'beamish'
import { Endpoint } from 'beamish/endpoint'
import { PubSub } from 'beamish/pubsub'
import { secretIn } from '../shared/secret.ts'
import type { Tell } from '../shared/store.ts'
import { UserSocket } from './channels/user-socket.ts'
import { assets } from './pages.ts'
import { Store } from './videos/store.ts'
import { Watching } from './videos/watching.ts'
import { router } from './web/router.ts'

/** Where pages come in, and their channels. */
export const AnnotationsEndpoint = Endpoint.define({
  name: 'annotations',
  pubsub: 'annotations',
  router,
  sockets: { '/socket': { socket: UserSocket, longpoll: true } },
  static: {
    '/assets': assets.folder,
    // This file runs in dist/apps/annotations. A player asks for parts of a clip: it is served with ranges.
    '/clips': new URL('../../../apps/annotations/clips/', import.meta.url),
  },
  checkOrigin: 'conn',
})

/** While the topics are being started again nobody listens: who comes back reads the file. */
const tell: Tell = (topic, event, payload) => {
  if (whereis('annotations') !== undefined) AnnotationsEndpoint.broadcast(topic, event, payload)
}

/** Everything that lives. The store stands by itself: when it fails, pages wait for it. What talks stands together. */
export const AnnotationsApp = Application.define({
  name: 'annotations',
  env: {
    port: 4003,
    host: '127.0.0.1',
    /** Where what is said is kept, and the secret that sessions are signed with. */
    folder: 'apps/annotations/data',
    liveReload: false,
    announce: (_url: string): void => {},
  },
  children: ({ port, host, folder, liveReload, announce }) => [
    Store.child({ folder, tell }),
    Supervisor.child(
      [
        PubSub.child({ name: 'annotations' }),
        Watching,
        AnnotationsEndpoint.child({ port, host, liveReload, secretKeyBase: secretIn(folder) }),
      ],
      { id: 'talk', strategy: 'restForOne' },
    ),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await AnnotationsEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
