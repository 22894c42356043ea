import { BeamishError, show } from '../../core/errors.ts'

/** The keys of a list; `undefined`: each entry's place is its key. */
export type Keys = readonly unknown[] | undefined

/** Where the entries of a list were in the list before. Keys are compared as a `Map` does. */
export class Places {
  /** Whether all that were there and are there stand where they stood. */
  readonly areKept: boolean
  /** Entries before this index, and from the other one on, stand where they stood. */
  private readonly from: number
  private readonly to: number
  private readonly moved: ReadonlyMap<unknown, number>
  private readonly after: readonly unknown[]

  /** @throws {BeamishError} `BEAMISH_DUPLICATE_KEY` */
  constructor(before: KeyedEntries, after: KeyedEntries) {
    const [old, now] = bothKeys(before, after)
    const { count } = after
    const isSameCount = before.count === count
    this.from = old === undefined ? Math.min(before.count, count) : sameFromStart(old, now)
    this.areKept = this.from === Math.min(before.count, count)
    const kept = this.areKept || !isSameCount ? 0 : sameFromEnd(old as readonly unknown[], now) // without keys all are kept
    this.to = count - kept
    this.after = now
    this.moved = this.areKept ? NONE : placesOf(old as readonly unknown[], this.from, before.count - kept)
    if (count > before.count || !this.areKept) this.check()
  }

  /** @returns the index that an entry had; `undefined` for one that is new. */
  of(at: number): number | undefined {
    if (at < this.from || at >= this.to) return at
    return this.areKept ? undefined : this.moved.get(this.after[at])
  }

  /** Keys that were unique are, as long as they are the same ones. */
  private check(): void {
    if (this.after === NO_KEYS) return
    const between = this.after.slice(this.from, this.to)
    const areNew = between.some((key) => !this.moved.has(key))
    if (areNew) checkKeys(this.after)
    else if (new Set(between).size < between.length) checkKeys(this.after)
  }
}

/** What there is to compare of a list. */
export interface KeyedEntries {
  readonly keys: Keys
  readonly count: number
}

const NONE: ReadonlyMap<unknown, number> = new Map()
const NO_KEYS: readonly unknown[] = []

/** Where only one of two lists has keys, those of the other are the places of its entries. */
function bothKeys(before: KeyedEntries, after: KeyedEntries): [readonly unknown[] | undefined, readonly unknown[]] {
  if (before.keys === undefined && after.keys === undefined) return [undefined, NO_KEYS]
  return [before.keys ?? indexes(before.count), after.keys ?? indexes(after.count)]
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function sameFromStart(before: readonly unknown[], after: readonly unknown[]): number {
  const most = Math.min(before.length, after.length)
  let count = 0
  while (count < most && isSameKey(before[count], after[count])) count++
  return count
}

/** Of as many. */
function sameFromEnd(before: readonly unknown[], after: readonly unknown[]): number {
  let count = 0
  while (isSameKey(before[before.length - 1 - count], after[after.length - 1 - count])) count++
  return count
}

function isSameKey(before: unknown, after: unknown): boolean {
  return before === after || (Number.isNaN(before) && Number.isNaN(after))
}

function placesOf(keys: readonly unknown[], from: number, to: number): Map<unknown, number> {
  const places = new Map<unknown, number>()
  for (let at = from; at < to; at++) places.set(keys[at], at)
  return places
}

/** @throws {BeamishError} `BEAMISH_DUPLICATE_KEY` */
export function checkKeys(keys: Keys): void {
  if (keys === undefined || new Set(keys).size === keys.length) return
  const twice = keys.find((key, index) => keys.indexOf(key) < index)
  throw new BeamishError(
    'BEAMISH_DUPLICATE_KEY',
    `each: the key ${show(twice)} stands for two items. Give each item a key of its own, such as its id.`,
  )
}
