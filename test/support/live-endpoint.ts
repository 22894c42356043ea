import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Test } from 'tap'
import {
  csrf,
  type EndpointOptions,
  flash,
  Router,
  type RouteScope,
  type SessionOptions,
  secureHeaders,
  session,
} from '../../src/endpoint/index.ts'
import {
  csrfMetaTag,
  html,
  LiveSocket,
  liveFlash,
  liveTitle,
  type RootLayout,
  rootLayout,
} from '../../src/live-view/index.ts'
import { startEndpoint, type TestEndpoint } from './endpoint.ts'

export const SESSION: SessionOptions = { key: '_live', signingSalt: 'salt of the tests' }
export const SECRET = 'a secret of the tests, which is long enough for the cookies of sessions, and for tokens'

/** A document with the client's script. */
const Document: RootLayout = ({ pageTitle, innerContent, conn }) =>
  html`<!doctype html>
<html lang="en"><head>${liveTitle({ suffix: ' · Test', default: 'none' }, pageTitle)}${csrfMetaTag(conn)}
<script defer src="/assets/live.js"></script></head><body>${innerContent}</body></html>`

/** An endpoint with these routes behind all that live views need. @param buildOutside - routes behind nothing. */
export function startLive(
  build: (route: RouteScope) => void,
  options: EndpointOptions = {},
  buildOutside: (route: RouteScope) => void = () => {},
): Promise<TestEndpoint> {
  const plugs = [session(SESSION), flash(), liveFlash(), csrf(), secureHeaders(), rootLayout(Document)]
  const router = Router.define((route) => {
    buildOutside(route)
    route.scope('/', { pipe: plugs }, build)
  })
  return startEndpoint({
    router,
    secretKeyBase: SECRET,
    sockets: { '/live': { socket: LiveSocket, connectInfo: { session: SESSION }, longpoll: true } },
    ...options,
  })
}

/**
 * The official client as a page has it, in a folder that goes when the test ends. `hooks`: source of an object. Where the page says
 * `window.isToPoll` before, it polls.
 */
export async function clientAssets(t: Test, hooks = '{}'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'beamish-live-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const entry = join(folder, 'entry.js')
  const here = new URL('../../../', import.meta.url).pathname
  await writeFile(
    entry,
    `import { LongPoll, Socket } from '${here}node_modules/phoenix'
     import { LiveSocket } from '${here}node_modules/phoenix_live_view'
     const csrfToken = document.querySelector('meta[name="csrf-token"]').getAttribute('content')
     const options = { params: { _csrf_token: csrfToken }, hooks: ${hooks}, reconnectAfterMs: () => 50, rejoinAfterMs: () => 50 }
     if (window.isToPoll) options.transport = LongPoll
     window.liveSocket = new LiveSocket('/live', Socket, options)
     window.liveSocket.disableDebug()
     window.liveSocket.connect()`,
  )
  await build({ entryPoints: [entry], outfile: join(folder, 'live.js'), bundle: true, logLevel: 'error' })
  return folder
}
