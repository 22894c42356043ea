/**
 * The base of every error that Beamish throws on purpose.
 *
 * Match on `code`, never on `instanceof`: two copies of a library may be loaded. Codes are listed in `docs/errors.md`
 * with cause and remedy; they are stable, the wording of messages is not.
 */
export class BeamishError extends Error {
  /** Stable, `BEAMISH_` plus words. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options)
    this.name = 'BeamishError'
    this.code = code
  }
}

/**
 * A mistake in an argument: says what was expected and what came instead. Code `BEAMISH_BAD_ARGUMENT`.
 *
 * Semantics: OTP's `badarg`, with the explanation that `erl_erts_errors` adds.
 */
export class BadArgumentError extends BeamishError {
  constructor(where: string, expected: string, actual: unknown, remedy?: string) {
    const advice = remedy ?? (isPromise(actual) ? 'Is an `await` missing?' : undefined)
    super('BEAMISH_BAD_ARGUMENT', `${where} expects ${expected}, got ${show(actual)}.${advice ? ` ${advice}` : ''}`)
    this.name = 'BadArgumentError'
  }
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value
}

/**
 * A value for people, short and on one line, as error messages and reports show it.
 *
 * Never throws and never runs long: depth and length are bounded, getters are not called.
 * @returns at most about 200 characters.
 */
export function show(value: unknown): string {
  const text = describe(value, 0)
  return text.length > 200 ? `${text.slice(0, 197)}...` : text
}

function describe(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 120 ? `${value.slice(0, 117)}...` : value)
    case 'function':
      return `[function ${value.name || 'anonymous'}]`
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : describeObject(value, depth)
    default:
      return String(value)
  }
}

function describeObject(value: object, depth: number): string {
  try {
    if (value instanceof Error) return `${value.name}: ${value.message}`
    if (Array.isArray(value)) return describeArray(value, depth)
    const name = nameOf(value)
    // A class that says how it prints (Pid, Ref, Date) is believed; Object's own toString says nothing.
    if (typeof value.toString === 'function' && value.toString !== Object.prototype.toString) return String(value)
    if (depth > 2) return `[${name}]`
    return describeFields(value, name, depth)
  } catch {
    return '[unprintable object]'
  }
}

/** Generators and null-prototype objects have no constructor with a name, but may have a tag. */
function nameOf(value: object): string {
  const { name } = Object.getPrototypeOf(value)?.constructor ?? {}
  if (typeof name === 'string' && name !== '') return name
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

function describeArray(items: readonly unknown[], depth: number): string {
  if (depth > 2) return `[array of ${items.length}]`
  const shown = items.slice(0, 6).map((item) => describe(item, depth + 1))
  if (items.length > 6) shown.push(`... ${items.length - 6} more`)
  return `[${shown.join(', ')}]`
}

function describeFields(value: object, name: string, depth: number): string {
  const fields = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([, field]) => field.enumerable)
  const shown = fields
    .slice(0, 8)
    .map(([key, field]) => `${key}: ${'value' in field ? describe(field.value, depth + 1) : '[getter]'}`)
  if (fields.length > 8) shown.push('...')
  const body = shown.length ? `{ ${shown.join(', ')} }` : '{}'
  return name === 'Object' ? body : `${name} ${body}`
}
