import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The version of the client's package that this version of Beamish is tested with. */
export const TESTED_CLIENT_VERSION = '1.2.12'

let found: string | undefined

/**
 * The version of `phoenix_live_view` that the pages of this program load: of the package that is installed where it runs, else the
 * one that this version of Beamish is tested with. A client that is told another one warns its user.
 */
export function clientVersion(): string {
  found ??= installedVersion(join(process.cwd(), 'package.json')) ?? TESTED_CLIENT_VERSION
  return found
}

/** @param from - a file of the program. @returns `undefined` when the package is not there. */
export function installedVersion(from: string): string | undefined {
  try {
    // The package shows nothing but its door, which leads into priv/static.
    const door = createRequire(from).resolve('phoenix_live_view')
    const manifest: unknown = JSON.parse(readFileSync(join(dirname(door), '../../package.json'), 'utf8'))
    const { version } = manifest as { version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}
