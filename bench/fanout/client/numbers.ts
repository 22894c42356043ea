import { DIGITS, MARK } from '../payload.ts'

const ZERO = 48

/**
 * Finds the number in the messages of one run and one protocol. They are all equally long and have it in the same place, which
 * the first one shows: the others cost a comparison and ten digits.
 */
export class Numbers {
  private length = -1
  private at = 0

  /** @returns -1 for a message that is not one of the run. */
  numberOf(bytes: Buffer, start: number, end: number): number {
    if (end - start !== this.length && !this.learn(bytes, start, end)) return -1
    const first = start + this.at
    let number = 0
    for (let i = first; i < first + DIGITS; i++) number = number * 10 + (bytes[i] as number) - ZERO // lies inside the message
    return number
  }

  /** How long the messages are; -1 before the first. */
  get size(): number {
    return this.length
  }

  private learn(bytes: Buffer, start: number, end: number): boolean {
    if (this.length >= 0) return false
    const mark = bytes.subarray(start, end).indexOf(MARK)
    if (mark < 0) return false
    this.length = end - start
    this.at = mark + MARK.length
    return true
  }
}

/** Writes a number over that of a message of a client. @throws {RangeError} when it has none. */
export function setNumber(message: Buffer, sequence: number): void {
  const mark = message.indexOf(MARK)
  if (mark < 0) throw new RangeError('expected a message with a number')
  let rest = sequence
  for (let i = mark + MARK.length + DIGITS - 1; i >= mark + MARK.length; i--) {
    message[i] = ZERO + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}
