import { Application, spawnLink } from 'beamish'
import { csrf, Endpoint, Router, secureHeaders, session } from 'beamish/endpoint'
import { csrfMetaTag, html, LiveSocket, type RootLayout, rootLayout } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { DeployLive } from './deploy-live.ts'
import { assets } from './pages.ts'

const sessionOptions = { key: '_deploy', signingSalt: 'dJ3kPq9s' }

const document: RootLayout = ({ innerContent, conn }) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${csrfMetaTag(conn)}
    <title>Deploy</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/assets/deploy.css">
    <script type="module" src="/assets/deploy.js"></script>
  </head>
  <body>${innerContent}</body>
</html>`

/** Every address. */
export const router = Router.define((route) => {
  route.pipeline('browser', [session(sessionOptions), csrf(), secureHeaders(), rootLayout(document)])
  route.scope('/', { pipe: 'browser' }, (r) => r.live('/', DeployLive))
})

/** Where pages come in, and where they tell one another. */
export const DeployEndpoint = Endpoint.define({
  name: 'deploy',
  pubsub: 'deploy',
  // Nothing that outlives the program is signed with it.
  secretKeyBase: process.env['SECRET_KEY_BASE'] ?? crypto.randomUUID().repeat(2),
  router,
  sockets: { '/live': { socket: LiveSocket, connectInfo: { session: sessionOptions } } },
  static: { '/assets': assets.folder },
  checkOrigin: 'conn',
})

/** Everything that lives. */
export const DeployApp = Application.define({
  name: 'deploy',
  env: { port: 4001, host: '127.0.0.1', stepMs: 1500, liveReload: false, announce: (_url: string): void => {} },
  children: ({ port, host, liveReload, announce }) => [
    PubSub.child({ name: 'deploy' }),
    DeployEndpoint.child({ port, host, liveReload }),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await DeployEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
