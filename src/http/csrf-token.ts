import { randomBytes, timingSafeEqual } from 'node:crypto'
import { CSRF_TOKEN_KEY, type SessionData } from './session-data.ts'

/** 18 bytes are 24 characters, without padding. */
const TOKEN_BYTES = 18
const TOKEN = /^[\w-]{24}$/
/** The token of the session, masked (24 bytes as 32 characters), and the mask. */
const MASKED_TOKEN = /^([\w-]{32})([\w-]{24})$/

/** A token for a session. */
export function makeCsrfToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Whether a value of a session is a token of {@link makeCsrfToken}. */
export function isCsrfToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}

/**
 * The token of a session in a form that is different each time, so that what pages have in common tells nobody the token, not
 * even by how well they compress.
 * Semantics: Plug.CSRFProtection.get_csrf_token/0, and the same bytes.
 */
export function maskCsrfToken(token: string): string {
  const mask = makeCsrfToken()
  return xor(bytesOf(token), bytesOf(mask)).toString('base64url') + mask
}

/**
 * Tells whether what a client sent is a CSRF token of its session. Compares in constant time.
 * @param session - its values; `undefined`: none.
 * @param token - what came: a form's `_csrf_token`, a header, a socket's param.
 * @param csrfTokenKey - where the session keeps it. Default `'_csrf_token'`.
 * Semantics: Plug.CSRFProtection.valid_state_and_csrf_token?/2.
 */
export function isValidCsrfToken(
  session: SessionData | undefined,
  token: unknown,
  csrfTokenKey: string = CSRF_TOKEN_KEY,
): boolean {
  const kept = session !== undefined && Object.hasOwn(session, csrfTokenKey) ? session[csrfTokenKey] : undefined
  const [, masked, mask] = (typeof token === 'string' ? MASKED_TOKEN.exec(token) : null) ?? []
  if (!isCsrfToken(kept) || masked === undefined || mask === undefined) return false
  return timingSafeEqual(xor(bytesOf(kept), Buffer.from(masked, 'base64url')), bytesOf(mask))
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)))
}
