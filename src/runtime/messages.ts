import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { Ref } from '../core/ref.ts'

/**
 * What a process that traps exits gets instead of dying.
 *
 * `from` is the linked process that ended, or the sender of `exit(pid, reason)`.
 * Semantics: OTP `{'EXIT', From, Reason}`.
 */
export class ExitMessage {
  readonly type = 'exit'
  readonly from: Pid
  readonly reason: ExitReason

  constructor(from: Pid, reason: ExitReason) {
    this.from = from
    this.reason = reason
  }
}

/** What a monitor names: the pid, or the name it was set on. */
export type MonitoredObject = Pid | { readonly name: string; readonly node: string }

/**
 * What a monitor delivers, once, when its target ends.
 *
 * `type` is `'down'` unless the monitor was given a `tag`. `object` is the pid, or `{ name, node }` for a monitor by name.
 * Semantics: OTP `{'DOWN', Ref, process, Object, Reason}`.
 */
export interface DownMessage<Tag = 'down'> {
  readonly type: Tag
  readonly ref: Ref
  readonly object: MonitoredObject
  readonly reason: ExitReason
}

/** What `startTimer` delivers. Semantics: OTP `{timeout, TimerRef, Msg}`. */
export interface TimeoutMessage<M = unknown> {
  readonly type: 'timeout'
  readonly ref: Ref
  readonly message: M
}

/** The answer to an asynchronous `cancelTimer`. Semantics: OTP `{cancel_timer, TimerRef, Result}`. */
export interface CancelTimerMessage {
  readonly type: 'cancelTimer'
  readonly ref: Ref
  /** Milliseconds that were left, or `false` when the timer was not running. */
  readonly result: number | false
}

/** Whether the message is the end of the monitored process behind `ref` (or of any, without `ref`). */
export function isDown(message: unknown, ref?: Ref): message is DownMessage {
  const down = message as Partial<DownMessage> | null | undefined
  return (
    typeof down === 'object' && down?.type === 'down' && 'object' in down && (ref === undefined || down.ref === ref)
  )
}

/** Whether the message is the exit of a linked process (of `from`, when given). */
export function isExit(message: unknown, from?: Pid): message is ExitMessage {
  return message instanceof ExitMessage && (from === undefined || message.from === from)
}
