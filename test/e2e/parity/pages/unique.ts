let last = 0

/** A number that was not given before. */
export function uniqueNumber(): number {
  last += 1
  return last
}
