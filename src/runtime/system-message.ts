/**
 * What `sys` and `stop` ask of a process started by a behaviour. It waits in the mailbox like any other message.
 *
 * `apply` is done by the behaviour's loop; the request carries its own way back.
 * Semantics: OTP `sys`, system messages.
 */
export class SystemMessage<Target = unknown> {
  readonly apply: (target: Target) => void

  constructor(apply: (target: Target) => void) {
    this.apply = apply
  }
}
