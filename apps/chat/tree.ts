import { Application, type Child, childSpec, Supervisor, type SupervisorFlags, spawnLink, whereis } from 'beamish'
import { Endpoint } from 'beamish/endpoint'
import { LiveSocket } from 'beamish/live-view'
import { PubSub, Registry } from 'beamish/pubsub'
import { secretIn } from '../shared/secret.ts'
import type { Tell } from '../shared/store.ts'
import { ATTEMPTS, Attempts } from './accounts/attempts.ts'
import { PAGES, PageChannel } from './channels/page-channel.ts'
import { UserSocket } from './channels/user-socket.ts'
import { assets } from './pages.ts'
import { ChatPresence } from './rooms/presence.ts'
import { Store } from './store/store.ts'
import { router } from './web/router.ts'
import { sessionOptions } from './web/sessions.ts'

const live = LiveSocket.define({ channels: { 'page:*': PageChannel } })

/** Where people and programs come in: pages with their live views, and channels. */
export const ChatEndpoint = Endpoint.define({
  name: 'chat',
  pubsub: 'chat',
  router,
  sockets: {
    '/live': { socket: live, longpoll: true, connectInfo: { session: sessionOptions } },
    '/socket': { socket: UserSocket, longpoll: true },
  },
  static: { '/assets': assets.folder },
  // Whatever name the machine is reached by: a page may only talk to the server that it came from.
  checkOrigin: 'conn',
})

/** While the topics are being started again nobody listens: who comes back reads the file. */
const tell: Tell = (topic, event, payload) => {
  if (whereis('chat') !== undefined) ChatEndpoint.broadcast(topic, event, payload)
}

/** What a chat is started with. */
export type ChatEnv = {
  readonly port: number
  readonly host: string
  /** Where messages, files and the secret are kept. */
  readonly folder: string
  readonly liveReload: boolean
  readonly announce: (url: string) => void
  /** How often what lives may fall before the program gives up. Default: as supervisors have it, three times in five seconds. */
  readonly restarts: Pick<SupervisorFlags, 'maxRestarts' | 'maxSeconds'>
}

const DEFAULTS: ChatEnv = {
  port: 4000,
  host: '127.0.0.1',
  folder: 'apps/chat/data',
  liveReload: false,
  announce: () => {},
  restarts: {},
}

/**
 * Everything that lives, in the order in which it starts. It stops in reverse.
 *
 * The store stands by itself: when it fails, pages and programs wait for it. What talks stands together: who listens was subscribed
 * in a PubSub, so when that starts anew, those after it do as well.
 */
export const ChatApp = Application.define({
  name: 'chat',
  env: DEFAULTS,
  start: (_type, env) => Supervisor.tryStartLink(childrenOf(env), { ...env.restarts, name: 'chat.supervisor' }),
})

function childrenOf({ port, host, folder, liveReload, announce, restarts }: ChatEnv): Child[] {
  return [
    Store.child({ folder, tell }),
    childSpec(Attempts, undefined, { options: { name: ATTEMPTS } }),
    Supervisor.child(
      [
        PubSub.child({ name: 'chat' }),
        Registry.child({ name: PAGES, keys: 'unique' }),
        ChatPresence,
        ChatEndpoint.child({ port, host, liveReload, secretKeyBase: secretIn(folder) }),
      ],
      { id: 'talk', strategy: 'restForOne', ...restarts },
    ),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await ChatEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ]
}
