import { BadArgumentError, BeamishError } from '../core/errors.ts'

/** The secret of an endpoint: a random string, or a list of them of which the first signs and all verify. */
export type KeyBase = string | readonly string[]

/** Whatever knows the secret of its endpoint: an endpoint, a request or a socket of it. */
export interface HasSecretKeyBase {
  readonly secretKeyBase: KeyBase | undefined | (() => KeyBase | undefined)
}

/** What a key is made from: a key base itself, or somebody who has one. */
export type TokenContext = KeyBase | HasSecretKeyBase

/** Phoenix's limit: some entropy at least. An endpoint's should have 64 random bytes. */
const LEAST_BYTES = 20

const REMEDY = "Make one with crypto.randomBytes(48).toString('base64url') and keep it out of the source."

/** An endpoint without a secret. `code` is `BEAMISH_NO_SECRET_KEY_BASE`. */
export class NoSecretKeyBaseError extends BeamishError {
  constructor(where: string) {
    super(
      'BEAMISH_NO_SECRET_KEY_BASE',
      `${where} needs a secret, and this endpoint has none. Write secretKeyBase in Endpoint.define. ${REMEDY}`,
    )
    this.name = 'NoSecretKeyBaseError'
  }
}

/**
 * The key bases of a context: the first signs, all verify.
 * @param where - begins the error's message: `'Token.sign'`. No message shows a secret.
 * @param leastBytes - what each must have. Default 20.
 * @returns at least one.
 * @throws {NoSecretKeyBaseError} `BEAMISH_NO_SECRET_KEY_BASE` when the context should have one and has none.
 * @throws {BadArgumentError} for anything else, a short key base among them.
 */
export function keyBasesOf(where: string, context: TokenContext, leastBytes: number = LEAST_BYTES): KeyBases {
  const keyBase = isHolder(context) ? heldKeyBase(where, context) : context
  const [first, ...others]: readonly unknown[] = Array.isArray(keyBase) ? keyBase : [keyBase]
  return [checked(where, first, leastBytes), ...others.map((other) => checked(where, other, leastBytes))]
}

/** The one that signs, then those that only verify. */
export type KeyBases = readonly [string, ...string[]]

function isHolder(context: unknown): context is HasSecretKeyBase {
  const isObject = (typeof context === 'object' && context !== null) || typeof context === 'function'
  return isObject && !Array.isArray(context) && 'secretKeyBase' in context
}

function heldKeyBase(where: string, holder: HasSecretKeyBase): KeyBase {
  const keyBase = typeof holder.secretKeyBase === 'function' ? holder.secretKeyBase() : holder.secretKeyBase
  if (keyBase === undefined || keyBase === null) throw new NoSecretKeyBaseError(where)
  return keyBase
}

function checked(where: string, keyBase: unknown, leastBytes: number): string {
  if (typeof keyBase !== 'string') throw new BadArgumentError(`${where}: context`, EXPECTED, typeof keyBase)
  const bytes = Buffer.byteLength(keyBase)
  if (bytes >= leastBytes) return keyBase
  throw new BadArgumentError(`${where}: secret key base`, `at least ${leastBytes} random bytes`, bytes, REMEDY)
}

const EXPECTED = 'an endpoint, a request, a socket, a secret key base, or a list of them that is not empty'
