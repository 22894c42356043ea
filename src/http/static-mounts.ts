import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'

/** Folders by the path that they are served under: `{ '/assets': 'assets' }`. */
export interface StaticMounts {
  readonly [prefix: string]: string | URL | StaticFolder
}

/** A folder with options of its own. */
export interface StaticFolder {
  /** A path, which counts from where Node runs, or a file URL. */
  readonly folder: string | URL
  /**
   * How long browsers and proxies use a file without asking. Seconds. Default: they ask each time, and get 304 when it is the
   * same.
   */
  readonly maxAgeSeconds?: number
  /**
   * Which files never change, because their name changes with their content: they are used for a year without asking. Default:
   * those with 20 or more hexadecimal digits before their ending, such as `app-0123456789abcdef0123.js`; `false`: none. A
   * bundler with shorter digests wants a pattern for the name.
   */
  readonly immutable?: RegExp | boolean
  /** Whether `app.js.br` and `app.js.gz` are sent instead of `app.js` to those who take them. Default true. */
  readonly precompressed?: boolean
  /** What stands for a folder; `false`: nothing. Default `'index.html'`. */
  readonly index?: string | false
  /** The names, right under the prefix, that are served. Default: all. Saves looks at the disk under a prefix such as `/`. */
  readonly only?: readonly string[]
  /** More headers for each file. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A mount, checked. */
export interface Mount {
  /** With a slash at its end. */
  readonly prefix: string
  readonly folder: string
  readonly maxAgeSeconds: number | undefined
  readonly isImmutable: (name: string) => boolean
  readonly precompressed: boolean
  readonly index: string | undefined
  readonly only: ReadonlySet<string> | undefined
  readonly headers: Readonly<Record<string, string>>
}

const OPTIONS: readonly string[] = [
  'folder',
  'maxAgeSeconds',
  'immutable',
  'precompressed',
  'index',
  'only',
  'headers',
] satisfies (keyof StaticFolder)[]

/** Phoenix and Rails digest so. Shorter ones could be a word or a date. */
const DIGESTED = /[-.][\da-f]{20,}\./i

/**
 * Checks mounts.
 * @returns the longest prefix first: the most particular mount wins.
 * @throws {BadArgumentError} for a prefix that is no path, a folder that is none, and options of the wrong kind.
 */
export function checkMounts(where: string, mounts: StaticMounts): readonly Mount[] {
  if (typeof mounts !== 'object' || mounts === null) throw new BadArgumentError(where, 'folders by path', mounts)
  const checked = Object.entries(mounts).map(([prefix, given]) => {
    if (!prefix.startsWith('/')) throw new BadArgumentError(where, "paths that begin with '/'", prefix)
    const isBare = typeof given === 'string' || given instanceof URL
    return checkMount(`${where}: ${prefix}`, prefix, isBare ? { folder: given } : given)
  })
  return checked.sort((a, b) => b.prefix.length - a.prefix.length)
}

function checkMount(where: string, prefix: string, options: StaticFolder): Mount {
  checkOptions(where, options)
  const { folder, maxAgeSeconds, immutable = true, precompressed = true, index = 'index.html', only, headers } = options
  return {
    prefix: prefix.endsWith('/') ? prefix : `${prefix}/`,
    folder: typeof folder === 'string' ? resolve(folder) : fileURLToPath(folder),
    maxAgeSeconds,
    isImmutable: immutableOf(immutable),
    precompressed,
    index: index === false ? undefined : index,
    only: only === undefined ? undefined : new Set(only),
    headers: Object.fromEntries(new Headers(headers)),
  }
}

/** A copy without flags that would make a match depend on the one before. */
function immutableOf(immutable: RegExp | boolean): (name: string) => boolean {
  if (immutable === false) return () => false
  const pattern = immutable === true ? DIGESTED : new RegExp(immutable.source, immutable.flags.replace(/[gy]/g, ''))
  return (name) => pattern.test(name)
}

function checkOptions(where: string, options: StaticFolder): void {
  if (typeof options !== 'object' || options === null) {
    throw new BadArgumentError(where, 'a folder: a path or a file URL, or an object of options', options)
  }
  checkKeys(where, options, OPTIONS)
  const { folder, maxAgeSeconds = 0, immutable = true, precompressed = true, index = '', only = [] } = options
  const isFolder =
    (typeof folder === 'string' && folder !== '') || (folder instanceof URL && folder.protocol === 'file:')
  if (!isFolder) throw new BadArgumentError(`${where}: folder`, 'a folder: a path or a file URL', folder)
  if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
    throw new BadArgumentError(`${where}: maxAgeSeconds`, 'whole seconds, at least 0', maxAgeSeconds)
  }
  if (typeof immutable !== 'boolean' && !(immutable instanceof RegExp)) {
    throw new BadArgumentError(`${where}: immutable`, 'true, false, or a pattern for names', immutable)
  }
  if (typeof precompressed !== 'boolean') {
    throw new BadArgumentError(`${where}: precompressed`, 'true or false', precompressed)
  }
  if (index !== false && (typeof index !== 'string' || index.includes('/'))) {
    throw new BadArgumentError(`${where}: index`, 'the name of a file, or false', index)
  }
  if (!Array.isArray(only) || !only.every((name) => typeof name === 'string' && !name.includes('/'))) {
    throw new BadArgumentError(`${where}: only`, 'a list of names of files and folders', only)
  }
  checkHeaders(`${where}: headers`, options.headers ?? {})
}

function checkHeaders(where: string, headers: Readonly<Record<string, string>>): void {
  try {
    new Headers(headers)
  } catch {
    throw new BadArgumentError(where, 'headers by name', headers)
  }
}
