import type { Term } from '../token/term.ts'
import { Token } from '../token/token.ts'
import { isObject } from './is-object.ts'
import type { SessionValues } from './live-view.ts'
import type { Site } from './site.ts'
import type { FlashMessages } from './state.ts'

// What travels through the page and comes back: signed, so that a client joins only what was rendered for it. Not encrypted:
// nothing secret belongs in here. Semantics: Phoenix.LiveView.Static; liveview.md §2.4.

/** Raised with the shape of the data, so that pages of an older deploy are told that they are stale instead of being misread. */
const VERSION = 2
/** Two weeks. Semantics: liveview.md §22. */
const MAX_AGE_SECONDS = 14 * 86_400
const SHORT_AGE_SECONDS = 60

const SALTS = {
  session: 'live view session',
  static: 'live view static',
  flash: 'live view flash',
  reload: 'live view reload',
  upload: 'live view upload',
} as const

/** What a page says about a view in it. */
export interface SessionToken {
  readonly id: string
  /** The view's name, as `tokenNameOf` gives it. */
  readonly view: string
  /** The name of the live session; `null` for a view that no route chose. */
  readonly liveSession: string | null
  /** The key of the view around it; `null` for a root. */
  readonly parent: string | null
  /** What the live session or `liveRender` adds to the session. */
  readonly session: SessionValues
}

/** What a page says about its first render. */
export interface StaticToken {
  readonly id: string
  readonly flash: FlashMessages
  /** What was asked for with `assignNew`: a child asks its parent for these when it is connected. */
  readonly assignNew: readonly string[]
}

/** What a page must be loaded anew for: its view could not be mounted. */
export interface ReloadToken {
  readonly status: number
  /** The view's name. */
  readonly view: string
}

/** What lets a client upload one file. */
export interface UploadToken {
  /** The key of its view. */
  readonly view: string
  readonly uploadRef: string
  readonly entryRef: string
  /** The component that the upload is of; `null`: the view. */
  readonly cid: number | null
}

/** @throws {NoSecretKeyBaseError} `BEAMISH_NO_SECRET_KEY_BASE`. @throws {BadArgumentError} for a session that no token can hold. */
export function signSession(site: Site, token: SessionToken): string {
  return sign(site, 'session', token)
}

/** @throws as {@link signSession}. */
export function signStatic(site: Site, token: StaticToken): string {
  return sign(site, 'static', token)
}

/** @throws as {@link signSession}. */
export function signFlash(site: Site, flash: FlashMessages): string {
  return sign(site, 'flash', flash)
}

/** @throws as {@link signSession}. */
export function signReload(site: Site, token: ReloadToken): string {
  return sign(site, 'reload', token)
}

/** @throws as {@link signSession}. */
export function signUpload(site: Site, token: UploadToken): string {
  return sign(site, 'upload', token)
}

/** @returns `undefined` for a token that is bad, old, or of another version. */
export function openSession(site: Site, token: unknown): SessionToken | undefined {
  const data = open(site, 'session', token, MAX_AGE_SECONDS)
  if (!isObject(data) || !isObject(data['session'])) return undefined
  const { id, view, liveSession, parent, session } = data
  const isRight =
    typeof id === 'string' && typeof view === 'string' && isTextOrNull(liveSession) && isTextOrNull(parent)
  return isRight ? { id, view, liveSession, parent, session } : undefined
}

/** @returns as {@link openSession}. */
export function openStatic(site: Site, token: unknown): StaticToken | undefined {
  const data = open(site, 'static', token, MAX_AGE_SECONDS)
  if (!isObject(data)) return undefined
  const { id, flash, assignNew } = data
  const isRight = typeof id === 'string' && isObject(flash) && Array.isArray(assignNew)
  return isRight ? { id, flash, assignNew: assignNew.map(String) } : undefined
}

/** @returns the messages; none for a token that is bad or old. */
export function openFlash(site: Site, token: unknown): FlashMessages {
  const data = open(site, 'flash', token, SHORT_AGE_SECONDS)
  return isObject(data) ? data : {}
}

/** @returns as {@link openSession}. */
export function openReload(site: Site, token: unknown): ReloadToken | undefined {
  const data = open(site, 'reload', token, SHORT_AGE_SECONDS)
  if (!isObject(data) || typeof data['status'] !== 'number' || typeof data['view'] !== 'string') return undefined
  return { status: data['status'], view: data['view'] }
}

/** @returns as {@link openSession}. */
export function openUpload(site: Site, token: unknown): UploadToken | undefined {
  const data = open(site, 'upload', token, MAX_AGE_SECONDS)
  if (!isObject(data)) return undefined
  const { view, uploadRef, entryRef, cid } = data
  const isNamed = typeof view === 'string' && typeof uploadRef === 'string' && typeof entryRef === 'string'
  const isRight = isNamed && (cid === null || typeof cid === 'number')
  return isRight ? { view, uploadRef, entryRef, cid } : undefined
}

function sign(site: Site, kind: keyof typeof SALTS, data: object): string {
  // Sound as far as its values go, and Token checks those. Without a time of its own: who opens it says how old it may be.
  return Token.sign(site, SALTS[kind], [VERSION, data as Term])
}

function open(site: Site, kind: keyof typeof SALTS, token: unknown, maxAgeSeconds: number): unknown {
  const result = Token.verify(site, SALTS[kind], token, { maxAgeSeconds })
  if (result.type !== 'ok' || !Array.isArray(result.data)) return undefined
  const [version, data] = result.data
  return version === VERSION ? data : undefined
}

function isTextOrNull(value: unknown): value is string | null {
  return typeof value === 'string' || value === null
}
