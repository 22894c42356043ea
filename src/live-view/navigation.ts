import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { externalText, type Href } from './destination.ts'
import { redirected } from './errors.ts'
import { isLocalPath } from './local-path.ts'
import type { LiveState } from './state.ts'

// biome-ignore lint/suspicious/noExplicitAny: navigation is no matter of the assigns
type AnyState = LiveState<any>

/** Where a callback wants to go. */
export type Redirect =
  /** The same view at another address: the page stays, `handleParams` runs. */
  | { readonly type: 'patch'; readonly to: string; readonly kind: 'push' | 'replace' }
  /** Another view of the same live session: without loading the page. */
  | { readonly type: 'navigate'; readonly to: string; readonly kind: 'push' | 'replace' }
  /** Anything else: the page is loaded. `status`: while the page is made over HTTP. */
  | { readonly type: 'redirect'; readonly to: string; readonly status: number; readonly isExternal: boolean }

/** Options of {@link pushPatch} and {@link pushNavigate}. */
export interface GoOptions {
  /** A path of this site, with its query. */
  readonly to: string
  /** Whether the present entry of the browser's history is replaced. Default false. */
  readonly replace?: boolean
}

/** Where {@link redirect} goes. */
export type RedirectTarget =
  | { readonly to: string; readonly status?: number }
  | { readonly external: Href; readonly status?: number }

/**
 * Goes to another address of the same live view: its `handleParams` runs as soon as this callback is over, and the page stays.
 * @returns the socket.
 * @throws {BadArgumentError} unless `to` is a path of this site.
 * @throws {BeamishError} `BEAMISH_REDIRECTED` the second time in one callback. When the callback is over:
 * `BEAMISH_FOREIGN_PATCH` for an address of another view · `BEAMISH_PATCH_IN_MOUNT`.
 * Semantics: Phoenix.LiveView.push_patch/2.
 */
export function pushPatch<Socket extends AnyState>(socket: Socket, options: GoOptions): Socket {
  return goTo(socket, { type: 'patch', ...checkGo('pushPatch', options) })
}

/**
 * Goes to another live view of the same live session, or to this one anew, without loading the page; beyond the live session the
 * page is loaded. @returns the socket. @throws as {@link pushPatch}. Semantics: Phoenix.LiveView.push_navigate/2.
 */
export function pushNavigate<Socket extends AnyState>(socket: Socket, options: GoOptions): Socket {
  return goTo(socket, { type: 'navigate', ...checkGo('pushNavigate', options) })
}

/**
 * Loads another page: `{ to: '/login' }` of this site, `{ external: 'https://…' }` of any, or `{ external: [scheme, rest] }` for a
 * scheme that is not on the list. `status` counts while the page is made over HTTP; default 302.
 * @returns the socket.
 * @throws {BadArgumentError} unless `to` is a path of this site, or the scheme is on the list.
 * @throws {BeamishError} `BEAMISH_REDIRECTED` the second time in one callback. Semantics: Phoenix.LiveView.redirect/2.
 */
export function redirect<Socket extends AnyState>(socket: Socket, target: RedirectTarget): Socket {
  checkKeys('redirect', target, ['to', 'external', 'status'])
  const { status = 302 } = target
  if (!Number.isInteger(status) || status < 300 || status > 399)
    throw new BadArgumentError('redirect: status', 'a whole number from 300 to 399', status)
  const isExternal = 'external' in target
  const to = isExternal ? externalText('redirect: external', target.external) : checkPath('redirect', target.to)
  return goTo(socket, { type: 'redirect', to, status, isExternal })
}

function goTo<Socket extends AnyState>(socket: Socket, target: Redirect): Socket {
  if (socket.redirect !== undefined) throw redirected(socket.redirect.to, target.to)
  socket.redirect = target
  return socket
}

function checkGo(where: string, options: GoOptions): { to: string; kind: 'push' | 'replace' } {
  checkKeys(where, options, ['to', 'replace'])
  return { to: checkPath(where, options.to), kind: options.replace ? 'replace' : 'push' }
}

function checkPath(where: string, to: unknown): string {
  if (typeof to === 'string' && isLocalPath(to)) return to
  const remedy = where === 'redirect' ? 'Elsewhere: { external: url }.' : undefined
  throw new BadArgumentError(`${where}: to`, "a path of this site that begins with '/'", to, remedy)
}
