import { Application, spawnLink } from 'beamish'
import { Endpoint, type EndpointOptions, type MountOptions } from 'beamish/endpoint'
import { PubSub } from 'beamish/pubsub'
import { FixturePresence } from './presence.ts'
import { InfoSocket, LimitedSocket, UserSocket } from './sockets.ts'

// The application that the checklist of channels fixes by name: mounts, topics, events, replies. Tests and anybody's own
// clients and scripts run against it; a name in here changes only when the checklist does.

/** The name of its PubSub. */
export const PUBSUB = 'fixture'

const ORIGINS = ['//localhost', '//127.0.0.1', 'https://*.allowed.test', 'http://port.test:81']

/** At most two channels, and no transport but WebSocket. */
function limited(websocket: MountOptions['websocket'] = true): MountOptions {
  return { socket: LimitedSocket, maxChannels: 2, websocket }
}

function rateLimited(_request: unknown, reason: unknown) {
  if (reason === 'rate_limit') return { status: 429, body: 'Too many requests' }
  return { status: 403 }
}

const MOUNTS: NonNullable<EndpointOptions['sockets']> = {
  '/socket': {
    socket: UserSocket,
    authToken: true,
    checkOrigin: ORIGINS,
    websocket: { maxFrameBytes: 200_000, errorHandler: rateLimited },
    longpoll: { windowMs: 1000, pubsubTimeoutMs: 500 },
    drainer: { batchSize: 2, batchIntervalMs: 200, shutdownMs: 5000 },
  },
  '/limited': limited(),
  '/short': limited({ timeoutMs: 2000 }),
  '/compressed': limited({ compress: true }),
  '/sub': limited({ subprotocols: ['sip', 'mqtt'] }),
  '/info/:tenant': {
    socket: InfoSocket,
    longpoll: { windowMs: 500 },
    connectInfo: {
      peerData: true,
      xHeaders: true,
      traceContextHeaders: true,
      uri: true,
      userAgent: true,
      secWebsocketHeaders: true,
      custom: 'static',
    },
  },
}

/** Its endpoint. */
export const FixtureEndpoint = Endpoint.define({
  name: 'fixture',
  pubsub: PUBSUB,
  checkOrigin: ORIGINS,
  secretKeyBase: 'the fixture application has a secret that everybody may know, of 64 bytes',
  sockets: MOUNTS,
})

/** The processes of the fixture application, in the order in which they start. */
export function fixtureChildren(options: EndpointOptions = {}) {
  return [PubSub.child({ name: PUBSUB }), FixturePresence.child(), FixtureEndpoint.child(options)]
}

/** The whole of it. */
export const FixtureApp = Application.define({
  name: 'fixture',
  env: { port: 4100, host: '127.0.0.1', adapter: 'uws' as 'uws' | 'node', announce: (_url: string): void => {} },
  children: ({ port, host, adapter, announce }) => [
    ...fixtureChildren({ port, host, adapter }),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await FixtureEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
