import { show } from '../core/errors.ts'
import { describe, InvalidMessageError, InvalidPayloadError } from './errors.ts'

/**
 * How many containers may be nested in what a client sends, and in what MessagePack writes.
 * 512 is far above any honest payload and far below the depth (some thousands of frames) at which a recursive walk over
 * it, such as `JSON.stringify`, overflows the stack of Node's default configuration.
 */
export const MAX_NESTING = 512

/**
 * Parses JSON that came from a client.
 *
 * `JSON.parse` gives a hostile client two tools, both refused here. It makes `__proto__` an ordinary own key, which a
 * later `Object.assign` or merge turns into a prototype; and it nests without limit, which overflows the stack of
 * whoever walks the value next. `{"constructor": {"prototype": …}}` is refused for the same reason as `__proto__`.
 * A key `constructor` with any other value is data like any other.
 * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE`
 */
export function parseJson(text: string): unknown {
  const value = parse(text)
  if (mayHoldUnsafeKey(text) || mayNestDeep(text)) checkNested(value, MAX_NESTING)
  return value
}

/**
 * Writes a value as JSON.
 * @throws {InvalidPayloadError} `BEAMISH_INVALID_PAYLOAD` for a bigint, a circular reference or a `toJSON` that throws.
 */
export function stringifyJson(value: object): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw new InvalidPayloadError('a payload that has a JSON form', show(error), { cause: error })
  }
}

/**
 * Tells whether a pair of key and value is one that a careless merge would turn into a prototype.
 * `value` is only looked at when the key is `constructor`.
 */
export function isUnsafeKey(key: string, value: unknown): boolean {
  if (key === '__proto__') return true
  return key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
}

/** The error for a key that {@link isUnsafeKey} refuses. */
export function unsafeKeyError(key: string): InvalidMessageError {
  return new InvalidMessageError('keys that cannot become a prototype', key === '__proto__' ? key : `${key}.prototype`)
}

/** The error for a value that is nested deeper than {@link MAX_NESTING}. */
export function nestingError(): InvalidMessageError {
  return new InvalidMessageError(`at most ${MAX_NESTING} nested containers`, 'more')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes the text, so it stays in `cause`.
    throw new InvalidMessageError('JSON', `${describe(text)} that is not`, { cause: error })
  }
}

// A walk over every value would double the cost of a large message, so both checks first search the text for what the
// walk could object to. A key can hide behind `\u005f` and the like: an escape of that range counts as well.
function mayHoldUnsafeKey(text: string): boolean {
  return text.includes('__proto__') || text.includes('constructor') || text.includes('\\u00')
}

// A container costs two characters, one of them an opening bracket. Brackets inside strings are counted too, which errs on
// the safe side.
function mayNestDeep(text: string): boolean {
  return text.length > MAX_NESTING * 2 && countOf('[', text) + countOf('{', text) > MAX_NESTING
}

function countOf(bracket: string, text: string): number {
  let count = 0
  for (let at = text.indexOf(bracket); at !== -1 && count <= MAX_NESTING; at = text.indexOf(bracket, at + 1)) count += 1
  return count
}

function checkNested(value: unknown, levelsLeft: number): void {
  if (typeof value !== 'object' || value === null) return
  if (levelsLeft === 0) throw nestingError()
  if (Array.isArray(value)) {
    for (const item of value) checkNested(item, levelsLeft - 1)
    return
  }
  // `for in` makes no array of the keys. What JSON.parse made has nothing enumerable but its own.
  const members = value as Record<string, unknown> // sound: JSON.parse made it
  for (const key in members) {
    const member = members[key]
    if (isUnsafeKey(key, member)) throw unsafeKeyError(key)
    checkNested(member, levelsLeft - 1)
  }
}
