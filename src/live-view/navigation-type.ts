import { BadArgumentError } from '../core/errors.ts'
import { ComponentSocket } from './component.ts'
import { destinationOf } from './live-route.ts'
import { isLocalPath } from './local-path.ts'
import type { LiveState } from './state.ts'
import { LiveViewSocket } from './view-socket.ts'

/** How a link leads somewhere: an option of `link` and of `JS`, and `pushPatch`, `pushNavigate` or `redirect`. */
export type NavigationType = 'patch' | 'navigate' | 'href'

/**
 * How a link of this view, or of a component in it, leads to an address: `'patch'` to the same view in the same live session,
 * `'navigate'` to another view of that, `'href'` to anything else. For links of which the view does not know where they lead:
 * `link({ [navigationType(socket, to)]: to }, …)`.
 * @param path - of this site, with its query.
 * @returns `'href'` while the page is made over HTTP, and in a view that no route leads to.
 * @throws {BadArgumentError} for what is no path of this site. Semantics: Phoenix.LiveView.navigation_type/2.
 */
// biome-ignore lint/suspicious/noExplicitAny: navigation is no matter of the assigns
export function navigationType(socket: LiveState<any>, path: string): NavigationType {
  if (typeof path !== 'string' || !isLocalPath(path))
    throw new BadArgumentError('navigationType: path', "a path of this site that begins with '/'", path)
  const view = socket instanceof ComponentSocket ? socket.view : socket
  if (!(view instanceof LiveViewSocket) || !view.connected || view.route === undefined) return 'href'
  const destination = destinationOf(view.site, path, view.origin)
  if (destination.type !== 'live' || destination.found.route.session.name !== view.route.session.name) return 'href'
  return destination.found.route.view === view.view ? 'patch' : 'navigate'
}
