import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

// What the options of a command mean.

/** Apart from each other: a load that wakes up on the core of its server drives it away, and both look slow. */
export function coresOf(cores: string | undefined): readonly number[] {
  if (cores === 'any') return []
  if (cores !== undefined) return cores.split(',').map(Number)
  const canPin = cpus().length > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  return canPin ? [0, 1] : []
}

/** The same for people. */
export function coresText([server, load]: readonly number[]): string {
  return server === undefined ? 'on any core' : `servers on core ${server}, their load on core ${load}`
}

/** Some of what there is, by their names. @throws {RangeError} for a name of none. */
export function chosen<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  names: string | undefined,
): readonly T[] {
  if (names === undefined) return all
  const wanted = names.split(',')
  const unknown = wanted.filter((name) => !all.some((one) => one.name === name))
  if (unknown.length > 0)
    throw new RangeError(`${option} takes ${all.map(({ name }) => name).join(', ')}; got ${unknown.join(', ')}`)
  return all.filter(({ name }) => wanted.includes(name))
}
