import { BadArgumentError } from '../core/errors.ts'
import { isPid } from '../core/pid.ts'

/** Deeper than any sensible key: a key that contains itself would have no end. */
const DEEPEST = 32

/**
 * What stands for `key` in a `Map`: two keys are the same if and only if their ids are.
 *
 * - Strings, numbers, bigints, booleans, `null`, `undefined` and symbols are their own ids: compared as `Map` does it, so `1` and
 *   `'1'` differ, `0` and `-0` do not. This is the fast path.
 * - Arrays and plain objects are compared by what they contain; the order of an object's properties does not matter, and
 *   properties with symbols as names do not count. A key is read when it is used: changing it later changes nothing.
 * - Pids are compared by node and number.
 * - Everything else (references, dates, maps, functions, instances of classes) is compared by identity.
 *
 * @throws {BadArgumentError} for a key that is nested more than 32 deep.
 * Semantics: strict equality of terms in OTP. Differs: there is no equality of contents for what JavaScript compares by identity.
 */
export function keyId(key: unknown): unknown {
  // The id of a structure is a text that begins with NUL, so a string that does is made different from all of those.
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? `\0s${key}` : key
  return isStructure(key) ? `\0${textOf(key, 0)}` : key
}

/** A number that is the same for the same id, from 0 to 2^31 − 1: it chooses a partition. */
export function keyHash(id: unknown): number {
  if (typeof id === 'number' && Number.isFinite(id)) return Math.abs(Math.trunc(id)) % 0x7fff_ffff
  return hashOfText(typeof id === 'string' ? id : textOf(id, 0))
}

function isStructure(key: unknown): key is object {
  if (typeof key !== 'object' || key === null) return false
  return Array.isArray(key) || isPlainObject(key) || isPid(key)
}

/** Made by `{}` or without a prototype: it is what it contains. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function textOf(value: unknown, depth: number): string {
  if (depth > DEEPEST) throw new BadArgumentError('a key', `something nested at most ${DEEPEST} deep`, value)
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return String(value === 0 ? 0 : value)
    case 'bigint':
      return `${value}n`
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'symbol':
      return identityOf(value)
    default:
      return value === null ? 'null' : textOfObject(value as object, depth)
  }
}

function textOfObject(value: object, depth: number): string {
  if (isPid(value)) return `p${JSON.stringify(value.node)}.${value.id}`
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, depth + 1)).join()}]`
  if (typeof value === 'function' || !isPlainObject(value)) return identityOf(value)
  const fields = Object.keys(value).sort()
  return `{${fields.map((field) => `${JSON.stringify(field)}:${textOf(value[field], depth + 1)}`).join()}}`
}

/** Numbers for things that have no text of their own. Held weakly: they do not keep anything alive. */
const numbers = new WeakMap<WeakKey, number>()
let lastNumber = 0

function identityOf(value: object | symbol): string {
  // A symbol of the global registry lives for ever and cannot be held weakly; its key says who it is.
  const globalKey = typeof value === 'symbol' ? Symbol.keyFor(value) : undefined
  if (globalKey !== undefined) return `@${JSON.stringify(globalKey)}`
  const known = numbers.get(value)
  if (known !== undefined) return `#${known}`
  numbers.set(value, ++lastNumber)
  return `#${lastNumber}`
}

/** FNV-1a, 32 bits. */
function hashOfText(text: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193)
  return hash & 0x7fff_ffff
}
