import { BeamishError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { ExitError } from '../core/reason.ts'
import { asyncProcess, running } from './context.ts'
import type { LocalProcess } from './process.ts'
import { Runtime } from './runtime.ts'

let theDefault: Runtime | undefined

/** The runtime of code that runs in no process: made when first needed. */
export function defaultRuntime(): Runtime {
  theDefault ??= new Runtime()
  return theDefault
}

/** The process whose code calls; outside any, the main process of the default runtime. */
export function currentProcess(): LocalProcess {
  return running ?? asyncProcess() ?? defaultRuntime().main
}

/**
 * The current process, for a call that has effects on others.
 * @throws {ExitError} when the process has ended: its code goes on after a foreign promise, but may not act any more.
 */
export function actingProcess(): LocalProcess {
  const process = currentProcess()
  if (process.ended) throw orphaned(process)
  return process
}

/** For `send`, which needs no current process: throws when an ended process acts. */
export function refuseOrphans(): void {
  if (running !== undefined) return
  const process = asyncProcess()
  if (process?.ended) throw orphaned(process)
}

function orphaned(process: LocalProcess): ExitError {
  const explanation = `${process.pid} has ended; what its code started before cannot act for it any more.`
  const error = new ExitError(process.exitReason, explanation)
  error.cause = new BeamishError('BEAMISH_PROCESS_ENDED', explanation)
  return error
}

/**
 * The pid of the calling process.
 *
 * Works across `await`; outside any process it is the main process of the default runtime, as in a shell.
 * Semantics: OTP `erlang:self/0`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a body knows what it accepts, the runtime does not
export function self<M = any>(): Pid<M> {
  return currentProcess().pid
}
