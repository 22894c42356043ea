import { type CallSite, makeCall } from '../src/behaviours/call.ts'
import { type Starters, starters } from '../src/behaviours/start.ts'
import { checkKeys } from '../src/core/check-keys.ts'
import { BadArgumentError } from '../src/core/errors.ts'
import type { ServerRef } from '../src/runtime/names.ts'
import type { Operation } from '../src/runtime/operation.ts'
import type { StartableCode, StartOptions } from '../src/runtime/start.ts'
import { BadSupervisorError, type ChildSpec, type FullChildSpec } from './child-spec.ts'
import { START_OPTIONS, supervisorSpec } from './supervisor-options.ts'

/** A defined supervisor. */
export interface SupervisorModule<Arg extends readonly unknown[]> extends Starters<Arg, StartOptions> {
  readonly moduleName: string
  /** How it is started, restarted and stopped as a child: `type` is `'supervisor'`, `shutdown` `'infinity'`. */
  childSpec(arg?: Arg[0], options?: StartOptions): FullChildSpec
}

/** Why a supervisor module did not start: what its `init` returned cannot be used. */
export class SupervisorRefusal {
  readonly type: 'startSpec' | 'supervisorData' | 'badReturn'
  /** The mistake, by the name that OTP gives it; for `badReturn` what was returned. */
  readonly reason: unknown
  readonly explanation: string

  constructor(type: 'startSpec' | 'supervisorData' | 'badReturn', reason: unknown, explanation: string) {
    this.type = type
    this.reason = reason
    this.explanation = explanation
  }

  toString(): string {
    return `${this.type}: ${this.explanation}`
  }
}

/** What a mistake in the value of an `init` refuses the start with. Any other error is thrown on. */
export function refusalOf(type: 'startSpec' | 'supervisorData', error: unknown): SupervisorRefusal {
  if (!(error instanceof BadArgumentError)) throw error
  return new SupervisorRefusal(type, error instanceof BadSupervisorError ? error.reason : error, error.message)
}

/** The start functions and the child specification of a supervisor module. */
export function supervisorModule<Arg extends readonly unknown[]>(
  behaviour: string,
  moduleName: string,
  code: (arg: unknown) => StartableCode,
): SupervisorModule<Arg> {
  const functions = starters<Arg, StartOptions>({
    what: `${behaviour} ${moduleName}`,
    check: (options) => checkKeys(`${moduleName}.startLink`, options, START_OPTIONS),
    code,
  })
  const start = functions.tryStartLink as ChildSpec['start'] // typed by the argument of `init`, as the specification cannot be
  const module: SupervisorModule<Arg> = {
    moduleName,
    ...functions,
    childSpec: (arg, options) => supervisorSpec(`${moduleName}.childSpec`, start, () => [arg, options], {}, module),
  }
  return module
}

/** A request to a supervisor. It waits as long as it takes: children start and stop meanwhile. */
export function supervisorCall<T>(
  module: string,
  name: string,
  supervisor: ServerRef,
  payload?: unknown,
): Operation<T> {
  const site: CallSite = { module, function: name, defaultTimeoutMs: 'infinity' }
  return makeCall(supervisor, name, payload, site) as Operation<T> // each request has one kind of answer
}
