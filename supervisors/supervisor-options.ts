import { checkKeys } from '../src/core/check-keys.ts'
import type { StartOptions } from '../src/runtime/start.ts'
import { BadSupervisorError, type CheckedSpec, type ChildSpec, checkSpec } from './child-spec.ts'

/** Which children are stopped and started again when one ends: itself, all, or itself and those started after it. */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne'
/** When the end of significant children ends the supervisor. */
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant'

/** How many restarts are too many. */
export interface RestartLimits {
  /** Restarts allowed within `maxSeconds`; the next one ends the supervisor. Default 3. */
  readonly maxRestarts?: number
  /** Default 5. */
  readonly maxSeconds?: number
}

/** What a supervisor does. Semantics: OTP `supervisor:sup_flags()`. */
export interface SupervisorFlags extends RestartLimits {
  /** Default `'oneForOne'`. */
  readonly strategy?: Strategy
  /** Default `'never'`. */
  readonly autoShutdown?: AutoShutdown
}

/** Options of a supervisor's start. */
export interface SupervisorOptions extends SupervisorFlags, StartOptions {}

/** The options of every start. */
export const START_OPTIONS = ['name', 'timeoutMs', 'label', 'mailbox'] satisfies (keyof StartOptions)[]
/** The options that decide how a supervisor behaves. */
export const FLAGS = ['strategy', 'maxRestarts', 'maxSeconds', 'autoShutdown'] satisfies (keyof SupervisorFlags)[]

/** Checks the options of `startLink` and `child`. */
export function checkSupervisorOptions(where: string, options: SupervisorOptions): void {
  checkKeys(where, options, [...FLAGS, ...START_OPTIONS])
  checkFlags(where, options)
}

/** Checks what decides how a supervisor behaves. */
export function checkFlags(where: string, flags: SupervisorFlags): void {
  const { strategy = 'oneForOne', autoShutdown = 'never' } = flags
  checkOneOf(`${where}: strategy`, 'invalidStrategy', ['oneForOne', 'oneForAll', 'restForOne'], strategy)
  checkLimits(where, flags)
  checkOneOf(
    `${where}: autoShutdown`,
    'invalidAutoShutdown',
    ['never', 'anySignificant', 'allSignificant'],
    autoShutdown,
  )
}

function checkOneOf(
  where: string,
  type: 'invalidStrategy' | 'invalidAutoShutdown',
  known: readonly string[],
  value: unknown,
): void {
  if (known.includes(value as string)) return
  throw new BadSupervisorError({ type, value }, where, known.map((each) => `'${each}'`).join(' | '), value)
}

/** Checks `maxRestarts` and `maxSeconds`. */
export function checkLimits(where: string, { maxRestarts = 3, maxSeconds = 5 }: RestartLimits): void {
  if (!Number.isInteger(maxRestarts) || maxRestarts < 0) {
    const reason = { type: 'invalidMaxRestarts', value: maxRestarts } as const
    throw new BadSupervisorError(reason, `${where}: maxRestarts`, 'a whole number, at least 0', maxRestarts)
  }
  if (!Number.isFinite(maxSeconds) || maxSeconds <= 0) {
    const reason = { type: 'invalidMaxSeconds', value: maxSeconds } as const
    throw new BadSupervisorError(reason, `${where}: maxSeconds`, 'seconds, more than 0', maxSeconds)
  }
}

/** What may be said about a supervisor as a child of another. */
export type ChildPlace = Partial<Pick<ChildSpec, 'id' | 'restart' | 'shutdown' | 'significant'>>

/** The fields of {@link ChildPlace}. */
export const PLACE = ['id', 'restart', 'shutdown', 'significant'] satisfies (keyof ChildPlace)[]

/** The specification of a supervisor as a child: `options` tell its place in the tree and how it starts. */
export function supervisorSpec<Options extends ChildPlace & StartOptions>(
  where: string,
  start: ChildSpec['start'],
  argsOf: (options: Omit<Options, keyof ChildPlace>) => readonly unknown[],
  options: Options,
  fallbackId: unknown,
): CheckedSpec {
  const {
    id = options.name ?? fallbackId,
    restart = 'permanent',
    shutdown = 'infinity',
    significant = false,
    ...rest
  } = options
  return checkSpec(where, { id, start, args: argsOf(rest), restart, shutdown, type: 'supervisor', significant })
}
