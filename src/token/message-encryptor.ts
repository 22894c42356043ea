import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { BadArgumentError } from '../core/errors.ts'
import { fromBase64Url, toBase64Url } from './base64url.ts'

const PREFIX = 'XCP.'
/** The length of every key here. */
export const KEY_BYTES = 32
const IV_BYTES = 24
const TAG_BYTES = 16
/** The part of the initialisation vector that goes into the subkey; the rest is the nonce. */
const SUBKEY_IV_BYTES = 16

/** What Plug authenticates beside every message, for the sake of messages of its first version. */
const DEFAULT_AAD = 'A128GCM'

/**
 * Encrypts bytes: nobody without the key can read or change them. XChaCha20-Poly1305 with a random vector.
 * @param key - 32 bytes.
 * @param aad - authenticated with the message, not part of it; {@link decryptBytes} must be given the same.
 * @returns `XCP.` and base64url.
 * @throws {BadArgumentError} for a key of another length.
 * Semantics: Plug.Crypto.MessageEncryptor.encrypt/4, whose `sign_secret` does nothing any more.
 */
export function encryptBytes(key: Uint8Array, bytes: Uint8Array, aad: string | Uint8Array = DEFAULT_AAD): string {
  return sealBytes({ key, iv: randomBytes(IV_BYTES), aad }, bytes)
}

/** What {@link sealBytes} needs beside the message. `iv`: 24 bytes, never twice with one key. */
export interface Seal {
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly aad: string | Uint8Array
}

/** `encryptBytes` with a given vector: pure, for tests against known results. */
export function sealBytes({ key, iv, aad }: Seal, bytes: Uint8Array): string {
  checkKey('encryptBytes', key)
  const { subkey, nonce } = subkeyAndNonce(key, iv)
  const cipher = createCipheriv('chacha20-poly1305', subkey, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(toBytes(aad), { plaintextLength: bytes.length })
  const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()])
  return PREFIX + toBase64Url(Buffer.concat([iv, cipher.getAuthTag(), encrypted]))
}

/**
 * Decrypts what {@link encryptBytes} made of some bytes.
 * @returns `undefined` for anything else, another key or other `aad`.
 * @throws {BadArgumentError} for a key that is not of 32 bytes.
 * Semantics: Plug.Crypto.MessageEncryptor.decrypt/4. Differs: messages of its first version (`QTEyOEdDTQ.`) are refused, and
 * one spelling of base64url is accepted, the one that is written.
 */
export function decryptBytes(
  key: Uint8Array,
  encrypted: string,
  aad: string | Uint8Array = DEFAULT_AAD,
): Buffer | undefined {
  checkKey('decryptBytes', key)
  const bytes = encrypted.startsWith(PREFIX) ? fromBase64Url(encrypted.slice(PREFIX.length)) : undefined
  if (bytes === undefined || bytes.length < IV_BYTES + TAG_BYTES) return undefined
  const { subkey, nonce } = subkeyAndNonce(key, bytes.subarray(0, IV_BYTES))
  const decipher = createDecipheriv('chacha20-poly1305', subkey, nonce, { authTagLength: TAG_BYTES })
  const message = bytes.subarray(IV_BYTES + TAG_BYTES)
  decipher.setAAD(toBytes(aad), { plaintextLength: message.length })
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  const plain = decipher.update(message)
  try {
    return Buffer.concat([plain, decipher.final()])
  } catch {
    return undefined // the tag is wrong
  }
}

// draft-irtf-cfrg-xchacha §2.3: the first 16 bytes of the vector make a key of their own, the last 8 the nonce under it.
function subkeyAndNonce(key: Uint8Array, iv: Uint8Array): { subkey: Buffer; nonce: Buffer } {
  const nonce = Buffer.alloc(12)
  nonce.set(iv.subarray(SUBKEY_IV_BYTES, IV_BYTES), 4)
  return { subkey: hChaCha20(key, iv.subarray(0, SUBKEY_IV_BYTES)), nonce }
}

/**
 * HChaCha20 (draft-irtf-cfrg-xchacha §2.2), made of the ChaCha20 that node:crypto has.
 *
 * Of ChaCha20's state of 16 words HChaCha20 wants words 0–3 and 12–15 after the rounds. ChaCha20 adds the state of before the
 * rounds to it; there these words are the constant and the vector, both known, so they can be taken away again.
 * @param key - 32 bytes. @param iv - 16 bytes. @returns 32 bytes.
 */
export function hChaCha20(key: Uint8Array, iv: Uint8Array): Buffer {
  const block = createCipheriv('chacha20', key, iv).update(Buffer.alloc(64)) // zeros: the key stream itself
  const after = Buffer.concat([block.subarray(0, 16), block.subarray(48)])
  const before = Buffer.concat([Buffer.from('expand 32-byte k', 'latin1'), iv])
  const subkey = Buffer.alloc(KEY_BYTES)
  for (let at = 0; at < KEY_BYTES; at += 4) {
    subkey.writeUInt32LE((after.readUInt32LE(at) - before.readUInt32LE(at)) >>> 0, at)
  }
  return subkey
}

function toBytes(aad: string | Uint8Array): Uint8Array {
  return typeof aad === 'string' ? Buffer.from(aad, 'utf8') : aad
}

// The message does not show what came: it may be a secret.
function checkKey(where: string, key: Uint8Array): void {
  if (key instanceof Uint8Array && key.length === KEY_BYTES) return
  const actual = key instanceof Uint8Array ? key.length : typeof key
  throw new BadArgumentError(`${where}: key`, `${KEY_BYTES} bytes`, actual)
}
