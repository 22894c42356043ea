import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BadArgumentError } from '../core/errors.ts'

/** The digested name of each file by its own: `{ 'app.js': 'app-1f3870be274f6c49b3e31a0c6728957f.js' }`. */
export type StaticNames = Readonly<Record<string, string>>

/**
 * Where the digested names of static files are told: a JSON file, or the names themselves. The file holds an object of names, or one
 * with such an object under `latest`, as `mix phx.digest` writes it.
 */
export type StaticManifestOption = string | URL | StaticNames

/** Which static files there are at present, by name and by digested name. Semantics: `cache_static_manifest` of Phoenix. */
export class StaticManifest {
  private readonly names: ReadonlyMap<string, string>

  /** @throws {BadArgumentError} for a file that cannot be read, or does not hold names. */
  constructor(where: string, option: StaticManifestOption) {
    checkManifestOption(where, option)
    const isFile = typeof option === 'string' || option instanceof URL
    this.names = new Map(Object.entries(isFile ? namesInFile(where, option) : option))
  }

  /** The path of a file under its digested name; of one that is not known the same path. */
  digested(path: string): string {
    const digested = this.names.get(path.replace(/^\//, ''))
    return digested === undefined ? path : `${path.startsWith('/') ? '/' : ''}${digested}?vsn=d`
  }

  /** Whether a page that has this file has it as it is now. @param address - as the page says it, maybe with a query. */
  isCurrent(address: string): boolean {
    const [path = ''] = address.split('?')
    for (const [name, digested] of this.names) if (path.endsWith(name) || path.endsWith(digested)) return true
    return false
  }
}

/** @throws {BadArgumentError} for what can be no manifest. Whether there is such a file is not looked at. */
export function checkManifestOption(where: string, option: unknown): void {
  const isFile = (typeof option === 'string' && option !== '') || (option instanceof URL && option.protocol === 'file:')
  if (!isFile && !areNames(option))
    throw new BadArgumentError(where, 'a JSON file (a path or a file URL), or an object of names', option)
}

function namesInFile(where: string, file: string | URL): StaticNames {
  const content = parsed(where, file)
  const { latest = content } = (content ?? {}) as { readonly latest?: unknown }
  if (areNames(latest)) return latest
  throw new BadArgumentError(`${where}: ${nameOf(file)}`, 'an object of names, or one under `latest`', latest)
}

function parsed(where: string, file: string | URL): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (error) {
    throw new BadArgumentError(where, `a file that can be read as JSON (${String(error)})`, nameOf(file))
  }
}

function nameOf(file: string | URL): string {
  return typeof file === 'string' ? file : fileURLToPath(file)
}

function areNames(names: unknown): names is StaticNames {
  if (typeof names !== 'object' || names === null || Array.isArray(names) || names instanceof URL) return false
  return Object.values(names).every((name) => typeof name === 'string')
}
