import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import type { BenchOptions } from './bench.ts'

// What the options of a command mean.

/** Those of every command that puts questions to servers, in rounds. */
export const COMMON_FLAGS = {
  only: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  spare: { type: 'string', default: '0' },
  scale: { type: 'string', default: '1' },
  cores: { type: 'string' },
  profile: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** What was said with them, and how long a round lasts. */
export interface CommonValues {
  readonly rounds: string
  readonly spare: string
  readonly seconds: string
  readonly scale: string
  readonly cores?: string | undefined
  readonly profile?: string | undefined
}

export function optionsOf({
  rounds,
  spare,
  seconds,
  scale,
  cores,
  profile,
}: CommonValues): Omit<BenchOptions, 'subjects'> {
  return {
    rounds: Number(rounds),
    spare: Number(spare),
    forMs: Number(seconds) * 1000,
    scale: Number(scale),
    cores: coresOf(cores),
    ...(profile === undefined ? {} : { profiles: profile }),
  }
}

/** What a run is measured on. */
export function machineText({ cores = [] }: Pick<BenchOptions, 'cores'>): string {
  return `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${coresText(cores)}`
}

/** Runs a command. What it does not understand it answers with its usage. */
export async function runCommand(usage: string, main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const isUsage = error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
    console.error(isUsage ? `${(error as Error).message}\n\n${usage}` : error)
    process.exitCode = 1
  }
}

/** Apart from each other: a load that wakes up on the core of its server drives it away, and both look slow. */
function coresOf(cores: string | undefined): readonly number[] {
  if (cores === 'any') return []
  if (cores !== undefined) return cores.split(',').map(Number)
  const canPin = cpus().length > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  return canPin ? [0, 1] : []
}

/** The same for people. */
function coresText([server, load]: readonly number[]): string {
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
