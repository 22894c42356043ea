import { Callback } from '../behaviours/server.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from '../http/conn.ts'
import type { LiveGroup } from '../http/live-place.ts'
import type { Container, LiveLayout, RootLayout } from './layout.ts'
import { checkHooks, type OnMount, type SessionValues } from './live-view.ts'

declare module '../http/live-place.ts' {
  /** What the routes of a live session have in common. Semantics: Phoenix.LiveView.Router.live_session/3. */
  interface LiveSessionOptions {
    /** What runs before `mount` of each view, in order. */
    readonly onMount?: readonly OnMount[]
    /** What its views find in their session beside that of the request: values, or a function of the request. Signed, not secret. */
    readonly session?: SessionValues | ((request: Request, conn: Conn) => SessionValues)
    /** Markup around its views, in the place of their own; `false`: none. */
    readonly layout?: LiveLayout | false
    /** The document around its views, in the place of what a plug said. */
    readonly rootLayout?: RootLayout
  }
  interface LiveRouteOptions {
    /** The element that the view lives in, over what the view says. */
    readonly container?: Container
    /** For whoever looks at the route. */
    readonly metadata?: Readonly<Record<string, unknown>>
  }
}

const OPTIONS: readonly string[] = ['onMount', 'session', 'layout', 'rootLayout']

/** What the routes of a live session have in common, made ready. Live navigation stays inside it. */
export interface LiveSession {
  readonly name: string
  readonly onMount: readonly Callback[]
  readonly session: SessionValues | ((request: Request, conn: Conn) => SessionValues)
  readonly layout: LiveLayout | false | undefined
  readonly rootLayout: RootLayout | undefined
}

/** One for each `liveSession` of a router: its routes share it. */
const sessions = new WeakMap<LiveGroup, LiveSession>()

/** @throws {BadArgumentError} for an unknown option or one of the wrong kind. */
export function liveSessionOf(group: LiveGroup): LiveSession {
  const known = sessions.get(group)
  if (known !== undefined) return known
  const made = sessionFrom(group)
  sessions.set(group, made)
  return made
}

function sessionFrom({ name, options }: LiveGroup): LiveSession {
  const where = `route.liveSession(${JSON.stringify(name)})`
  checkKeys(where, options, OPTIONS)
  const { onMount = [], session = {}, layout, rootLayout } = options
  checkHooks(`${where}: onMount`, onMount)
  checkSession(`${where}: session`, session)
  checkLayout(`${where}: layout`, layout === false ? undefined : layout)
  checkLayout(`${where}: rootLayout`, rootLayout)
  return { name, onMount: onMount.map((hook) => new Callback(hook)), session, layout, rootLayout }
}

/** @throws {BadArgumentError} unless it is a plain object. */
export function checkSession(where: string, session: unknown): void {
  if (typeof session === 'function') return
  const isRight = typeof session === 'object' && session !== null && !Array.isArray(session)
  if (isRight && Object.getOwnPropertySymbols(session).length === 0) return
  throw new BadArgumentError(
    where,
    'an object whose keys are strings, or a function of the request that gives one',
    session,
  )
}

function checkLayout(where: string, layout: unknown): void {
  if (layout === undefined || typeof layout === 'function') return
  throw new BadArgumentError(where, 'a function of the assigns', layout)
}
