import { pbkdf2Sync } from 'node:crypto'
import { BadArgumentError, show } from '../core/errors.ts'

/** How a key is made of a key base and a salt. All sides of a token must agree on it. */
export interface KeyOptions {
  /** Rounds of PBKDF2, at least 1. Default 1000: enough for a random key base, not for a password. */
  readonly keyIterations?: number
  /** Bytes of the key, 1 to 1024. Default 32; encryption takes no other. */
  readonly keyLength?: number
  /** Default `'sha256'`. Says nothing of the signature, which is HS256. */
  readonly keyDigest?: KeyDigest
}

/** The hash inside PBKDF2. */
export type KeyDigest = 'sha256' | 'sha384' | 'sha512'

/** The names of {@link KeyOptions}. */
export const KEY_OPTIONS = ['keyIterations', 'keyLength', 'keyDigest'] satisfies (keyof KeyOptions)[]

const DIGESTS: readonly string[] = ['sha256', 'sha384', 'sha512'] satisfies KeyDigest[]
const LONGEST_KEY = 1024
/** What `pbkdf2Sync` takes. */
const MOST_ITERATIONS = 2 ** 31 - 1

/**
 * Derives a key from a key base and a salt: PBKDF2 with HMAC.
 *
 * Takes about a millisecond; the latest {@link KeyCache} results are kept, so that a salt is paid for once. The result is
 * shared and must not be written to.
 * @param where - begins the error's message: `'Token.sign'`.
 * @throws {BadArgumentError} for options of the wrong kind.
 * Semantics: Plug.Crypto.KeyGenerator.generate/3. Differs: the cache is bounded.
 */
export function deriveKey(where: string, keyBase: string, salt: string, options: KeyOptions = {}): Uint8Array {
  const { keyIterations = 1000, keyLength = 32, keyDigest = 'sha256' } = options
  checkText(`${where}: salt`, salt)
  checkCount(`${where}: keyIterations`, keyIterations, MOST_ITERATIONS)
  checkCount(`${where}: keyLength`, keyLength, LONGEST_KEY)
  checkDigest(`${where}: keyDigest`, keyDigest)
  // The lengths keep ('ab', 'c') and ('a', 'bc') apart.
  const name = `${keyDigest} ${keyIterations} ${keyLength} ${salt.length} ${salt}${keyBase}`
  return keyCache.get(name, () => pbkdf2Sync(keyBase, salt, keyIterations, keyLength, keyDigest))
}

/** Keeps the keys that were used last. */
export class KeyCache {
  readonly most: number
  private readonly keys = new Map<string, Uint8Array>()

  /** @param most - how many keys are kept. */
  constructor(most: number) {
    this.most = most
  }

  get size(): number {
    return this.keys.size
  }

  /** The key of that name; made, and kept instead of the one that was not used for longest, when it is not here. */
  get(name: string, make: () => Uint8Array): Uint8Array {
    const known = this.keys.get(name)
    if (known !== undefined) this.keys.delete(name)
    const key = known ?? make()
    this.keys.set(name, key) // last in the order of the map
    if (this.keys.size > this.most) this.forgetOldest()
    return key
  }

  private forgetOldest(): void {
    for (const oldest of this.keys.keys()) {
      this.keys.delete(oldest)
      return
    }
  }
}

/** Salts are constants of a program: a thousand is more than any has. */
export const keyCache = new KeyCache(1000)

function checkText(where: string, value: unknown): void {
  if (typeof value !== 'string') throw new BadArgumentError(where, 'a string', value)
}

function checkCount(where: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return
  throw new BadArgumentError(where, `a whole number from 1 to ${most}`, value)
}

function checkDigest(where: string, value: unknown): void {
  if (typeof value === 'string' && DIGESTS.includes(value)) return
  throw new BadArgumentError(where, DIGESTS.map(show).join(' | '), value)
}
