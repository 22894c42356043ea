/** Shared by every mailbox that never got a message: an idle process pays for no buffer. */
const NO_BUFFER: unknown[] = []
const FIRST_CAPACITY = 4
/** A drained mailbox keeps a buffer of at most this many slots. */
const KEPT_CAPACITY = 1024

/**
 * The unread messages of one process, oldest first: a ring buffer.
 *
 * ```
 *  buffer  [ m4 | .. | .. | m1 | m2 | m3 ]      length is a power of two
 *                          ^head          size = 4
 * ```
 * Positions count from the oldest message (0). Measured by `bench/micro` (many producers, selective receive).
 */
export class Mailbox {
  size = 0
  /** How often messages were taken out behind the back of a `receive` that waits: what it knows of positions is void then. */
  disturbances = 0
  private buffer: unknown[] = NO_BUFFER
  private head = 0

  push(message: unknown): void {
    if (this.size === this.buffer.length) this.grow()
    this.buffer[(this.head + this.size) & (this.buffer.length - 1)] = message
    this.size++
  }

  /** Takes the oldest message. The mailbox must not be empty. */
  shift(): unknown {
    const buffer = this.buffer
    const head = this.head
    const message = buffer[head]
    buffer[head] = undefined
    this.head = (head + 1) & (buffer.length - 1)
    if (--this.size === 0 && buffer.length > KEPT_CAPACITY) this.release()
    return message
  }

  at(position: number): unknown {
    return this.buffer[(this.head + position) & (this.buffer.length - 1)]
  }

  /** The position of the first message from `start` on that `match` accepts, or -1. What `match` throws passes through. */
  find(match: (message: unknown) => boolean, start: number): number {
    const buffer = this.buffer
    const mask = buffer.length - 1
    const head = this.head
    // `match` is user code but cannot change this mailbox: only the owner takes, and the owner is in this loop;
    // what it sends to itself lands behind `size` as read here and is looked at by the next scan.
    const size = this.size
    for (let position = start; position < size; position++) {
      if (match(buffer[(head + position) & mask])) return position
    }
    return -1
  }

  /** Takes the message at `position`; the others keep their order. Moves the shorter side by one slot. */
  remove(position: number): unknown {
    if (position === 0) return this.shift()
    const buffer = this.buffer
    const mask = buffer.length - 1
    const head = this.head
    const message = buffer[(head + position) & mask]
    if (position < this.size >> 1) {
      for (let i = position; i > 0; i--) buffer[(head + i) & mask] = buffer[(head + i - 1) & mask]
      buffer[head] = undefined
      this.head = (head + 1) & mask
    } else {
      const last = this.size - 1
      for (let i = position; i < last; i++) buffer[(head + i) & mask] = buffer[(head + i + 1) & mask]
      buffer[(head + last) & mask] = undefined
    }
    this.size--
    return message
  }

  /** Takes the oldest message to make room. The mailbox must not be empty. */
  dropOldest(): unknown {
    this.disturbances++
    return this.shift()
  }

  /** Takes every message that `match` accepts. @returns how many. */
  removeAll(match: (message: unknown) => boolean): number {
    this.disturbances++
    let removed = 0
    for (let position = this.find(match, 0); position >= 0; position = this.find(match, position)) {
      this.remove(position)
      removed++
    }
    return removed
  }

  toArray(): unknown[] {
    return Array.from({ length: this.size }, (_, position) => this.at(position))
  }

  clear(): void {
    this.size = 0
    this.release()
  }

  private release(): void {
    this.buffer = NO_BUFFER
    this.head = 0
  }

  private grow(): void {
    const grown: unknown[] = new Array(this.size === 0 ? FIRST_CAPACITY : this.size * 2).fill(undefined)
    for (let position = 0; position < this.size; position++) grown[position] = this.at(position)
    this.buffer = grown
    this.head = 0
  }
}
