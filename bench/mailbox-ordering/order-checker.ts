/** A promise of the mailbox that was not kept. */
export interface Violation {
  /** `ahead`: it came before an earlier one, which is lost or late · `again`: it, or a later one, was seen before · `early end`: the sender's end came before its last message. */
  readonly kind: 'ahead' | 'again' | 'early end'
  readonly receiver: number
  readonly sender: number
  readonly expected: number
  readonly got: number
}

/** Thrown at the first violation: nothing that comes after it means anything. */
export class OrderViolationError extends Error {
  readonly violation: Violation

  constructor(violation: Violation) {
    const { kind, receiver, sender, expected, got } = violation
    super(`${kind}: receiver ${receiver} expected message ${expected} of sender ${sender}, got ${got}`)
    this.name = 'OrderViolationError'
    this.violation = violation
  }
}

/**
 * What one receiver must see: of each sender the messages 0, 1, 2 … in this order, each once, and the sender's end after them.
 *
 * Pure: knows nothing of processes.
 */
export class OrderChecker {
  private readonly receiver: number
  private readonly next: Int32Array

  constructor(receiver: number, senders: number) {
    this.receiver = receiver
    this.next = new Int32Array(senders)
  }

  /** How many messages of `sender` came so far. */
  seen(sender: number): number {
    return this.next[sender] ?? 0
  }

  /** A message arrived. @throws {OrderViolationError} */
  message(sender: number, got: number): void {
    const expected = this.next[sender] as number
    if (got !== expected) throw this.violation(got > expected ? 'ahead' : 'again', sender, expected, got)
    this.next[sender] = expected + 1
  }

  /** The sender has ended, having sent `total` messages to this receiver. @throws {OrderViolationError} */
  senderEnded(sender: number, total: number): void {
    const expected = this.next[sender] as number
    if (expected !== total) throw this.violation('early end', sender, expected, total)
  }

  private violation(kind: Violation['kind'], sender: number, expected: number, got: number): OrderViolationError {
    return new OrderViolationError({ kind, receiver: this.receiver, sender, expected, got })
  }
}
