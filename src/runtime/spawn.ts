import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { type Body, BodyCode } from './code.ts'
import { actingProcess } from './current.ts'
import { MailboxLimit, type MailboxOptions } from './mailbox-limit.ts'
import { Monitor } from './monitor.ts'
import type { LocalProcess } from './process.ts'

/** Options of {@link spawn}. */
export interface SpawnOptions {
  /** Shown in reports and info. */
  readonly label?: unknown
  /** Bounds the mailbox. Default: unbounded. */
  readonly mailbox?: MailboxOptions
  /** Links the new process to the caller, as `spawnLink` does. */
  readonly link?: boolean
}

const OPTIONS: readonly string[] = ['label', 'mailbox', 'link'] satisfies (keyof SpawnOptions)[]

/**
 * Starts a process that runs `body`: a generator function, an async function, or a plain function.
 *
 * It has not run when `spawn` returns; messages sent to it meanwhile wait. It inherits the caller's group leader and
 * nothing else. It ends `'normal'` when the body returns.
 * @typeParam M - the messages that it accepts: `send` checks them.
 * @throws {BadArgumentError} when `body` is no function or an option is unknown.
 *
 * Semantics: OTP `erlang:spawn/1`.
 */
// biome-ignore lint/suspicious/noExplicitAny: an untyped process accepts everything
export function spawn<M = any>(body: Body, options?: SpawnOptions): Pid<M> {
  return startBody('spawn', body, options).pid
}

/**
 * `spawn`, linked atomically: even a body that fails on its first line delivers its real reason.
 *
 * Semantics: OTP `erlang:spawn_link/1`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as spawn
export function spawnLink<M = any>(body: Body, options?: SpawnOptions): Pid<M> {
  return startBody('spawnLink', body, { ...options, link: true }).pid
}

/**
 * `spawn`, monitored atomically.
 * @returns the pid and the monitor's reference. Semantics: OTP `erlang:spawn_monitor/1`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as spawn
export function spawnMonitor<M = any>(
  body: Body,
  options?: SpawnOptions,
): { readonly pid: Pid<M>; readonly ref: Monitor } {
  const process = startBody('spawnMonitor', body, options)
  const ref = new Monitor(actingProcess(), process.pid)
  ref.attach(process)
  return { pid: process.pid, ref }
}

function startBody(where: string, body: Body, options: SpawnOptions | undefined): LocalProcess {
  if (typeof body !== 'function') {
    const remedy = 'Pass the function itself, not what calling it returns.'
    throw new BadArgumentError(where, 'a generator function, an async function or a plain function', body, remedy)
  }
  const parent = actingProcess()
  const limit = options === undefined ? undefined : checkOptions(where, options)
  const process = parent.runtime.spawn(new BodyCode(body), parent)
  if (options?.label !== undefined) process.own().label = options.label
  if (limit !== undefined) process.own().limit = limit
  if (options?.link) linkNew(parent, process)
  return process
}

function checkOptions(where: string, options: SpawnOptions): MailboxLimit | undefined {
  checkKeys(where, options, OPTIONS)
  return options.mailbox === undefined ? undefined : new MailboxLimit(options.mailbox)
}

/** Links a process that has not run yet to its starter. */
export function linkNew(parent: LocalProcess, child: LocalProcess): void {
  parent.addLink(child.pid)
  child.addLink(parent.pid)
}
