import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from '../http/conn.ts'
import type { LivePlace } from '../http/live-place.ts'
import type { Page } from '../http/plug.ts'
import { parseQuery } from '../http/query.ts'
import type { Params } from '../socket/transport.ts'
import { renderRoute } from './dead-render.ts'
import type { Container } from './layout.ts'
import { type LiveSession, liveSessionOf } from './live-session.ts'
import { checkContainer } from './live-view.ts'
import type { Site } from './site.ts'
import type { AnyView } from './view-registry.ts'

const OPTIONS: readonly string[] = ['container', 'metadata']

/** A live view at an address: what a router has in the place of a handler. */
export class LiveRoute implements Page {
  readonly view: AnyView
  readonly action: string | null
  readonly session: LiveSession
  readonly container: Container | undefined
  /** For whoever looks at the route. */
  readonly metadata: Readonly<Record<string, unknown>>

  /** @throws {BadArgumentError} for an unknown option or one of the wrong kind. */
  constructor(view: AnyView, { where, action, options, group }: LivePlace) {
    for (const key of Object.keys(options)) {
      if (!OPTIONS.includes(key)) throw new BadArgumentError(where, `the options ${OPTIONS.join(', ')}, pipe`, key)
    }
    const { container, metadata = {} } = options
    checkContainer(`${where}: container`, container)
    if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
      throw new BadArgumentError(`${where}: metadata`, 'an object', metadata)
    this.view = view
    this.action = action
    this.session = liveSessionOf(group)
    this.container = container
    this.metadata = metadata
  }

  handle(request: Request, conn: Conn): Promise<Response> {
    return renderRoute(this, request, conn)
  }
}

/** A live route that an address leads to. */
export interface FoundRoute {
  readonly route: LiveRoute
  /** Of path and query; the path wins. */
  readonly params: Params
  /** The whole address, without its fragment. */
  readonly uri: string
}

/** Where an address leads: to a live view, elsewhere, or nowhere. */
export type Destination = { readonly type: 'live'; readonly found: FoundRoute } | { readonly type: 'other' | 'none' }

/**
 * Finds out where an address leads.
 * @param url - a whole URL, or a path with its query.
 * @param origin - of the page: what a path belongs to.
 */
export function destinationOf({ router }: Site, url: string, origin: string): Destination {
  const address = URL.canParse(url, origin) ? new URL(url, origin) : undefined
  if (address === undefined || router === undefined) return { type: 'none' }
  const lookup = router.lookup('GET', address.pathname, address.hostname)
  if (lookup.type !== 'found') return { type: 'none' }
  const query = parseQuery(address.search.slice(1))
  const { target } = lookup.route
  if (!(target instanceof LiveRoute) || query === undefined) return { type: 'other' }
  address.hash = ''
  return { type: 'live', found: { route: target, params: { ...query, ...lookup.params }, uri: address.href } }
}
