import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie'
import { BadArgumentError } from '../core/errors.ts'
import { keyBasesOf, type TokenContext } from '../token/key-base.ts'
import { deriveKey, KEY_OPTIONS, type KeyOptions } from '../token/key-generator.ts'
import { decryptBytes, encryptBytes, KEY_BYTES } from '../token/message-encryptor.ts'
import { signBytes, verifyBytes } from '../token/message-verifier.ts'
import type { Term } from '../token/term.ts'
import { decodeTerm } from '../token/term-reader.ts'
import { encodeTerm } from '../token/term-writer.ts'
import { sessionTooLarge } from './errors.ts'
import { CSRF_TOKEN_KEY, type SessionData } from './session-data.ts'

/**
 * How sessions are kept in a cookie: one object for `session(…)` and for the sockets whose `connect` wants the session.
 *
 * Signed: the client can read it, and not change it. With `encryptionSalt` it cannot be read either.
 */
export interface SessionOptions extends KeyOptions {
  /** Where the values are. Default `'cookie'`, the only one. */
  readonly store?: 'cookie'
  /** The name of the cookie. */
  readonly key: string
  /** Makes the signing key different from all others; no secret. */
  readonly signingSalt: string
  /** Makes the cookie encrypted. */
  readonly encryptionSalt?: string
  /**
   * How long a session lives after it was last changed. Seconds. Default: as long as the browser runs, and for ever where it
   * never ends.
   */
  readonly maxAgeSeconds?: number
  /** When browsers send it with requests that another site started. Default `'lax'`: when a link is followed. */
  readonly sameSite?: 'strict' | 'lax' | 'none'
  /** Whether it is sent over TLS only. Default: whether the request came over TLS. */
  readonly secure?: boolean
  /** The paths that it is sent to. Default `'/'`. */
  readonly path?: string
  /** The domain, with its subdomains, that it is sent to. Default: the host alone. */
  readonly domain?: string
  /** Under which key of the session the CSRF token is kept. Default `'_csrf_token'`. */
  readonly csrfTokenKey?: string
}

const OPTIONS: readonly string[] = [
  ...KEY_OPTIONS,
  'store',
  'key',
  'signingSalt',
  'encryptionSalt',
  'maxAgeSeconds',
  'sameSite',
  'secure',
  'path',
  'domain',
  'csrfTokenKey',
] satisfies (keyof SessionOptions)[]

/** What browsers keep of one cookie at least (RFC 6265 §6.1), name and attributes included. */
const MOST_BYTES = 4096
/** What Plug asks for. */
const LEAST_KEY_BASE_BYTES = 64
/**
 * Where the cookie says when it was made, in seconds since 1970: Plug's cookies have no time, and a browser may keep one longer
 * than it was told. Not shown to the app.
 */
const ISSUED_KEY = '_issued_at'

/**
 * Reads the session of a request. Pure.
 * @param options - those of `session(…)`.
 * @param cookieHeader - the header `cookie`.
 * @param context - the secret key base, or who has one.
 * @param nowMs - milliseconds since 1970. Default: now.
 * @returns its values; `undefined` without a cookie, or when it is not ours, was altered, or is too old.
 * @throws {BadArgumentError} for options that are wrong, or a secret of less than 64 bytes.
 * @throws {BeamishError} `BEAMISH_NO_SECRET_KEY_BASE` without one.
 * Semantics: Plug.Session.COOKIE, whose cookies it reads. Differs: with `maxAgeSeconds` the age is checked here too, as far as
 * the cookie tells it: one that Phoenix wrote does not.
 */
export function readSession(
  options: SessionOptions,
  cookieHeader: string | null | undefined,
  context: TokenContext,
  nowMs: number = Date.now(),
): SessionData | undefined {
  checkSessionOptions(options)
  return new SessionCookie(options).read(cookieHeader, context, nowMs)
}

/** The cookie of one configuration, read and written. The options are checked already. */
export class SessionCookie {
  private readonly options: SessionOptions

  constructor(options: SessionOptions) {
    this.options = options
  }

  /** Whether a request brought such a cookie, good or bad. */
  isIn(cookieHeader: string | null | undefined): boolean {
    return this.valueIn(cookieHeader) !== undefined
  }

  read(cookieHeader: string | null | undefined, context: TokenContext, nowMs: number): SessionData | undefined {
    const keyBases = keyBasesOf('session', context, LEAST_KEY_BASE_BYTES)
    const value = this.valueIn(cookieHeader)
    if (value === undefined) return undefined
    for (const keyBase of keyBases) {
      const bytes = this.open(keyBase, value)
      if (bytes !== undefined) return this.valuesIn(bytes, nowMs)
    }
    return undefined
  }

  /**
   * @param isSecure - whether the request came over TLS.
   * @returns the header `set-cookie`.
   * @throws {BadArgumentError} for values that no cookie can hold.
   * @throws {BeamishError} `BEAMISH_SESSION_TOO_LARGE`.
   */
  write(data: SessionData, context: TokenContext, isSecure: boolean, nowMs: number): string {
    const { key, maxAgeSeconds } = this.options
    const issued = maxAgeSeconds === undefined ? {} : { [ISSUED_KEY]: Math.floor(nowMs / 1000) }
    const bytes = encodeTerm({ ...data, ...issued } as Term, 'session') // refuses what is no term
    const [keyBase] = keyBasesOf('session', context, LEAST_KEY_BASE_BYTES)
    const header = this.header(this.close(keyBase, bytes), isSecure, maxAgeSeconds)
    const length = Buffer.byteLength(header)
    if (length > MOST_BYTES) throw sessionTooLarge(key, length, MOST_BYTES)
    return header
  }

  /** @returns the header `set-cookie` that takes the cookie away. */
  expire(isSecure: boolean): string {
    return this.header('', isSecure, 0)
  }

  private valueIn(cookieHeader: string | null | undefined): string | undefined {
    return parseCookie(cookieHeader ?? '', { decode: asItIs })[this.options.key]
  }

  private open(keyBase: string, value: string): Uint8Array | undefined {
    const { signingSalt, encryptionSalt } = this.options
    if (encryptionSalt === undefined) return verifyBytes(this.keyOf(keyBase, signingSalt), value)
    return decryptBytes(this.keyOf(keyBase, encryptionSalt), value)
  }

  private close(keyBase: string, bytes: Uint8Array): string {
    const { signingSalt, encryptionSalt } = this.options
    if (encryptionSalt === undefined) return signBytes(this.keyOf(keyBase, signingSalt), bytes)
    return encryptBytes(this.keyOf(keyBase, encryptionSalt), bytes)
  }

  private keyOf(keyBase: string, salt: string): Uint8Array {
    return deriveKey('session', keyBase, salt, this.options)
  }

  /** @param bytes - authentic. */
  private valuesIn(bytes: Uint8Array, nowMs: number): SessionData | undefined {
    const decoded = decodeTerm(bytes)
    if (decoded.type !== 'ok' || !isMap(decoded.term)) return undefined
    const { [ISSUED_KEY]: issuedSeconds, ...data } = decoded.term
    const { maxAgeSeconds } = this.options
    if (maxAgeSeconds === undefined || typeof issuedSeconds !== 'number') return data
    return (issuedSeconds + maxAgeSeconds) * 1000 < nowMs ? undefined : data
  }

  private header(value: string, isSecure: boolean, maxAgeSeconds: number | undefined): string {
    const { key, path = '/', domain, sameSite = 'lax', secure = isSecure } = this.options
    const cookie: SetCookie = { name: key, value, path, sameSite, secure, httpOnly: true }
    if (domain !== undefined) cookie.domain = domain
    if (maxAgeSeconds !== undefined) cookie.maxAge = maxAgeSeconds
    return stringifySetCookie(cookie, { encode: asItIs })
  }
}

/** Base64 with the alphabet for URLs, and dots: needs no encoding, and Plug does none. */
function asItIs(value: string): string {
  return value
}

function isMap(term: Term): term is { readonly [key: string]: Term } {
  return typeof term === 'object' && term !== null && !Array.isArray(term) && !(term instanceof Uint8Array)
}

/** @throws {BadArgumentError} for an unknown option or one of the wrong kind. */
export function checkSessionOptions(options: SessionOptions): void {
  if (typeof options !== 'object' || options === null) throw refusal('an object of options', options)
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw refusal(`the options ${OPTIONS.join(', ')}`, name)
  }
  const { store = 'cookie', key, signingSalt, encryptionSalt = 'none', csrfTokenKey = CSRF_TOKEN_KEY } = options
  if (store !== 'cookie') throw refusal("'cookie'", store, 'store')
  if (typeof key !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(key)) throw refusal('the name of a cookie', key, 'key')
  if (!isText(signingSalt)) throw refusal('a string of your own', signingSalt, 'signingSalt')
  if (!isText(encryptionSalt)) throw refusal('a string of your own', encryptionSalt, 'encryptionSalt')
  if (!isText(csrfTokenKey)) throw refusal('a string', csrfTokenKey, 'csrfTokenKey')
  checkAttributes(options)
}

function checkAttributes(options: SessionOptions): void {
  const { maxAgeSeconds = 1, sameSite = 'lax', secure, path = '/', domain, encryptionSalt, keyLength } = options
  if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 1) {
    throw refusal('whole seconds, at least 1', maxAgeSeconds, 'maxAgeSeconds')
  }
  if (!['strict', 'lax', 'none'].includes(sameSite)) throw refusal("'strict' | 'lax' | 'none'", sameSite, 'sameSite')
  if (secure !== undefined && typeof secure !== 'boolean') throw refusal('true or false', secure, 'secure')
  if (sameSite === 'none' && secure !== true) {
    throw refusal("true with sameSite 'none': browsers refuse the cookie otherwise", secure, 'secure')
  }
  if (typeof path !== 'string' || !/^\/[\x21-\x3a\x3c-\x7e]*$/.test(path)) throw refusal('a path', path, 'path')
  if (domain !== undefined && (typeof domain !== 'string' || !/^\.?[a-z\d-]+(\.[a-z\d-]+)*$/i.test(domain))) {
    throw refusal('a domain', domain, 'domain')
  }
  if (encryptionSalt !== undefined && keyLength !== undefined && keyLength !== KEY_BYTES) {
    throw refusal(`${KEY_BYTES}, the only one for encryption`, keyLength, 'keyLength')
  }
  deriveKey('session', 'any', 'any', options) // checks its own options; the second time it only looks it up
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function refusal(expected: string, actual: unknown, option?: string): BadArgumentError {
  return new BadArgumentError(option === undefined ? 'session' : `session: ${option}`, expected, actual)
}
