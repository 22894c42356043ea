/// <reference lib="es2024.string" />
import { BadArgumentError } from '../core/errors.ts'
import { MAX_NESTING, MAX_TERM_BYTES, TAG, type Term, UNSAFE_KEY, VERSION } from './term.ts'

/** The longest list of small integers that has the short form. */
const LONGEST_BYTE_LIST = 0xffff
const LONGEST_BIG = 0xff

/**
 * Writes a value in Erlang's external term format, as `:erlang.term_to_binary/1` does.
 *
 * Members of an object become a map with binaries as keys, sorted by their bytes.
 * @param where - begins the error's message: `'Token.sign: data'`.
 * @throws {BadArgumentError} for what is no {@link Term}: the message has the path to it. A number must be finite and an
 * integer a safe one, a string well-formed, an object plain and without a member `__proto__`; at most
 * {@link MAX_NESTING} levels and {@link MAX_TERM_BYTES} bytes.
 * Semantics: channels.md §11.3.
 */
export function encodeTerm(term: Term, where: string): Buffer {
  const writer = new TermWriter(where)
  writer.value(term)
  return writer.finish()
}

/** Writes one term after the other; what is written so far is a list of pieces. */
export class TermWriter {
  private readonly where: string
  private readonly pieces: Buffer[] = [Buffer.of(VERSION)]
  private readonly path: (string | number)[] = []
  private size = 1

  constructor(where: string) {
    this.where = where
  }

  /** @throws {BadArgumentError} for what is no {@link Term}. */
  value(value: unknown): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'bigint') this.anyInteger(value)
    else if (typeof value === 'boolean') this.atom(String(value))
    else if (value === null) this.atom('nil')
    else if (value instanceof Uint8Array) this.bytes(value)
    else if (typeof value === 'object') this.container(value)
    else throw this.refusal(ANY_TERM, value)
  }

  /** The head of a tuple: its elements are written next. */
  tuple(arity: number): void {
    this.put(Buffer.of(TAG.smallTuple, arity))
  }

  atom(name: string): void {
    this.put(Buffer.of(TAG.smallAtomUtf8, name.length), Buffer.from(name, 'latin1'))
  }

  finish(): Buffer {
    return Buffer.concat(this.pieces)
  }

  private text(text: string): void {
    if (!text.isWellFormed()) throw this.refusal('text without lone surrogates', text)
    this.bytes(Buffer.from(text, 'utf8'))
  }

  private bytes(bytes: Uint8Array): void {
    this.head(TAG.binary, bytes.length)
    this.put(bytes)
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value)) this.integer(value)
    else if (Number.isFinite(value) && !Number.isInteger(value)) this.float(value)
    else if (Number.isFinite(value))
      throw this.refusal('an integer up to 2^53 − 1; write a larger one as a bigint', value)
    else throw this.refusal('a finite number', value)
  }

  private float(value: number): void {
    const piece = Buffer.alloc(9)
    piece[0] = TAG.float
    piece.writeDoubleBE(value, 1)
    this.put(piece)
  }

  /** A small bigint is written as the number that it is read as. */
  private anyInteger(value: bigint): void {
    if (value === BigInt.asIntN(32, value)) this.integer(Number(value))
    else this.big(value)
  }

  private integer(value: number): void {
    if (isByte(value)) this.put(Buffer.of(TAG.smallInteger, value))
    else if (value === (value | 0)) this.signed32(value)
    else this.big(BigInt(value))
  }

  private signed32(value: number): void {
    const piece = Buffer.alloc(5)
    piece[0] = TAG.integer
    piece.writeInt32BE(value, 1)
    this.put(piece)
  }

  private big(value: bigint): void {
    const digits = (value < 0n ? -value : value).toString(16)
    const magnitude = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').reverse()
    if (magnitude.length > LONGEST_BIG) throw this.refusal(`an integer of at most ${LONGEST_BIG} bytes`, value)
    this.put(Buffer.of(TAG.smallBig, magnitude.length, value < 0n ? 1 : 0), magnitude)
  }

  private container(value: object): void {
    if (this.path.length >= MAX_NESTING) throw this.tooDeep()
    if (isByteList(value)) this.byteList(value)
    else if (Array.isArray(value)) this.list(value)
    else if (isPlain(value)) this.map(value)
    else throw this.refusal(ANY_TERM, value)
  }

  private list(items: readonly unknown[]): void {
    if (items.length > 0) this.head(TAG.list, items.length)
    for (let index = 0; index < items.length; index++) this.member(index, items[index])
    this.put(Buffer.of(TAG.nil))
  }

  private byteList(items: readonly number[]): void {
    const head = Buffer.alloc(3)
    head[0] = TAG.byteList
    head.writeUInt16BE(items.length, 1)
    this.put(head, Buffer.from(items))
  }

  private map(members: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(members).sort(byBytes)
    this.head(TAG.map, keys.length)
    for (const key of keys) {
      if (key === UNSAFE_KEY) throw this.refusal(`members other than ${UNSAFE_KEY}`, members)
      this.text(key)
      this.member(key, members[key])
    }
  }

  private member(key: string | number, value: unknown): void {
    this.path.push(key)
    this.value(value)
    this.path.pop()
  }

  /** A tag and a count or length. */
  private head(tag: number, count: number): void {
    const piece = Buffer.alloc(5)
    piece[0] = tag
    piece.writeUInt32BE(count, 1)
    this.put(piece)
  }

  private put(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.size += piece.length
      this.pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
    }
    if (this.size > MAX_TERM_BYTES) throw new BadArgumentError(this.where, `at most ${MAX_TERM_BYTES} bytes`, 'more')
  }

  private tooDeep(): BadArgumentError {
    return new BadArgumentError(this.where, `at most ${MAX_NESTING} nested arrays and objects`, 'more, or a circle')
  }

  private refusal(expected: string, value: unknown): BadArgumentError {
    const path = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    return new BadArgumentError(`${this.where}${path.join('')}`, expected, value, remedyFor(value))
  }
}

const ANY_TERM = 'a string, number, bigint, boolean, null, bytes, array or plain object'

function remedyFor(value: unknown): string | undefined {
  if (value === undefined) return 'Leave the member out, or write null.'
  if (value instanceof Date) return 'Write date.toISOString() or date.getTime().'
  return undefined
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 0xff && Number.isInteger(value)
}

/** `findIndex`, unlike `every`, looks at the holes of an array too. */
function isByteList(value: object): value is readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > LONGEST_BYTE_LIST) return false
  return value.findIndex((item) => !isByte(item)) === -1
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** The order of Erlang's binaries. JavaScript's own order of strings differs from it above U+FFFF. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}
