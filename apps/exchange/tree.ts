import { Application, childSpec, spawnLink } from 'beamish'
import { csrf, Endpoint, Router, secureHeaders, session } from 'beamish/endpoint'
import { csrfMetaTag, html, LiveSocket, type RootLayout, rootLayout } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { CLIENTS, Clients } from './clients.ts'
import { ExchangeLive } from './exchange-live.ts'
import { assets } from './pages.ts'

const sessionOptions = { key: '_exchange', signingSalt: 'xC7nRw2a' }

const document: RootLayout = ({ innerContent, conn }) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${csrfMetaTag(conn)}
    <title>Exchange</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/assets/exchange.css">
    <script type="module" src="/assets/exchange.js"></script>
  </head>
  <body>${innerContent}</body>
</html>`

const router = Router.define((route) => {
  route.pipeline('browser', [session(sessionOptions), csrf(), secureHeaders(), rootLayout(document)])
  route.scope('/', { pipe: 'browser' }, (r) => r.live('/', ExchangeLive))
})

/** Where pages come in. */
export const ExchangeEndpoint = Endpoint.define({
  name: 'exchange',
  pubsub: 'exchange',
  // Nothing that outlives the program is signed with it.
  secretKeyBase: process.env['SECRET_KEY_BASE'] ?? crypto.randomUUID().repeat(2),
  router,
  sockets: { '/live': { socket: LiveSocket, connectInfo: { session: sessionOptions } } },
  static: { '/assets': assets.folder },
  checkOrigin: 'conn',
})

/** Everything that lives. */
export const ExchangeApp = Application.define({
  name: 'exchange',
  env: { port: 4002, host: '127.0.0.1', liveReload: false, announce: (_url: string): void => {} },
  children: ({ port, host, liveReload, announce }) => [
    PubSub.child({ name: 'exchange' }),
    childSpec(Clients, undefined, { options: { name: CLIENTS } }),
    ExchangeEndpoint.child({ port, host, liveReload }),
    {
      id: 'announcement',
      start: () => spawnLink(async () => announce(`http://localhost:${(await ExchangeEndpoint.serverInfo()).port}`)),
      restart: 'temporary',
    },
  ],
})
