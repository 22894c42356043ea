import { Script } from 'node:vm'
import { BadArgumentError } from '../../core/errors.ts'

/**
 * A definition as the source of an object, for the browser: functions as they are written, values as JSON.
 * @throws {BadArgumentError} for what has no source: functions of the platform, getters, instances of classes.
 */
export function sourceOf(where: string, definition: object): string {
  const members = Object.entries(Object.getOwnPropertyDescriptors(definition)).map(([name, { value, get }]) => {
    if (get !== undefined) throw new BadArgumentError(`${where}: ${name}`, 'a function or a value, no getter', get)
    return memberSource(`${where}: ${name}`, name, value)
  })
  const object = members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n}`
  return /\b__name\(/.test(object) ? `(() => { ${NAME_HELPER}; return ${object} })()` : object
}

/** Some compilers write this into functions so that they keep their names. Source: esbuild's `keepNames`. */
const NAME_HELPER = 'const __name = (target) => target'

function memberSource(where: string, name: string, value: unknown): string {
  if (typeof value === 'function') return functionSource(where, name, value.toString())
  if (!isPlain(value)) throw new BadArgumentError(where, 'a function, or a value that JSON can hold', value)
  return `${JSON.stringify(name)}: ${JSON.stringify(value)}`
}

/** `mounted() { … }` is a member as it stands; `() => { … }` and `function () { … }` are values of one. */
function functionSource(where: string, name: string, text: string): string {
  if (parses(`(${text})`)) return `${JSON.stringify(name)}: (${text})`
  // Under the name that it was written with, which need not be the one that it has here.
  if (parses(`({ ${text} })`)) return `${JSON.stringify(name)}: Object.values({ ${text} })[0]`
  throw new BadArgumentError(where, 'a function that is written there, not one of the platform', text)
}

/** Only whether it could be run: nothing of it is. */
function parses(text: string): boolean {
  try {
    return new Script(text) !== undefined
  } catch {
    return false
  }
}

function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isPlain)
  return typeof value === 'object' && isPlainObject(value) && Object.values(value).every(isPlain)
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
