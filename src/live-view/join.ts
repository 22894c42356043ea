import type { Membership } from '../channel/joinable.ts'
import type { ConnectInfo, Params } from '../socket/transport.ts'
import { connectInfoIn } from './connect-info-in.ts'
import { isObject } from './is-object.ts'
import { destinationOf, type FoundRoute } from './live-route.ts'
import type { SessionValues } from './live-view.ts'
import type { Site } from './site.ts'
import type { FlashMessages } from './state.ts'
import { openFlash, openSession, openStatic, type SessionToken, type StaticToken } from './tokens.ts'
import { type AnyView, tokenNameOf, viewNamed } from './view-registry.ts'

/** A join that may go on to `mount`. */
export interface GoodJoin {
  readonly type: 'ok'
  readonly id: string
  readonly view: AnyView
  /** What the address leads to; `undefined` for a view that no route chose. */
  readonly found: FoundRoute | undefined
  /** Scheme, host and port of the page. */
  readonly origin: string
  readonly session: SessionValues
  readonly flash: FlashMessages
  /** Whether the client comes from another view: its container has to become that of this one. */
  readonly isRedirected: boolean
  /** The key of the view around it; `null` for a root. */
  readonly parent: string | null
  /** Whether it outlives the views that show it: a root, which no route led to. */
  readonly isSticky: boolean
  /** What it asks the view around it for. */
  readonly assignNew: readonly string[]
  readonly connectParams: Params
  readonly info: ConnectInfo
}

/** What becomes of a join: see liveview.md §3.4 for what the page does then. */
export type JoinVerdict = GoodJoin | { readonly type: 'refused'; readonly reason: 'stale' | 'unauthorized' }

const STALE = { type: 'refused', reason: 'stale' } as const
const UNAUTHORIZED = { type: 'refused', reason: 'unauthorized' } as const

const PREFIX = 'lv:'
/** The longest name of a host that there can be. Source: RFC 1035 §2.3.4. */
const LONGEST_HOST = 253

/** Judges a join, in the order of liveview.md §3.3. Pure, but for the age of tokens. */
export function judgeJoin({ topic, params: payload, assigns }: Membership, site: Site): JoinVerdict {
  const params = isObject(payload) ? payload : {}
  const token = openSession(site, params['session'])
  if (token === undefined || `${PREFIX}${token.id}` !== topic) return STALE
  const ofPage = staticOf(site, params['static'])
  if (ofPage === 'stale' || (ofPage !== undefined && ofPage.id !== token.id)) return STALE
  const info = connectInfoIn(assigns)
  if (info.session === null) return STALE
  const address = addressOf(params)
  const view = viewOf(token, address, site)
  if (view === 'unauthorized') return UNAUTHORIZED
  if (view === 'stale') return STALE
  const connectParams = (isObject(params['params']) ? params['params'] : {}) as Params // strings and what holds strings
  return {
    ...view,
    type: 'ok',
    id: token.id,
    origin: address.origin,
    session: { ...info.session, ...token.session },
    flash: flashOf(site, params, connectParams, ofPage),
    isRedirected: address.isRedirect,
    parent: token.parent,
    isSticky: params['sticky'] === true && token.parent === null && view.found === undefined,
    assignNew: ofPage?.assignNew ?? [],
    connectParams,
    info,
  }
}

function staticOf(site: Site, token: unknown): StaticToken | undefined | 'stale' {
  if (token === null || token === undefined || token === '') return undefined
  return openStatic(site, token) ?? 'stale'
}

interface Address {
  readonly url: string | undefined
  /** Of the page; made up where a view has no address. */
  readonly origin: string
  readonly isRedirect: boolean
}

function addressOf({ url, redirect }: Readonly<Record<string, unknown>>): Address {
  const isRedirect = typeof redirect === 'string'
  const given = isRedirect ? redirect : url
  const parsed = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined
  const isPage = parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.hostname.length <= LONGEST_HOST
  return isPage
    ? { url: parsed.href, origin: parsed.origin, isRedirect }
    : { url: undefined, origin: 'http://localhost', isRedirect }
}

type FoundView = { readonly view: AnyView; readonly found: FoundRoute | undefined }

function viewOf(token: SessionToken, address: Address, site: Site): FoundView | 'unauthorized' | 'stale' {
  if (token.liveSession === null) {
    const view = viewNamed(token.view)
    return view === undefined ? 'stale' : { view, found: undefined }
  }
  const destination = address.url === undefined ? undefined : destinationOf(site, address.url, address.origin)
  if (destination?.type !== 'live') return 'unauthorized'
  const { found } = destination
  const { view, session } = found.route
  // A live navigation may lead to any view of the live session; else it is the view that the page was made for.
  const isRight = session.name === token.liveSession && (address.isRedirect || tokenNameOf(view) === token.view)
  return isRight ? { view, found } : 'unauthorized'
}

function flashOf(
  site: Site,
  { flash, redirect }: Readonly<Record<string, unknown>>,
  connectParams: Params,
  ofPage: StaticToken | undefined,
): FlashMessages {
  if (typeof flash === 'string') return openFlash(site, flash)
  const isFirst = Number(connectParams['_mounts'] ?? 0) === 0 && redirect === undefined
  return isFirst && ofPage !== undefined ? ofPage.flash : {}
}
