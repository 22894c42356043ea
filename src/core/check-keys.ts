import { BadArgumentError } from './errors.ts'

/**
 * Sees to it that options are an object with no keys but these: a misspelt option is a mistake, not a default.
 * @param what - what they are to people. @throws {BadArgumentError}
 */
export function checkKeys(
  where: string,
  options: unknown,
  known: readonly string[],
  what: 'options' | 'callbacks' | 'keys' = 'options',
): void {
  if (typeof options !== 'object' || options === null)
    throw new BadArgumentError(where, `an object with the ${what} ${known.join(', ')}`, options)
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new BadArgumentError(where, `the ${what} ${known.join(', ')}`, key)
  }
}
