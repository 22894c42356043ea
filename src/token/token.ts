import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { DEFAULT_MAX_AGE_SECONDS, decodeEnvelope, encodeEnvelope, type MaxAge, standingOf } from './envelope.ts'
import { keyBasesOf, type TokenContext } from './key-base.ts'
import { deriveKey, KEY_OPTIONS, type KeyOptions } from './key-generator.ts'
import { decryptBytes, KEY_BYTES as ENCRYPTION_KEY_BYTES, encryptBytes } from './message-encryptor.ts'
import { signBytes, verifyBytes } from './message-verifier.ts'
import type { Term } from './term.ts'

/** Options of `Token.sign` and `Token.encrypt`. */
export interface SignOptions extends KeyOptions {
  /** How long the token is good, unless who verifies it says otherwise. Seconds, with fractions. Default 86400, a day. */
  readonly maxAgeSeconds?: MaxAge
  /** When it was signed. Seconds since 1970, with fractions. Default: now. */
  readonly signedAtSeconds?: number
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** Options of `Token.verify` and `Token.decrypt`. */
export interface VerifyOptions extends KeyOptions {
  /** How old the token may be. Seconds, with fractions. Default: what the token says. */
  readonly maxAgeSeconds?: MaxAge
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * What a token turned out to be.
 *
 * `missing`: there is none. `expired`: it was good once. `invalid`: anything else; why is not said, because the answer may go
 * back to whoever made it up.
 */
export type TokenResult =
  | { readonly type: 'ok'; readonly data: Term }
  | { readonly type: 'error'; readonly reason: 'missing' | 'invalid' | 'expired' }

const SIGN_OPTIONS: readonly string[] = [
  ...KEY_OPTIONS,
  'maxAgeSeconds',
  'signedAtSeconds',
  'now',
] satisfies (keyof SignOptions)[]
const VERIFY_OPTIONS: readonly string[] = [...KEY_OPTIONS, 'maxAgeSeconds', 'now'] satisfies (keyof VerifyOptions)[]

/** Longer than any token of a term that would be read. */
const LONGEST_TOKEN = 2 ** 21

function sign(context: TokenContext, salt: string, data: Term, options: SignOptions = {}): string {
  const bytes = envelopeOf('Token.sign', data, options)
  const [keyBase] = keyBasesOf('Token.sign', context)
  return signBytes(deriveKey('Token.sign', keyBase, salt, options), bytes)
}

function verify(context: TokenContext, salt: string, token: unknown, options: VerifyOptions = {}): TokenResult {
  return open({ where: 'Token.verify', context, salt, options }, token, verifyBytes)
}

function encrypt(context: TokenContext, salt: string, data: Term, options: SignOptions = {}): string {
  checkEncryptionKey('Token.encrypt', options)
  const bytes = envelopeOf('Token.encrypt', data, options)
  const [keyBase] = keyBasesOf('Token.encrypt', context)
  return encryptBytes(deriveKey('Token.encrypt', keyBase, salt, options), bytes)
}

function decrypt(context: TokenContext, salt: string, token: unknown, options: VerifyOptions = {}): TokenResult {
  checkEncryptionKey('Token.decrypt', options)
  return open({ where: 'Token.decrypt', context, salt, options }, token, decryptBytes)
}

function envelopeOf(where: string, data: Term, options: SignOptions): Buffer {
  checkKeys(where, options, SIGN_OPTIONS)
  const { maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS, signedAtSeconds, now = Date.now } = options
  checkMaxAge(`${where}: maxAgeSeconds`, maxAgeSeconds)
  if (signedAtSeconds !== undefined) checkSeconds(`${where}: signedAtSeconds`, 'seconds since 1970', signedAtSeconds)
  const signedAtMs = Math.trunc(signedAtSeconds === undefined ? now() : signedAtSeconds * 1000)
  return encodeEnvelope({ data, signedAtMs, maxAgeSeconds }, `${where}: data`)
}

interface Opening {
  readonly where: string
  readonly context: TokenContext
  readonly salt: string
  readonly options: VerifyOptions
}

type OpenBytes = (key: Uint8Array, token: string) => Uint8Array | undefined

// The mistakes of a program (context, salt, options) throw whatever the token: not only when one comes that is worth a look.
function open({ where, context, salt, options }: Opening, token: unknown, openBytes: OpenBytes): TokenResult {
  checkKeys(where, options, VERIFY_OPTIONS)
  if (options.maxAgeSeconds !== undefined) checkMaxAge(`${where}: maxAgeSeconds`, options.maxAgeSeconds)
  const keys = keyBasesOf(where, context).map((keyBase) => deriveKey(where, keyBase, salt, options))
  if (token === undefined || token === null) return MISSING
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN) return INVALID
  for (const key of keys) {
    const bytes = openBytes(key, token)
    if (bytes !== undefined) return judge(bytes, options)
  }
  return INVALID
}

const MISSING = { type: 'error', reason: 'missing' } as const
const INVALID = { type: 'error', reason: 'invalid' } as const

/** @param bytes - authentic: only now are they read. */
function judge(bytes: Uint8Array, { maxAgeSeconds, now = Date.now }: VerifyOptions): TokenResult {
  const envelope = decodeEnvelope(bytes)
  if (envelope === undefined) return INVALID
  const standing = standingOf(envelope.signedAtMs, maxAgeSeconds ?? envelope.maxAgeSeconds, now())
  return standing === 'ok' ? { type: 'ok', data: envelope.data } : { type: 'error', reason: standing }
}

// ── Checks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function checkMaxAge(where: string, maxAge: unknown): void {
  if (maxAge !== 'infinity') checkSeconds(where, "seconds | 'infinity'", maxAge)
}

/** As milliseconds, too, it must be a number that is exact. */
function checkSeconds(where: string, expected: string, seconds: unknown): void {
  if (typeof seconds === 'number' && Number.isSafeInteger(Math.trunc(seconds * 1000))) return
  throw new BadArgumentError(where, expected, seconds)
}

function checkEncryptionKey(where: string, { keyLength = ENCRYPTION_KEY_BYTES }: KeyOptions): void {
  if (keyLength === ENCRYPTION_KEY_BYTES) return
  throw new BadArgumentError(`${where}: keyLength`, `${ENCRYPTION_KEY_BYTES}, the only one for encryption`, keyLength)
}

/**
 * Signed and encrypted values for sockets, links and APIs, as `plug_crypto` writes and reads them.
 *
 * A signed token can be read by whoever has it, and changed by nobody without the secret; an encrypted one cannot be read
 * either. Both are good for a limited time only. Put an id in it, not a record: what is out cannot be called back.
 *
 * ```ts
 * import { Token } from 'beamish/endpoint'
 *
 * const secretKeyBase = 'for the example only: never write it down like this'
 * const token = Token.sign(secretKeyBase, 'user socket', 42)
 * const user = Token.verify(secretKeyBase, 'user socket', token, { maxAgeSeconds: 86_400 })
 * if (user.type === 'ok') console.log(user.data) // 42
 * ```
 *
 * The first argument is an endpoint, a request or a socket of it, or the secret key base itself: a string of at least 20
 * random bytes, or a list of them. The first of a list signs, all verify: a new secret goes in front, the old one stays until
 * its tokens have expired. The second, the salt, says what the token is for: one for another purpose is `invalid`.
 *
 * *When not to use it*: for sessions that must end at once (keep them in a table, and put their key in the token).
 * Semantics: Phoenix.Token. Differs: values are those of {@link Term}, without tuples; `compressed` and `local`, which do
 * nothing in Phoenix, are unknown options.
 */
export const Token = {
  /**
   * Signs data.
   * @param data - strings, finite numbers, bigints, booleans, null, bytes, arrays and plain objects of them.
   * @returns text that is safe in URLs, headers and HTML.
   * @throws {NoSecretKeyBaseError} `BEAMISH_NO_SECRET_KEY_BASE` when the endpoint has none.
   * @throws {BadArgumentError} for other data, a key base that is short, or wrong options.
   * Semantics: Phoenix.Token.sign/4.
   */
  sign,
  /**
   * Gives back what was signed, if the token is authentic and not too old.
   * @param token - what came from outside: any value; only a string can be right.
   * @returns `ok` with the data · `error` with `missing` for `null` and `undefined`, `expired` when it is older than
   * `maxAgeSeconds` or that is not above 0, else `invalid`: no token, altered, of another secret or salt, encrypted, or
   * signed in the future. `'infinity'` checks no time at all.
   * @throws as {@link sign}, whatever the token. Semantics: Phoenix.Token.verify/4. Differs: authentic data that is no token
   * is `invalid`, where Phoenix raises.
   */
  verify,
  /**
   * Encrypts data: as {@link sign}, but nobody without the secret can read it.
   * @throws as {@link sign}; `keyLength` can only be 32. Semantics: Phoenix.Token.encrypt/4.
   */
  encrypt,
  /** Gives back what was encrypted: as {@link verify}. Semantics: Phoenix.Token.decrypt/4. */
  decrypt,
} as const
