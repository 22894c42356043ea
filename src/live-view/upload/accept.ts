import { extname } from 'node:path'
import { BadArgumentError } from '../../core/errors.ts'
import { isKnownType, typeOfExtension } from './media-types.ts'

/** Which files an upload takes. */
export interface Acceptance {
  /** For the attribute `accept`; `undefined`: any file. */
  readonly html: string | undefined
  /** What a file must be, by its type or by the extension of its name: lower case. */
  readonly types: ReadonlySet<string>
  readonly extensions: ReadonlySet<string>
}

const ANY: Acceptance = { html: undefined, types: new Set(), extensions: new Set() }
const WILDCARDS: readonly string[] = ['image/*', 'audio/*', 'video/*']
const WHAT = "'any', or a list of extensions ('.jpg'), types ('image/jpeg') and 'image/*', 'audio/*', 'video/*'"

/**
 * Reads the option `accept`.
 * @throws {BadArgumentError} for what is neither `'any'` nor such a list, and for an extension or type that nobody knows.
 */
export function acceptanceOf(where: string, accept: unknown): Acceptance {
  if (accept === 'any') return ANY
  if (!Array.isArray(accept) || accept.length === 0) throw new BadArgumentError(`${where}: accept`, WHAT, accept)
  const filters: readonly string[] = accept.map((filter) => checkFilter(where, filter))
  const extensions = filters.filter((filter) => filter.startsWith('.'))
  const types = filters.map((filter) => (filter.startsWith('.') ? (typeOfExtension(filter) as string) : filter)) // just checked
  return { html: accept.join(','), types: new Set(types), extensions: new Set(extensions) }
}

function checkFilter(where: string, filter: unknown): string {
  if (typeof filter !== 'string') throw new BadArgumentError(`${where}: accept`, WHAT, filter)
  const known = filter.toLowerCase()
  const isKnown = known.startsWith('.')
    ? typeOfExtension(known) !== undefined
    : WILDCARDS.includes(known) || isKnownType(known)
  if (isKnown) return known
  const expected = `${WHAT}, each of them known; for files of other kinds say 'any', with a validator`
  throw new BadArgumentError(`${where}: accept`, expected, filter)
}

/** Whether a file is accepted, by what its client says of it. Case does not matter. */
export function isAccepted({ html, types, extensions }: Acceptance, name: string, type: string): boolean {
  if (html === undefined) return true
  const kind = (type.split(';')[0] as string).trim().toLowerCase() // a split has a first item
  const wildcard = `${kind.split('/')[0]}/*`
  return types.has(kind) || types.has(wildcard) || extensions.has(extname(name).toLowerCase())
}
