import type { ReplicaId } from './version-clock.ts'

/**
 * One process tracked in one topic under one key: a plain value that never changes, here and on other nodes.
 *
 * `replica` and `clock` are its tag: nothing else ever has the same. An update is another entry.
 */
export interface Entry {
  readonly replica: ReplicaId
  readonly clock: number
  readonly topic: string
  readonly key: string
  readonly meta: object
}

/**
 * Something known of one replica: which of its clocks, and which entries there are among them.
 *
 * ```
 *   also        from                 to      also
 *  ──●───────────(───────────────────]────────●──►  clocks of `replica`
 *   ended before  `entries`, and nothing else   known, what lies between is not
 * ```
 * A clock is covered when it lies in `(from, to]` or in `also`. A covered clock without an entry ended (or never was an entry),
 * so a span tells of additions and of removals.
 */
export interface Span {
  readonly replica: ReplicaId
  readonly from: number
  readonly to: number
  readonly also: readonly number[]
  readonly entries: readonly Entry[]
}

/** What travels between replicas: at most one span of each. A whole state is a delta whose spans begin at 0. */
export type Delta = readonly Span[]

/** How much a delta takes to keep and send: its entries and the clocks that it covers. */
export function sizeOf(delta: Delta): number {
  return delta.reduce((size, { from, to, also, entries }) => size + entries.length + (to - from) + also.length, 0)
}

/** Tells which clocks a span covers. */
export function coverageOf({ from, to, also }: Span): (clock: number) => boolean {
  if (also.length === 0) return (clock) => clock > from && clock <= to
  const others = new Set(also)
  return (clock) => (clock > from && clock <= to) || others.has(clock)
}

/** The clocks of a span's entries. */
export function clocksOf({ entries }: Span): ReadonlySet<number> {
  return new Set(entries.map(({ clock }) => clock))
}

/**
 * Two deltas as one.
 * @returns `undefined` when, of a replica that both tell of, clocks between the two are missing.
 */
export function mergeDeltas(a: Delta, b: Delta): Delta | undefined {
  const spans = new Map(a.map((span) => [span.replica, span]))
  for (const span of b) {
    const known = spans.get(span.replica)
    const merged = known === undefined ? span : mergeSpans(known, span)
    if (merged === undefined) return undefined
    spans.set(span.replica, merged)
  }
  return [...spans.values()]
}

// With E for entries and K for covered clocks: E = (Ea ∩ Eb) ∪ (Ea \ Kb) ∪ (Eb \ Ka), K = Ka ∪ Kb. An entry stays unless the
// other side knows that it ended. The same formula merges a delta into a state (state.ts).
function mergeSpans(a: Span, b: Span): Span | undefined {
  if (a.from > b.to || b.from > a.to) return undefined
  const [inA, inB, coveredByA, coveredByB] = [clocksOf(a), clocksOf(b), coverageOf(a), coverageOf(b)]
  const from = Math.min(a.from, b.from)
  const to = Math.max(a.to, b.to)
  const also = [...new Set([...a.also, ...b.also])].filter((clock) => clock <= from || clock > to)
  const entries = a.entries.filter(({ clock }) => inB.has(clock) || !coveredByB(clock))
  for (const entry of b.entries) if (!inA.has(entry.clock) && !coveredByA(entry.clock)) entries.push(entry)
  return { replica: a.replica, from, to, also, entries }
}
