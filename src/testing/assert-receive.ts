import { AssertionError } from 'node:assert'
import { BadArgumentError, show } from '../core/errors.ts'
import { currentProcess } from '../runtime/current.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { Receive, startReceive } from '../runtime/receive.ts'
import { isLike } from './is-like.ts'
import { settle } from './virtual-clock.ts'

/** Options of {@link assertReceive} and {@link refuteReceive}. */
export interface AssertReceiveOptions {
  /** Milliseconds of the machine's clock, whatever clock the runtime has. */
  readonly timeoutMs?: number
}

/**
 * Takes the oldest message of the calling process that matches, waiting for it if need be.
 *
 * It waits by the machine's clock, for what comes from outside (sockets, files). What a virtual clock brings must have been
 * brought before, by `clock.advance`.
 * @param match - a type guard, a predicate, or a part of the message: `{ type: 'pong' }`.
 * @param options - `timeoutMs`: default 1000.
 * @returns the message.
 * @throws {AssertionError} when none came; it shows the mailbox.
 *
 * Semantics: ExUnit `assert_receive/3`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as `receive`
export function assertReceive<T>(match: (message: any) => message is T, options?: AssertReceiveOptions): Promise<T>
// biome-ignore lint/suspicious/noExplicitAny: as `receive`
export function assertReceive<M = any>(match: (message: M) => boolean, options?: AssertReceiveOptions): Promise<M>
// biome-ignore lint/suspicious/noExplicitAny: as `receive`
export function assertReceive<M = any>(part: unknown, options?: AssertReceiveOptions): Promise<M>
export async function assertReceive(match: unknown, options: AssertReceiveOptions = {}): Promise<unknown> {
  const process = currentProcess()
  const timeoutMs = checkTimeout('assertReceive', options.timeoutMs ?? 1000)
  const found = await take(process, predicateOf(match), timeoutMs)
  if (found !== undefined) return found.message
  throw new AssertionError({
    message: `no message matches ${wanted(match)} after ${timeoutMs} ms. ${mailboxOf(process)}`,
    actual: process.mailbox.toArray(),
    expected: match,
    operator: 'assertReceive',
    stackStartFn: assertReceive,
  })
}

/**
 * Fails when the calling process has, or gets, a message that matches.
 * @param match - as {@link assertReceive}.
 * @param options - `timeoutMs`: how long to wait for it by the machine's clock. Default 0: every process that is ready runs
 * until it waits, and then the mailbox is looked at.
 * @throws {AssertionError} when there is one; it shows the message.
 *
 * Semantics: ExUnit `refute_receive/3`. Differs: the default does not let time pass.
 */
// biome-ignore lint/suspicious/noExplicitAny: as `receive`
export function refuteReceive<M = any>(match: (message: M) => boolean, options?: AssertReceiveOptions): Promise<void>
export function refuteReceive(part: unknown, options?: AssertReceiveOptions): Promise<void>
export async function refuteReceive(match: unknown, options: AssertReceiveOptions = {}): Promise<void> {
  const process = currentProcess()
  const timeoutMs = checkTimeout('refuteReceive', options.timeoutMs ?? 0)
  await settle()
  const found = await take(process, predicateOf(match), timeoutMs)
  if (found === undefined) return
  throw new AssertionError({
    message: `a message matches ${wanted(match)}: ${show(found.message)}`,
    actual: found.message,
    expected: undefined,
    operator: 'refuteReceive',
    stackStartFn: refuteReceive,
  })
}

function checkTimeout(where: string, timeoutMs: unknown): number {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs < 2 ** 31) return timeoutMs
  throw new BadArgumentError(`${where}: timeoutMs`, 'milliseconds from 0 to 2147483647', timeoutMs)
}

function predicateOf(match: unknown): (message: unknown) => boolean {
  if (typeof match === 'function') return match as (message: unknown) => boolean
  return (message) => isLike(match, message)
}

/**
 * Takes the oldest message of a process that matches, or waits for it by the machine's clock.
 * @returns `undefined` when none came. In an object, because a message may be anything.
 */
export async function take(
  process: LocalProcess,
  match: (message: unknown) => boolean,
  timeoutMs: number,
): Promise<{ message: unknown } | undefined> {
  let found: { message: unknown } | undefined
  const keep = (message: unknown): boolean => {
    if (!match(message)) return false
    found = { message }
    return true
  }
  const receiving = new Receive(process, keep, timeoutMs === 0 ? 0 : 'infinity')
  // A process that waits keeps Node running by itself; one that is killed here never comes back to clear the timer.
  const timer = setTimeout(() => receiving.expire(), timeoutMs).unref()
  try {
    await startReceive(process, receiving)
  } finally {
    clearTimeout(timer)
  }
  return found
}

function wanted(match: unknown): string {
  return typeof match === 'function' ? String(match) : show(match)
}

function mailboxOf(process: LocalProcess): string {
  const messages = process.mailbox.toArray()
  if (messages.length === 0) return 'The mailbox is empty.'
  const shown = messages.slice(0, 20).map((message) => `\n  ${show(message)}`)
  const rest = messages.length - shown.length
  return `The mailbox holds:${shown.join('')}${rest > 0 ? `\n  and ${rest} more` : ''}`
}
