/** Bytes as base64 with the alphabet for URLs, unpadded. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * Reads unpadded base64url.
 * @returns `undefined` for any spelling that {@link toBase64Url} does not write: Node's decoder alone would skip what it does
 * not know and ignore the spare bits of the last character, so that one message would have many spellings.
 */
export function fromBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
