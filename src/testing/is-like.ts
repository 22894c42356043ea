/**
 * Whether `value` has everything that `part` says: fields of objects and items of arrays are compared in the same way, a
 * regular expression tests a string, anything else (pids and references too) must be the same.
 */
export function isLike(part: unknown, value: unknown): boolean {
  if (Object.is(part, value)) return true
  if (part instanceof RegExp) return typeof value === 'string' && part.test(value)
  if (typeof part !== 'object' || part === null || typeof value !== 'object' || value === null) return false
  if (Array.isArray(part)) {
    return Array.isArray(value) && part.length === value.length && part.every((item, i) => isLike(item, value[i]))
  }
  if (!isPlain(part)) return false
  return Object.keys(part).every((key) => key in value && isLike(fieldOf(part, key), fieldOf(value, key)))
}

function isPlain(part: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(part)
  return prototype === Object.prototype || prototype === null
}

function fieldOf(object: object, key: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[key]
}
