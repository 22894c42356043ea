/// <reference lib="es2024.string" />
import { show } from '../core/errors.ts'
import { InvalidPayloadError } from './errors.ts'
import { MAX_NESTING } from './json-text.ts'
import { asBytes } from './message.ts'

/**
 * Gives a value the form that all clients see, whatever their serializer.
 *
 * That is `JSON.parse(JSON.stringify(value))` (a date becomes a string; `undefined` and functions vanish, or become null
 * in an array; `NaN` becomes null; `toJSON` is called), except that bytes stay bytes. A lone surrogate becomes U+FFFD,
 * for which JSON has an escape and UTF-8 has nothing. Parts that are in this form already are returned as they are, not
 * copied.
 * @returns `undefined` for what JSON leaves out, such as a function.
 * @throws {InvalidPayloadError} `BEAMISH_INVALID_PAYLOAD` for a bigint, for more than {@link MAX_NESTING} nested
 * containers (a circular reference among them) and for a `toJSON` that throws.
 * Semantics: ECMA-262 SerializeJSONProperty; channels.md §5.7.
 */
export function toJsonValue(value: unknown): unknown {
  try {
    return jsonValue('', value, MAX_NESTING)
  } catch (error) {
    if (error instanceof InvalidPayloadError) throw error
    throw new InvalidPayloadError('a payload that has a JSON form', show(error), { cause: error })
  }
}

/**
 * Tells whether there are bytes anywhere in a payload.
 * A long-poll session with MessagePack sends only such messages in the binary form (channels.md §6.5).
 * @throws {InvalidPayloadError} `BEAMISH_INVALID_PAYLOAD` for more than {@link MAX_NESTING} nested containers.
 */
export function containsBytes(value: unknown): boolean {
  return searchBytes(value, MAX_NESTING)
}

function searchBytes(value: unknown, levelsLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (asBytes(value) !== undefined) return true
  // Must throw: to answer false and go on would take two to the power of the levels for a circle with two arms.
  if (levelsLeft === 0) throw nestingError()
  return Object.values(value).some((member) => searchBytes(member, levelsLeft - 1))
}

function jsonValue(key: string | number, given: unknown, levelsLeft: number): unknown {
  const value = afterToJson(key, given)
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : value.toWellFormed()
    case 'number':
      // Adding 0 turns -0, which JSON does not know, into 0.
      return Number.isFinite(value) ? value + 0 : null
    case 'boolean':
      return value
    case 'object':
      return value === null ? null : (asBytes(value) ?? containerValue(value, levelsLeft))
    case 'bigint':
      throw new InvalidPayloadError('a payload that has a JSON form', 'a bigint')
    default:
      return undefined
  }
}

// Called once: a result that has a `toJSON` of its own (`return this`) is taken as it is. Bytes come first, because a
// Buffer has a `toJSON`.
function afterToJson(key: string | number, given: unknown): unknown {
  if (typeof given === 'string' || typeof given === 'number' || given === null || given === undefined) return given
  if (asBytes(given) !== undefined) return given
  const { toJSON } = given as { toJSON?: unknown } // sound: any value but null and undefined has properties to look up
  return typeof toJSON === 'function' ? toJSON.call(given, String(key)) : given
}

function containerValue(given: object, levelsLeft: number): unknown {
  if (levelsLeft === 0) throw nestingError()
  if (Array.isArray(given)) return arrayValue(given, levelsLeft - 1)
  if (Object.getPrototypeOf(given) === Object.prototype) return objectValue(given, undefined, levelsLeft - 1)
  if (given instanceof Number || given instanceof String || given instanceof Boolean || given instanceof BigInt) {
    return jsonValue('', given.valueOf(), levelsLeft)
  }
  // An instance of a class, a Map, an Error: JSON sees its own enumerable members only.
  return objectValue(given, {}, levelsLeft - 1)
}

function arrayValue(given: readonly unknown[], levelsLeft: number): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let index = 0; index < given.length; index++) {
    const before = given[index]
    const after = jsonValue(index, before, levelsLeft) ?? null
    if (copy === undefined) {
      if (Object.is(before, after)) continue
      copy = given.slice(0, index)
    }
    copy.push(after)
  }
  return copy ?? given
}

// Copies from the first member on that has another form, or at once when it gets a `copy` to fill.
function objectValue(given: object, copy: Record<string, unknown> | undefined, levelsLeft: number): object {
  const members = given as Record<string, unknown> // sound: any object has members to look up
  const keys = Object.keys(members)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    const before = members[key]
    const after = jsonValue(key, before, levelsLeft)
    const name = key.isWellFormed() ? key : key.toWellFormed()
    if (copy === undefined) {
      if (after !== undefined && Object.is(before, after) && name === key) continue
      copy = {}
      for (const earlier of keys.slice(0, index)) setMember(copy, earlier, members[earlier])
    }
    if (after !== undefined) setMember(copy, name, after)
  }
  return copy ?? given
}

// An assignment to `__proto__` would set the prototype instead of a member.
function setMember(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

function nestingError(): InvalidPayloadError {
  return new InvalidPayloadError(`at most ${MAX_NESTING} nested containers`, 'more, or a circle')
}
