import { isUtf8 } from 'node:buffer'
import { InvalidMessageError } from './errors.ts'

const SHORT_TEXT = 12

/**
 * Reads `bytes[start, end)` as a string.
 * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE` when it is not UTF-8. A byte order mark is kept: it is text.
 */
export function readUtf8(bytes: Buffer, start: number, end: number): string {
  return end - start <= SHORT_TEXT ? readShort(bytes, start, end) : readLong(bytes, start, end)
}

// Refs, events and keys are short and ASCII: for them a loop is faster than the way into Node's decoder and back.
function readShort(bytes: Buffer, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number // sound: the caller has checked the bounds
    if (byte >= 0x80) return readLong(bytes, start, end)
    text += String.fromCharCode(byte)
  }
  return text
}

function readLong(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  // Node writes U+FFFD for every invalid sequence, so text without one was valid. Text with one is looked at again,
  // because the client may have sent a U+FFFD of its own.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    throw new InvalidMessageError('text in UTF-8', `${end - start} bytes that are not`)
  }
  return text
}

/** Looks at a frame as a `Buffer`, without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Copies the end of a frame into a plain `Uint8Array` with memory of its own. */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end))
}
