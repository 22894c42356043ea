import { checkKeys } from '../../core/check-keys.ts'
import { BadArgumentError } from '../../core/errors.ts'
import { type FormLists, type FormParams, listsOf } from './form.ts'
import { isMap } from './params.ts'

/** Which params say what becomes of the entries of a list. */
export interface CastListOptions {
  /** The list of their places, in the order that they shall have. Default: the field's name with `_sort`. */
  readonly sort?: string
  /** The list of the places of those that go. Default: the field's name with `_drop`. */
  readonly drop?: string
}

/**
 * Params in which a field is the list that the page means: `castList(params, 'emails')`.
 *
 * A page spells a list as a map by places, and says beside it what becomes of the entries. Those whose places stand in `emails_sort`
 * come first, in that order; a place that there is not makes an empty entry (`value="new"` of a button that adds one); the others
 * follow as they were; those whose places stand in `emails_drop` go. Both params go too. Params without any of the three stay as
 * they are.
 *
 * ```ts
 * import { castList } from 'beamish/live-view'
 *
 * const params = { emails: { 0: { at: 'a' }, 1: { at: 'b' } }, emails_sort: ['1', '0', 'new'], emails_drop: ['', '0'] }
 * console.log(castList(params, 'emails')) // { emails: [{ at: 'b' }, {}] }
 * ```
 * Semantics: Ecto.Changeset.cast_embed/3 with `sort_param` and `drop_param`.
 */
export function castList(params: FormParams, field: string, options: CastListOptions = {}): FormParams {
  checkKeys('castList', options, ['sort', 'drop'])
  if (!isMap(params)) throw new BadArgumentError('castList', 'the params of a form', params)
  const { sort: sortName = `${field}_sort`, drop: dropName = `${field}_drop` } = options
  const { [sortName]: sort, [dropName]: drop, ...rest } = params
  const value = params[field]
  const isSaid = Array.isArray(sort) || Array.isArray(drop)
  if (!isMap(value) && !(value === undefined && isSaid)) return rest
  const wanted = { sort: Array.isArray(sort) ? sort : [], drop: Array.isArray(drop) ? drop : [] }
  return { ...rest, [field]: arranged(value ?? {}, wanted) }
}

function arranged(
  entries: FormParams,
  { sort, drop }: { readonly sort: readonly unknown[]; readonly drop: readonly unknown[] },
): unknown[] {
  const left = new Map(Object.entries(entries))
  const sorted: unknown[] = []
  for (const place of sort) {
    if (drop.includes(place)) continue
    sorted.push(left.get(String(place)) ?? {})
    left.delete(String(place))
  }
  const others = [...left].filter(([place]) => !drop.includes(place)).sort(byPlace)
  return [...sorted, ...others.map(([, entry]) => entry)]
}

/** Numbers first, in their order. */
function byPlace([a]: [string, unknown], [b]: [string, unknown]): number {
  const [left, right] = [placeOf(a), placeOf(b)]
  return left === right ? 0 : left - right
}

function placeOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
}

/** Casts all of these lists, and those in their entries. */
export function castLists(params: FormParams, lists: FormLists): FormParams {
  const fields: readonly string[] = Array.isArray(lists) ? lists : Object.keys(lists)
  let result = params
  for (const field of fields) {
    const cast = castList(result, field)
    const inner = listsOf(lists, field) ?? []
    const entries = cast[field]
    result = Array.isArray(entries)
      ? { ...cast, [field]: entries.map((entry) => (isMap(entry) ? castLists(entry, inner) : entry)) }
      : cast
  }
  return result
}
