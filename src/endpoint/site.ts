import type { HttpReply } from '../http/message.ts'
import { hostOf } from '../http/route-host.ts'
import type { RouterModule } from '../http/router.ts'
import { StaticFiles } from '../http/static-files.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { IncomingRequest } from './adapter.ts'
import { healthReply, healthSettings, type Readiness } from './health.ts'
import type { EndpointSettings } from './options.ts'
import { replyOf, webRequestOf } from './web-request.ts'

/** What the listener lends to those who answer. */
export interface SiteHost {
  readonly runtime: Runtime
  readonly readiness: () => Readiness
}

/** Answers a request that asks for no WebSocket. `undefined`: there is nothing under its path. */
export type Site = (request: IncomingRequest, host: SiteHost) => Promise<HttpReply | undefined>

/** What answers plain requests: first who asks for the health, then files, then routes. */
export function siteOf(settings: EndpointSettings): Site {
  const health = healthSettings('Endpoint: health', settings.health)
  const files = new StaticFiles('Endpoint: static', settings.static)
  const { router } = settings
  return async (request, host) => {
    const known = health === undefined ? undefined : await healthReply(health, request, host.readiness)
    const found = known ?? (await files.reply(request))
    return found ?? (router === undefined ? undefined : routed(router, settings, request, host))
  }
}

/** Each request is a process: its handler may wait, link, monitor and be found by `self()`. */
async function routed(
  router: RouterModule,
  { name: endpoint, secretKeyBase, debugErrors, maxBodyBytes }: EndpointSettings,
  request: IncomingRequest,
  { runtime }: SiteHost,
): Promise<HttpReply | undefined> {
  const { method, path, headers, remoteAddress, isSecure } = request
  // Where somebody else listens too, our page for what we do not have would hide theirs.
  const isTheirs =
    request.pass !== undefined && router.lookup(method, path, hostOf(headers['host'])).type === 'notFound'
  if (isTheirs) return undefined
  const asked = webRequestOf(request, maxBodyBytes)
  if (!(asked instanceof Request)) return asked
  const facts = { endpoint, remoteAddress, isSecure, secretKeyBase, debugErrors }
  return runtime.run(async () => replyOf(await router.handle(asked, facts)))
}
