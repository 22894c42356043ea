import { BadArgumentError } from '../core/errors.ts'
import { isLocalPath } from './local-path.ts'

// Where links and commands may lead. Semantics: Phoenix.LiveView.Utils.valid_destination!, valid_live_navigation_destination!.

/** A URL, or a scheme that is not on the list and the rest: `['javascript', 'print()']`. */
export type Href = string | readonly [scheme: string, rest: string]

/** Schemes that lead outside without running anything. Source: Phoenix.LiveView.redirect/2, from Phoenix.HTML. */
const SCHEMES = new Set(
  'http https ftp ftps mailto news irc gopher nntp feed telnet mms rtsp svn tel fax xmpp'.split(' '),
)

/** What stands before the first colon of a URL, as long as no path, query or fragment has begun; in small letters. */
function schemeOf(url: string): string | undefined {
  return /^([^:/?#]*):/.exec(url)?.[1]?.toLowerCase()
}

/**
 * The text of a URL that a browser may be sent to.
 * @throws {BadArgumentError} for a scheme that is not on the list, blanks and the like included, unless it is given by itself.
 */
export function hrefText(where: string, href: unknown): string {
  if (Array.isArray(href) && href.length === 2 && href.every((part) => typeof part === 'string')) return href.join(':')
  const scheme = typeof href === 'string' ? schemeOf(href) : ''
  if (scheme === undefined || SCHEMES.has(scheme)) return href as string // just seen
  const expected = `a URL without a scheme, or with one of ${[...SCHEMES].join(', ')}`
  throw new BadArgumentError(where, expected, href, "To mean another scheme: ['scheme', 'rest'].")
}

/** As {@link hrefText}, for a URL that must have a scheme. */
export function externalText(where: string, url: unknown): string {
  const hasScheme = typeof url !== 'string' || SCHEMES.has(schemeOf(url) ?? '')
  if (hasScheme) return hrefText(where, url)
  throw new BadArgumentError(where, `a URL whose scheme is one of ${[...SCHEMES].join(', ')}`, url)
}

/** Whether a live view may lie there: a path of this site, or an http(s) URL. */
export function isLiveAddress(to: unknown): to is string {
  return typeof to === 'string' && (isLocalPath(to) || /^https?:\/\//i.test(to))
}
