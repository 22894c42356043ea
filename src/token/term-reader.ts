import { isUtf8 } from 'node:buffer'
import { MAX_NESTING, MAX_TERM_BYTES, TAG, type Term, UNSAFE_KEY, VERSION } from './term.ts'

/** What {@link decodeTerm} found. `why` is for people. */
export type DecodedTerm =
  | { readonly type: 'ok'; readonly term: Term }
  | { readonly type: 'invalid'; readonly why: string }

/**
 * Reads a value in Erlang's external term format.
 *
 * Binaries in UTF-8 become strings and others bytes; the atoms `true`, `false` and `nil` become what they are in JavaScript
 * and other atoms strings; maps become objects. Everything else is invalid: functions, pids, references, tuples, compressed
 * terms, keys that are neither binaries in UTF-8 nor atoms, a key `__proto__`, two keys of one spelling, improper lists,
 * trailing bytes, more than {@link MAX_NESTING} levels or {@link MAX_TERM_BYTES} bytes. Nothing is created by name.
 * Semantics: `Plug.Crypto.non_executable_binary_to_term/2`; channels.md §11.3. Differs: stricter, as listed.
 */
export function decodeTerm(bytes: Uint8Array): DecodedTerm {
  return readTerms(bytes, (reader) => reader.value())
}

/**
 * Runs `read` on a reader that stands behind the version byte; it has to read to the end.
 * @returns `invalid` when what it read was.
 */
export function readTerms<T>(
  bytes: Uint8Array,
  read: (reader: TermReader) => T,
): { readonly type: 'ok'; readonly term: T } | { readonly type: 'invalid'; readonly why: string } {
  try {
    const reader = new TermReader(bytes)
    const term = read(reader)
    reader.end()
    return { type: 'ok', term }
  } catch (error) {
    if (error instanceof InvalidTerm) return { type: 'invalid', why: error.message }
    throw error
  }
}

/** How a reader says that it cannot go on; never leaves this room. */
export class InvalidTerm extends Error {}

/** Reads one term after the other. Its methods throw {@link InvalidTerm}. */
export class TermReader {
  private readonly bytes: Buffer
  private at = 0

  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_TERM_BYTES) throw new InvalidTerm(`more than ${MAX_TERM_BYTES} bytes`)
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.byte() !== VERSION) throw new InvalidTerm('not a term')
  }

  /** The tag of the next term. */
  peek(): number | undefined {
    return this.bytes[this.at]
  }

  /** The head of a tuple: its elements are read next. @returns how many there are. */
  tuple(): number {
    if (this.byte() !== TAG.smallTuple) throw new InvalidTerm('not a tuple')
    return this.byte()
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new InvalidTerm('trailing bytes')
  }

  value(levelsLeft: number = MAX_NESTING): Term {
    const tag = this.byte()
    switch (tag) {
      case TAG.smallInteger:
        return this.byte()
      case TAG.integer:
        return this.take(4).readInt32BE()
      case TAG.smallBig:
        return this.big()
      case TAG.float:
        return this.float()
      case TAG.binary:
        return textOrBytes(this.take(this.count()))
      case TAG.nil:
        return []
      case TAG.byteList:
        return [...this.take(this.take(2).readUInt16BE())]
      case TAG.list:
        return this.list(inside(levelsLeft))
      case TAG.map:
        return this.map(inside(levelsLeft))
      default:
        return valueOfAtom(this.atomAfter(tag))
    }
  }

  private float(): number {
    const value = this.take(8).readDoubleBE()
    if (!Number.isFinite(value)) throw new InvalidTerm('a float that is not finite')
    return value
  }

  private big(): number | bigint {
    const length = this.byte()
    const sign = this.byte()
    if (sign > 1) throw new InvalidTerm('an integer with a wrong sign')
    const magnitude = BigInt(`0x0${Buffer.from(this.take(length)).reverse().toString('hex')}`)
    const value = sign === 1 ? -magnitude : magnitude
    const small = Number(value)
    return Number.isSafeInteger(small) ? small : value
  }

  private list(levelsLeft: number): readonly Term[] {
    const items: Term[] = []
    // Nothing is allocated ahead: a count without its items runs into the end of the bytes.
    for (let left = this.count(); left > 0; left--) items.push(this.value(levelsLeft))
    if (this.byte() !== TAG.nil) throw new InvalidTerm('an improper list')
    return items
  }

  private map(levelsLeft: number): { readonly [key: string]: Term } {
    const members: Record<string, Term> = {}
    for (let left = this.count(); left > 0; left--) {
      const key = this.key()
      if (Object.hasOwn(members, key)) throw new InvalidTerm('two keys of one spelling')
      members[key] = this.value(levelsLeft)
    }
    return members
  }

  private key(): string {
    const tag = this.byte()
    const key = tag === TAG.binary ? textOrBytes(this.take(this.count())) : this.atomAfter(tag)
    if (typeof key !== 'string') throw new InvalidTerm('a key that is not text')
    if (key === UNSAFE_KEY) throw new InvalidTerm(`a key ${UNSAFE_KEY}`)
    return key
  }

  private atomAfter(tag: number): string {
    switch (tag) {
      case TAG.smallAtomUtf8:
        return utf8(this.take(this.byte()))
      case TAG.atomUtf8:
        return utf8(this.take(this.take(2).readUInt16BE()))
      case TAG.smallAtom:
        return this.take(this.byte()).toString('latin1')
      case TAG.atom:
        return this.take(this.take(2).readUInt16BE()).toString('latin1')
      default:
        throw new InvalidTerm(`a term of kind ${tag}`)
    }
  }

  private count(): number {
    return this.take(4).readUInt32BE()
  }

  private byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new InvalidTerm('the bytes end within a term')
    this.at += 1
    return byte
  }

  private take(length: number): Buffer {
    const end = this.at + length
    if (end > this.bytes.length) throw new InvalidTerm('the bytes end within a term')
    const taken = this.bytes.subarray(this.at, end)
    this.at = end
    return taken
  }
}

function inside(levelsLeft: number): number {
  if (levelsLeft === 0) throw new InvalidTerm(`more than ${MAX_NESTING} levels`)
  return levelsLeft - 1
}

function textOrBytes(bytes: Buffer): string | Uint8Array {
  return isUtf8(bytes) ? bytes.toString('utf8') : new Uint8Array(bytes)
}

function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new InvalidTerm('an atom that is not text')
  return bytes.toString('utf8')
}

function valueOfAtom(name: string): string | boolean | null {
  switch (name) {
    case 'nil':
      return null
    case 'true':
      return true
    case 'false':
      return false
    default:
      return name
  }
}
