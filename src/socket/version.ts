import { msgpack } from '../wire/msgpack.ts'
import type { Serializer } from '../wire/serializer.ts'
import { v1Json } from '../wire/v1-json.ts'
import { v2Json } from '../wire/v2-json.ts'

/** A serializer and the `vsn` that asks for it: `2.0.0` stands for 2.0.0, 2.0.1 …, but not 2.1.0. */
export interface VersionedSerializer {
  readonly version: string
  readonly serializer: Serializer
}

/** What a client without a `vsn` is taken for. Semantics: channels.md §2.3. */
export const DEFAULT_VERSION = '1.0.0'

/** The serializers of a mount that names none. */
export const DEFAULT_SERIALIZERS: readonly VersionedSerializer[] = [
  { version: '1.0.0', serializer: v1Json },
  { version: '2.0.0', serializer: v2Json },
  { version: '2.0.0-msgpack', serializer: msgpack },
]

interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly pre: string
}

/**
 * Chooses the serializer for a client's `vsn`: the first of the table that it matches.
 *
 * An entry matches the same major and minor version from its patch on; a pre-release only itself, build metadata nothing.
 * @returns `undefined` for a version that nothing matches, and for what is no version.
 * Semantics: Phoenix.Socket.Transport, `~> x.y.z` of Elixir's Version.
 */
export function negotiate(vsn: unknown, table: readonly VersionedSerializer[]): Serializer | undefined {
  const wanted = parse(vsn === undefined ? DEFAULT_VERSION : vsn)
  if (wanted === undefined) return undefined
  return table.find(({ version }) => matches(wanted, parse(version)))?.serializer
}

/** Whether an entry of a table can be matched at all. */
export function isVersion(version: unknown): version is string {
  return parse(version) !== undefined
}

function matches(wanted: Version, offered: Version | undefined): boolean {
  if (offered === undefined || wanted.major !== offered.major || wanted.minor !== offered.minor) return false
  if (wanted.pre !== '' || offered.pre !== '') return wanted.patch === offered.patch && wanted.pre === offered.pre
  return wanted.patch >= offered.patch
}

function parse(vsn: unknown): Version | undefined {
  if (typeof vsn !== 'string') return undefined
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(vsn)
  if (match === null) return undefined
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]), pre: match[4] ?? '' }
}
