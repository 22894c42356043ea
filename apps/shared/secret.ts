import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What sessions and tokens are signed with: `$SECRET_KEY_BASE`, else what is kept in the folder of an app's data, so that who is signed in
 * stays so when the program starts again. It is made when it is first asked for.
 */
export function secretIn(folder: string): string {
  const { SECRET_KEY_BASE: given } = process.env
  if (given !== undefined) return given
  const path = join(folder, 'secret')
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(path, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8')
}
