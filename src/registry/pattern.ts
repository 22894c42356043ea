import { BadArgumentError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { isPlainObject } from './key.ts'

/** Stands for any value in a pattern. As `Registry.any`. Semantics: `'_'` in a match specification of ETS. */
export const ANY: unique symbol = Symbol.for('beamish.registry.any')

/**
 * What a key or value must look like:
 *
 * - `Registry.any`: anything;
 * - a function: whatever it says true to;
 * - an array: an array of the same length whose items match one by one;
 * - a plain object: an object that has at least these properties, and they match. `{}` matches every object;
 * - anything else: the same value, as keys are compared.
 *
 * Semantics: match patterns of ETS. Differs: no variables (`'$1'`); what they bind and compare, a predicate says.
 */
export type Pattern = unknown

/** One registration, as `select` sees it. */
export interface SelectedEntry<K = unknown, V = unknown> {
  readonly key: K
  readonly pid: Pid
  readonly value: V
}

/**
 * Which registrations `select` takes, and what it makes of them. What is left out matches anything.
 * @typeParam R - what is made of each.
 */
export interface SelectSpec<R = SelectedEntry> {
  readonly key?: Pattern
  readonly pid?: Pattern
  readonly value?: Pattern
  /** A guard: asked last. */
  // biome-ignore lint/suspicious/noExplicitAny: the author of a registry knows its keys and values
  readonly where?: (entry: SelectedEntry<any, any>) => boolean
  /** Default: the key, pid and value. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly select?: (entry: SelectedEntry<any, any>) => R
}

const SPEC_FIELDS = ['key', 'pid', 'value', 'where', 'select'] satisfies (keyof SelectSpec)[]

/** Whether `value` looks like `pattern`. What a predicate in it throws passes through. */
export function matches(pattern: Pattern, value: unknown): boolean {
  if (pattern === ANY || Object.is(pattern, value) || (pattern === 0 && value === 0)) return true
  if (typeof pattern === 'function') return pattern(value) === true
  if (typeof pattern !== 'object' || pattern === null || typeof value !== 'object' || value === null) return false
  if (Array.isArray(pattern)) return Array.isArray(value) && matchesItems(pattern, value)
  if (isPid(pattern)) return isPid(value) && pattern.node === value.node && pattern.id === value.id
  return isPlainObject(pattern) && !Array.isArray(value) && matchesFields(pattern, value)
}

function matchesItems(pattern: readonly unknown[], items: readonly unknown[]): boolean {
  return pattern.length === items.length && pattern.every((item, index) => matches(item, items[index]))
}

function matchesFields(pattern: Readonly<Record<string, unknown>>, value: object): boolean {
  return Object.keys(pattern).every(
    (field) => field in value && matches(pattern[field], (value as Record<string, unknown>)[field]),
  )
}

/** Checks what `select` was given. @throws {BadArgumentError} */
export function checkSpecs(where: string, specs: unknown): asserts specs is readonly SelectSpec<unknown>[] {
  if (!Array.isArray(specs))
    throw new BadArgumentError(where, 'a list of specifications { key, pid, value, where, select }', specs)
  for (const spec of specs) checkSpec(where, spec)
}

function checkSpec(where: string, spec: unknown): void {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new BadArgumentError(where, 'specifications that are objects { key, pid, value, where, select }', spec)
  }
  for (const [field, given] of Object.entries(spec)) {
    if (!(SPEC_FIELDS as string[]).includes(field)) {
      throw new BadArgumentError(
        where,
        `specifications with the fields ${SPEC_FIELDS.join(', ')}`,
        `the field ${show(field)}`,
      )
    }
    if ((field === 'where' || field === 'select') && given !== undefined && typeof given !== 'function') {
      throw new BadArgumentError(`${where}: ${field}`, 'a function of an entry { key, pid, value }', given)
    }
  }
}

/** The specification that takes `entry`, if any: the first one that matches, as in ETS. */
export function specFor<R>(specs: readonly SelectSpec<R>[], entry: SelectedEntry): SelectSpec<R> | undefined {
  return specs.find((spec) => takes(spec, entry))
}

function takes(spec: SelectSpec<unknown>, entry: SelectedEntry): boolean {
  return (
    ('key' in spec ? matches(spec.key, entry.key) : true) &&
    ('pid' in spec ? matches(spec.pid, entry.pid) : true) &&
    ('value' in spec ? matches(spec.value, entry.value) : true) &&
    (spec.where === undefined || spec.where(entry) === true)
  )
}
