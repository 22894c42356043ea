import { BadArgumentError } from '../src/core/errors.ts'
import { isPid } from '../src/core/pid.ts'
import { isRef } from '../src/core/ref.ts'

// FNV-1a, 32 bits: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/**
 * The partition of `count` that `key` belongs to: the same for equal keys while `count` is the same.
 *
 * A whole number goes to `abs(key) mod count`. Strings, other numbers, booleans, pids, references, and arrays and plain
 * objects of them are spread by a hash.
 * @throws {BadArgumentError} for functions, symbols and instances of other classes: nothing stable can be read from them.
 */
export function partitionOf(key: unknown, count: number): number {
  if (typeof key === 'number' && Number.isInteger(key)) return Math.abs(key) % count
  if (typeof key === 'bigint') return Number((key < 0n ? -key : key) % BigInt(count))
  return hash(textOf(key)) % count
}

function hash(text: string): number {
  let value = OFFSET_BASIS
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), PRIME)
  return value >>> 0
}

/** Equal keys have equal texts, and keys of different types have different ones. */
function textOf(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  if (key === null || key === undefined || typeof key === 'boolean' || typeof key === 'number') return String(key)
  if (isPid(key) || isRef(key)) return key.toString()
  if (Array.isArray(key)) return `[${key.map(textOf).join()}]`
  if (typeof key === 'object' && isPlain(key)) return `{${fieldsOf(key).join()}}`
  throw new BadArgumentError('PartitionSupervisor: key', 'a string, number, pid, reference, or plain data of them', key)
}

function isPlain(key: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(key)
  return prototype === Object.prototype || prototype === null
}

function fieldsOf(key: object): string[] {
  const fields = Object.entries(key).map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`)
  return fields.sort()
}
