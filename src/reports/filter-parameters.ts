import { BadArgumentError } from '../core/errors.ts'

/**
 * Which parameters of clients are not shown in a log.
 *
 * A list: members whose name contains one of the words, and strings that contain `word=`. `keep`: everything but members of
 * exactly these names, with all that is in them.
 */
export type ParameterFilter = readonly string[] | { readonly keep: readonly string[] }

/** What is not shown when nobody says. */
export const DEFAULT_PARAMETER_FILTER: ParameterFilter = ['password', 'token']

/** Stands for what is not shown. */
export const FILTERED = '[FILTERED]'

/** What lies deeper, or comes after so many, is left out: a log line is no place for it, and a client may send a lot. */
const DEEPEST = 8
const MOST_VALUES = 500
const LONGEST_KEY = 100
const CUT = '…'

/**
 * Copies what a client sent, without what should not be read in a log.
 *
 * Letters count as written. Members and items are looked into at any level up to 8, and 500 values in all; what is left out
 * for that is shown as `…`. Bytes and instances of classes stay as they are, but under `keep`.
 * @returns a copy that shares nothing but those; the original is not touched.
 * @throws {BadArgumentError} when the filter is none.
 * Semantics: Phoenix.Logger, `filter_parameters`. Differs: strings are looked at wherever they are; the default has `token`.
 */
export function filterParameters(params: unknown, filter: ParameterFilter = DEFAULT_PARAMETER_FILTER): unknown {
  checkParameterFilter('filterParameters', filter)
  return new Walk().shown(params, 'keep' in filter ? keeping(filter.keep) : hiding(filter), 0)
}

/** @throws {BadArgumentError} when `filter` is none. */
export function checkParameterFilter(where: string, filter: unknown): asserts filter is ParameterFilter {
  const names: unknown = typeof filter === 'object' && filter !== null && 'keep' in filter ? filter.keep : filter
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return
  throw new BadArgumentError(where, 'a list of words, or { keep: a list of names }', filter)
}

/** What holds in one container. */
interface Rule {
  /** What holds in a member of this name; `undefined` when it is not shown at all. */
  inside(name: string): Rule | undefined
  /** What is shown of a value that holds no others. */
  leaf(value: unknown): unknown
}

function hiding(words: readonly string[]): Rule {
  const rule: Rule = {
    inside: (name) => (words.some((word) => name.includes(word)) ? undefined : rule),
    leaf: (value) => (typeof value === 'string' && words.some((word) => value.includes(`${word}=`)) ? FILTERED : value),
  }
  return rule
}

function keeping(names: readonly string[]): Rule {
  const rule: Rule = { inside: (name) => (names.includes(name) ? EVERYTHING : rule), leaf: () => FILTERED }
  return rule
}

const EVERYTHING: Rule = { inside: () => EVERYTHING, leaf: (value) => value }

/** One walk through parameters, within its bounds. */
class Walk {
  private valuesLeft = MOST_VALUES

  shown(value: unknown, rule: Rule, depth: number): unknown {
    if (!isContainer(value)) return rule.leaf(value)
    if (depth >= DEEPEST) return CUT
    return Array.isArray(value) ? this.items(value, rule, depth) : this.members(value, rule, depth)
  }

  private items(items: readonly unknown[], rule: Rule, depth: number): unknown[] {
    const shown: unknown[] = []
    for (const item of items) {
      if (!this.takes()) return [...shown, CUT]
      shown.push(this.shown(item, rule, depth + 1))
    }
    return shown
  }

  private members(object: object, rule: Rule, depth: number): object {
    const shown: [string, unknown][] = []
    for (const name of Object.keys(object)) {
      if (!this.takes()) {
        shown.push([CUT, CUT])
        break
      }
      const inner = rule.inside(name)
      const value = inner === undefined ? FILTERED : this.shown(Reflect.get(object, name), inner, depth + 1)
      shown.push([shortened(name), value])
    }
    return Object.fromEntries(shown) // defines members: one called __proto__ is a member too
  }

  private takes(): boolean {
    this.valuesLeft -= 1
    return this.valuesLeft >= 0
  }
}

/** Arrays and plain objects: what a client's message is made of. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function shortened(name: string): string {
  return name.length > LONGEST_KEY ? name.slice(0, LONGEST_KEY) + CUT : name
}
