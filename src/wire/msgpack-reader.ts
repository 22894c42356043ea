import { InvalidMessageError } from './errors.ts'
import { isUnsafeKey, MAX_NESTING, nestingError, unsafeKeyError } from './json-text.ts'
import { asBuffer, copyBytes, readUtf8 } from './utf8.ts'

/**
 * Reads one MessagePack value that came from a client, and nothing after it.
 *
 * Takes nil, booleans, numbers, strings in UTF-8, bin, arrays and maps with string keys: what JSON has, and bytes. All
 * else is refused: extensions (timestamps too), other keys, `c1`, keys that could become a prototype, more than
 * {@link MAX_NESTING} nested containers, lengths past the end, bytes after the end. Integers beyond 2^53 lose precision,
 * as in `JSON.parse`. Bin is copied.
 * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE`
 *
 * Why not msgpackr's reader: with any options it also takes record definitions, Set, RegExp and Error extensions, `c1`
 * and invalid UTF-8, renames a key `__proto__`, and without its native part drops a leading U+FEFF of longer strings. A
 * check before it has to walk the whole format as well, so one strict pass is shorter than a check and a reader.
 * Semantics: the MessagePack specification; channels.md §6.3.
 */
export function readMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes)
  const value = reader.value(MAX_NESTING)
  if (reader.at !== bytes.length) throw malformed('nothing after the message', `${bytes.length - reader.at} bytes more`)
  return value
}

// A class because the position moves through mutually recursive functions; one is made per frame.
class Reader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = asBuffer(bytes)
  }

  value(levelsLeft: number): unknown {
    const tag = this.#uint(1)
    if (tag < 0x80) return tag
    if (tag < 0x90) return this.#map(tag & 0x0f, levelsLeft)
    if (tag < 0xa0) return this.#array(tag & 0x0f, levelsLeft)
    if (tag < 0xc0) return this.#string(tag & 0x1f)
    if (tag >= 0xe0) return tag - 0x100
    switch (tag) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.#bin(this.#uint(1))
      case 0xc5:
        return this.#bin(this.#uint(2))
      case 0xc6:
        return this.#bin(this.#uint(4))
      case 0xca:
        return this.#bytes.readFloatBE(this.#take(4))
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#take(8))
      case 0xcc:
        return this.#uint(1)
      case 0xcd:
        return this.#uint(2)
      case 0xce:
        return this.#uint(4)
      case 0xcf:
        // Two exact halves and one rounding: the nearest number there is.
        return this.#uint(4) * 0x1_0000_0000 + this.#uint(4)
      case 0xd0:
        return this.#bytes.readInt8(this.#take(1))
      case 0xd1:
        return this.#bytes.readInt16BE(this.#take(2))
      case 0xd2:
        return this.#bytes.readInt32BE(this.#take(4))
      case 0xd3:
        return this.#bytes.readInt32BE(this.#take(4)) * 0x1_0000_0000 + this.#uint(4)
      case 0xd9:
        return this.#string(this.#uint(1))
      case 0xda:
        return this.#string(this.#uint(2))
      case 0xdb:
        return this.#string(this.#uint(4))
      case 0xdc:
        return this.#array(this.#uint(2), levelsLeft)
      case 0xdd:
        return this.#array(this.#uint(4), levelsLeft)
      case 0xde:
        return this.#map(this.#uint(2), levelsLeft)
      case 0xdf:
        return this.#map(this.#uint(4), levelsLeft)
      default:
        throw malformed('nil, a boolean, a number, a string, bin, an array or a map', tagName(tag))
    }
  }

  #array(length: number, levelsLeft: number): unknown[] {
    this.#enter(length, levelsLeft)
    const array: unknown[] = []
    for (let index = 0; index < length; index++) array.push(this.value(levelsLeft - 1))
    return array
  }

  #map(length: number, levelsLeft: number): Record<string, unknown> {
    this.#enter(length * 2, levelsLeft)
    const map: Record<string, unknown> = {}
    for (let index = 0; index < length; index++) {
      const key = this.#key()
      const value = this.value(levelsLeft - 1)
      if (isUnsafeKey(key, value)) throw unsafeKeyError(key)
      map[key] = value
    }
    return map
  }

  #key(): string {
    const tag = this.#uint(1)
    if (tag >= 0xa0 && tag < 0xc0) return this.#string(tag & 0x1f)
    if (tag === 0xd9) return this.#string(this.#uint(1))
    if (tag === 0xda) return this.#string(this.#uint(2))
    if (tag === 0xdb) return this.#string(this.#uint(4))
    throw malformed('a map whose keys are strings', tagName(tag))
  }

  // An item takes a byte at least, so a length that claims more than is there is refused before any work for it.
  #enter(items: number, levelsLeft: number): void {
    if (levelsLeft === 0) throw nestingError()
    if (items > this.#bytes.length - this.at) throw truncated()
  }

  #string(length: number): string {
    const start = this.#take(length)
    return readUtf8(this.#bytes, start, this.at)
  }

  #bin(length: number): Uint8Array {
    const start = this.#take(length)
    return copyBytes(this.#bytes, start, this.at)
  }

  #uint(size: 1 | 2 | 4): number {
    const start = this.#take(size)
    if (size === 1) return this.#bytes[start] as number // sound: #take has checked that it is there
    return size === 2 ? this.#bytes.readUInt16BE(start) : this.#bytes.readUInt32BE(start)
  }

  #take(length: number): number {
    const start = this.at
    if (length > this.#bytes.length - start) throw truncated()
    this.at = start + length
    return start
  }
}

function truncated(): InvalidMessageError {
  return malformed('a whole MessagePack value', 'a frame that ends early')
}

function malformed(expected: string, got: string): InvalidMessageError {
  return new InvalidMessageError(expected, got)
}

function tagName(tag: number): string {
  return `a value of tag 0x${tag.toString(16)}`
}
