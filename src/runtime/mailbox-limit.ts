import { BadArgumentError } from '../core/errors.ts'
import type { LocalProcess } from './process.ts'

/** What happens to a message that finds the mailbox full. The one vocabulary for every bounded buffer of Beamish. */
export type OverflowPolicy = 'dropNewest' | 'dropOldest' | 'exit'

/** Bounds a mailbox. */
export interface MailboxOptions {
  /** The most messages that may wait, at least 1. Signals (`down`, `exit`) do not count and are never refused. */
  readonly limit: number
  /**
   * - `'dropNewest'`: the arriving message is dropped;
   * - `'dropOldest'`: the one that waits longest is dropped;
   * - `'exit'`: the receiver exits with `{ type: 'mailboxOverflow', limit }`, as memory limits of OTP do.
   */
  readonly onOverflow: OverflowPolicy
}

/** The method of a message that somebody waits for an answer to: called when the message is dropped. */
export const droppable = Symbol('droppable')

const POLICIES: readonly string[] = ['dropNewest', 'dropOldest', 'exit'] satisfies OverflowPolicy[]

/** Enforces a limit on the receiver's side: the sender never notices. */
export class MailboxLimit {
  private readonly options: MailboxOptions

  constructor(options: MailboxOptions) {
    if (!Number.isInteger(options.limit) || options.limit < 1) {
      throw new BadArgumentError('mailbox.limit', 'a whole number of messages, at least 1', options.limit)
    }
    if (!POLICIES.includes(options.onOverflow)) {
      throw new BadArgumentError('mailbox.onOverflow', "'dropNewest' | 'dropOldest' | 'exit'", options.onOverflow)
    }
    this.options = options
  }

  /** Whether `message` may enter the mailbox of `process`. Makes room, or ends the process, as the policy says. */
  admits(process: LocalProcess, message: unknown): boolean {
    const own = process.own()
    if (process.mailbox.size < this.options.limit) {
      own.dropped = 0
      return true
    }
    const policy = this.options.onOverflow
    own.dropped++
    process.runtime.mailboxOverflowed(process, policy, own.dropped)
    if (policy === 'exit') {
      process.die({ type: 'mailboxOverflow', limit: this.options.limit })
      return false
    }
    drop(policy === 'dropOldest' ? process.mailbox.dropOldest() : message)
    return policy === 'dropOldest'
  }
}

function drop(message: unknown): void {
  if (typeof message === 'object' && message !== null && droppable in message) {
    ;(message as { [droppable](): void })[droppable]()
  }
}
