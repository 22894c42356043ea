import { createHmac, timingSafeEqual } from 'node:crypto'
import { BadArgumentError } from '../core/errors.ts'
import { fromBase64Url, toBase64Url } from './base64url.ts'
import type { KeyDigest } from './key-generator.ts'

/** `HS256`, `HS384` and `HS512` as base64url. */
const HEADERS = { sha256: 'SFMyNTY', sha384: 'SFMzODQ', sha512: 'SFM1MTI' } as const satisfies Record<KeyDigest, string>

/**
 * Signs bytes: whoever has the result can read them, and nobody without the key can change them.
 * @returns `header.payload.signature` in base64url.
 * @throws {BadArgumentError} for an empty key.
 * Semantics: Plug.Crypto.MessageVerifier.sign/3.
 */
export function signBytes(key: Uint8Array, bytes: Uint8Array, digest: KeyDigest = 'sha256'): string {
  checkKey('signBytes', key)
  const signed = `${HEADERS[digest]}.${toBase64Url(bytes)}`
  return `${signed}.${toBase64Url(signatureOf(key, signed, digest))}`
}

/**
 * Gives back what was signed, after it has checked the signature, in constant time.
 * @param signed - the result of {@link signBytes} with any digest.
 * @returns `undefined` for anything else, or another key.
 * @throws {BadArgumentError} for an empty key.
 * Semantics: Plug.Crypto.MessageVerifier.verify/2. Differs: one spelling of base64url is accepted, the one that is written.
 */
export function verifyBytes(key: Uint8Array, signed: string): Buffer | undefined {
  checkKey('verifyBytes', key)
  const [header = '', payload, signature, ...more] = signed.split('.', 4)
  const digest = digestOf(header)
  if (digest === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined
  const claimed = fromBase64Url(signature)
  if (claimed === undefined) return undefined
  const expected = signatureOf(key, `${header}.${payload}`, digest)
  if (claimed.length !== expected.length || !timingSafeEqual(claimed, expected)) return undefined
  return fromBase64Url(payload)
}

function digestOf(header: string): KeyDigest | undefined {
  switch (header) {
    case HEADERS.sha256:
      return 'sha256'
    case HEADERS.sha384:
      return 'sha384'
    case HEADERS.sha512:
      return 'sha512'
    default:
      return undefined
  }
}

function signatureOf(key: Uint8Array, text: string, digest: KeyDigest): Buffer {
  return createHmac(digest, key).update(text, 'utf8').digest()
}

// An empty key would let anybody sign. The message does not show what came: it may be a secret.
function checkKey(where: string, key: Uint8Array): void {
  if (key instanceof Uint8Array && key.length > 0) return
  throw new BadArgumentError(`${where}: key`, 'bytes, at least one', typeof key)
}
