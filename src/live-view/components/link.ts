import { BadArgumentError } from '../../core/errors.ts'
import { type Href, hrefText, isLiveAddress } from '../destination.ts'
import { html, type Rendered } from '../template/html.ts'
import { csrfToken, type PageValue } from '../template/page-value.ts'
import { attrs } from '../template/values.ts'
import { type AttributeValue, fill, type Slot } from './slot.ts'

/** Where a link leads, by one of `navigate`, `patch` and `href`, and further attributes of its element. */
export interface LinkAttributes {
  /** To another live view of the same live session, without loading the page. */
  readonly navigate?: string | undefined
  /** To another address of the same live view: its `handleParams` runs. */
  readonly patch?: string | undefined
  /** To anything, by loading it. `null`, or none of the three: nowhere, `#`. */
  readonly href?: Href | null | undefined
  /** For `navigate` and `patch`: whether the present entry of the browser's history is replaced. Default false. */
  readonly replace?: boolean | undefined
  /** For `href`: what the request is made with. Others than `get` need the script of the npm package `phoenix_html`. */
  readonly method?: string | undefined
  /** For such a method: the page's token (true, the default), another one, or none (false). */
  readonly csrfToken?: boolean | string | undefined
  readonly [attribute: string]: AttributeValue
}

/**
 * A link: `${link({ navigate: '/rooms', class: 'button' }, 'Rooms')}`.
 *
 * ```ts
 * import { html, link } from 'beamish/live-view'
 *
 * export const menu = (id: number) => html`<nav>
 *   ${link({ navigate: '/rooms' }, 'All rooms')}
 *   ${link({ patch: `/rooms/${id}?tab=people`, replace: true }, html`<b>People</b>`)}
 *   ${link({ href: `/rooms/${id}`, method: 'delete', 'data-confirm': 'Really?' }, 'Delete')}
 * </nav>`
 * ```
 * @param content - what stands in it; a function is called.
 * @throws {BadArgumentError} for two destinations, for an address that no live view can have (`navigate`, `patch`), and for a
 * scheme that is not on the list (`href`), such as `javascript:`; give that as `['javascript', 'print()']`.
 * Semantics: Phoenix.Component.link/1. Differs: a method other than `get` is for `href` alone.
 */
export function link(attributes: LinkAttributes, content?: Slot): Rendered {
  const { navigate, patch, href, replace, method = 'get', csrfToken: token = true, ...rest } = attributes
  const given = { navigate, patch, href }
  const isPlain = href !== undefined && href !== null
  if ([navigate, patch].filter((to) => to !== undefined).length + Number(isPlain) > 1)
    throw new BadArgumentError('link', 'one of navigate, patch and href', given)
  const isGet = typeof method === 'string' && method.toLowerCase() === 'get'
  if (!isGet && !isPlain) throw new BadArgumentError('link: method', 'href beside it', given)
  const state = replace ? 'replace' : 'push'
  const inside = fill(content, undefined)
  if (navigate !== undefined)
    return html`<a href=${liveAddress('navigate', navigate)} data-phx-link="redirect" data-phx-link-state=${state} ${attrs(rest)}>${inside}</a>`
  if (patch !== undefined)
    return html`<a href=${liveAddress('patch', patch)} data-phx-link="patch" data-phx-link-state=${state} ${attrs(rest)}>${inside}</a>`
  const to = isPlain ? hrefText('link: href', href) : '#'
  if (isGet) return html`<a href=${to} ${attrs(rest)}>${inside}</a>`
  const csrf = tokenOf('link', token)
  return html`<a href=${to} data-method=${method} data-csrf=${csrf} data-to=${to} ${attrs(rest)}>${inside}</a>`
}

/** The browser completes what stands in a link: a query or a fragment alone is of this address. */
function liveAddress(kind: 'navigate' | 'patch', to: unknown): string {
  if (isLiveAddress(to) || (typeof to === 'string' && /^[?#]/.test(to))) return to
  throw new BadArgumentError(`link: ${kind}`, "a path ('/rooms/1'), a query or an http(s) URL", to, 'Elsewhere: href.')
}

/** What is to be sent as the CSRF token. @throws {BadArgumentError} */
export function tokenOf(where: string, token: boolean | string): PageValue | string | null {
  if (typeof token === 'boolean') return token ? csrfToken : null
  if (typeof token === 'string') return token
  throw new BadArgumentError(`${where}: csrfToken`, 'true, false, or a token', token)
}
