import type { Pid } from '../core/pid.ts'
import type { Monitor } from '../runtime/monitor.ts'
import type { Operation } from '../runtime/operation.ts'
import {
  checkStartOptions,
  pidOrThrow,
  type StartableCode,
  StartError,
  type StartOptions,
  type StartOutcome,
  startProcess,
} from '../runtime/start.ts'

/** A started process and the monitor on it. */
export interface StartedWithMonitor {
  readonly pid: Pid
  readonly ref: Monitor
}

/**
 * The six ways to start a server. `start…` give the pid or throw {@link StartError}; `tryStart…` give every outcome.
 *
 * `…Link` links the server to the caller, which becomes its parent: in a tree always use that.
 */
export interface Starters<Arg extends readonly unknown[], Options extends StartOptions> {
  /** Semantics: OTP `gen_server:start_link/4`. @throws {StartError} */
  startLink(...args: StartArguments<Arg, Options>): Operation<Pid>
  /** Semantics: OTP `gen_server:start/4`. @throws {StartError} */
  start(...args: StartArguments<Arg, Options>): Operation<Pid>
  /** Semantics: OTP `gen_server:start_monitor/4`. @throws {StartError} */
  startMonitor(...args: StartArguments<Arg, Options>): Operation<StartedWithMonitor>
  tryStartLink(...args: StartArguments<Arg, Options>): Operation<StartOutcome>
  tryStart(...args: StartArguments<Arg, Options>): Operation<StartOutcome>
  tryStartMonitor(...args: StartArguments<Arg, Options>): Operation<StartOutcome>
}

/** The argument of `init`, which may be left out when it takes none, then options. */
export type StartArguments<Arg extends readonly unknown[], Options> = Arg extends readonly []
  ? [arg?: undefined, options?: Options]
  : undefined extends Arg[0]
    ? [arg?: Arg[0], options?: Options]
    : [arg: Arg[0], options?: Options]

/** What {@link starters} needs to know of a behaviour. */
export interface Startable<Options extends StartOptions> {
  /** For messages and reports: `GenServer Counter`. */
  readonly what: string
  /** Checks the behaviour's own options. */
  check(options: Options): void
  code(arg: unknown, options: Options): StartableCode
}

const startedBy = new WeakMap<object, string>()

/** Says what a start function starts. It must begin the start before it returns. */
export function nameStart<Start extends object>(start: Start, what: string): Start {
  startedBy.set(start, what)
  return start
}

/**
 * What a start function starts: `GenServer Counter`. Such a function begins the start before it returns.
 * @returns `undefined` for one that {@link nameStart} was not told of.
 */
export function whatStarts(start: object): string | undefined {
  return startedBy.get(start)
}

/** Builds the six start functions of a callback module. */
export function starters<Arg extends readonly unknown[], Options extends StartOptions>(
  startable: Startable<Options>,
): Starters<Arg, Options> {
  type Args = StartArguments<Arg, Options>
  const begin = <T>(
    where: string,
    link: boolean,
    monitor: boolean,
    args: Args,
    convert: (outcome: StartOutcome) => T,
  ) => {
    const [arg, given] = args
    const options = given ?? ({} as Options) // every option is optional
    checkStartOptions(`${startable.what}.${where}`, options)
    startable.check(options)
    const code = startable.code(arg, options)
    return startProcess({ code, initialCall: startable.what, link, monitor, options }, convert)
  }
  const pid = (outcome: StartOutcome) => pidOrThrow(startable.what, outcome)
  const same = (outcome: StartOutcome) => outcome
  const functions: Starters<Arg, Options> = {
    startLink: (...args) => begin('startLink', true, false, args, pid),
    start: (...args) => begin('start', false, false, args, pid),
    startMonitor: (...args) =>
      begin('startMonitor', false, true, args, (outcome) => monitored(startable.what, outcome)),
    tryStartLink: (...args) => begin('tryStartLink', true, false, args, same),
    tryStart: (...args) => begin('tryStart', false, false, args, same),
    tryStartMonitor: (...args) => begin('tryStartMonitor', false, true, args, same),
  }
  for (const start of Object.values(functions)) nameStart(start, startable.what)
  return functions
}

function monitored(what: string, outcome: StartOutcome): StartedWithMonitor {
  if (outcome.type === 'started' && outcome.ref !== undefined) return { pid: outcome.pid, ref: outcome.ref }
  throw new StartError(what, outcome as Exclude<StartOutcome, { type: 'started' }>) // a monitored start always has a ref
}
