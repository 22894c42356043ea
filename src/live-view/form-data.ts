import { parseQuery } from '../http/query.ts'

/** More than this is no form of a page. */
const MOST_CHARACTERS = 1_000_000
const MOST_FIELDS = 10_000

/**
 * What a form event says, as `handleEvent` gets it: the fields as maps and lists, with what the element adds.
 * @param value - `application/x-www-form-urlencoded`.
 * @param meta - merged over the fields; `_target`, the name of the field that changed, becomes the path to it.
 * @returns `undefined` for what cannot be decoded, or is too much.
 * Semantics: liveview.md §7.3.
 */
export function formValue(
  value: unknown,
  meta: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'string' || value.length > MOST_CHARACTERS) return undefined
  if (value.split('&', MOST_FIELDS + 1).length > MOST_FIELDS) return undefined
  const fields = parseQuery(value)
  if (fields === undefined) return undefined
  const target = '_target' in meta ? { _target: targetPath(meta['_target']) } : {}
  return Object.assign(fields, meta, target)
}

/** `user[name]` → `['user', 'name']`; that of a list (`ids[]`) is the path to the list. */
export function targetPath(target: unknown): readonly unknown[] {
  if (Array.isArray(target)) return target
  if (typeof target !== 'string' || target === '') return ['undefined']
  return target
    .replaceAll(']', '')
    .split('[')
    .filter((name) => name !== '')
}
