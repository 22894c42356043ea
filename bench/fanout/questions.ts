import { median } from '../micro/question.ts'
import type { DialectName } from './client/dialects.ts'
import type { Effort, Pair } from './pair.ts'
import type { Usage } from './usage.ts'

/** How much is done in one round. */
export interface Size {
  readonly sockets: number
  readonly forMs: number
}

/** What one round of one subject came to. */
export interface Round {
  /** The answer to the question. */
  readonly figure: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** CPU time of the server for each of what is counted, in microseconds. */
  readonly serverMicros?: number
  /** The shares of one core that both sides used: a client at 1.0 is the bottleneck, and the figure its own. */
  readonly serverBusy?: number
  readonly clientBusy?: number
  /** How many cores everything else on the machine kept busy. */
  readonly othersCores?: number
  /** More that is worth printing. */
  readonly note?: string
}

/** The rounds of one question, by subject, in the order in which they were taken. */
export type Rounds = Readonly<Record<string, readonly Round[]>>

/** One row of the table. */
export interface Question {
  readonly name: string
  readonly asks: string
  readonly unit: 'per second' | 'bytes' | 'per broadcast'
  /** What `targets` asks of Beamish, in words. */
  readonly target: string
  readonly isMet: (rounds: Rounds) => boolean
  /** The subjects without which there is no verdict. */
  readonly needs: readonly string[]
  /** How many sockets are connected before the rounds. */
  readonly connected: number
  /** The protocols of Beamish's sockets, when they are not all the same. */
  readonly dialects?: readonly DialectName[]
  /** Whether each round needs a server that has done nothing before. */
  readonly isFresh?: boolean
  /** The subjects that can be asked. Default: all. */
  readonly only?: readonly string[]
  /** One round with one subject. */
  readonly put: (pair: Pair, size: Size) => Promise<Round>
}

// ── What is compared ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The median of what Beamish had for each of what the other had, round by round: both had the same minute. */
export function ratio(rounds: Rounds, other: string, pick: (round: Round) => number = ({ figure }) => figure): number {
  const theirs = rounds[other] ?? []
  return median((rounds['beamish'] ?? []).map((ours, i) => pick(ours) / pick(theirs[i] ?? { figure: Number.NaN })))
}

/** The median of one subject's rounds. */
export function medianOf(rounds: readonly Round[], pick: (round: Round) => number | undefined): number {
  return median(rounds.map((round) => pick(round) ?? Number.NaN))
}

function p99(round: Round): number {
  return round.p99Ms ?? Number.NaN
}

// ── Broadcasts ───────────────────────────────────────────────────────────────────────────────────────────────────────

const NO_LIMIT = Number.MAX_SAFE_INTEGER

function broadcasts(bytes: number, inFlight: number): Question['put'] {
  return async (pair, { forMs }) => {
    const plan = { inFlight, forMs, atMost: NO_LIMIT }
    const { result, effort } = await pair.measured(() => pair.broadcast(bytes, plan))
    const { deliveries, seconds, p50Ms, p99Ms, bytes: lengths } = result
    if (lengths.some((length) => length !== bytes))
      throw new Error(`${pair.subject.name} sent ${lengths} bytes, not ${bytes}`)
    return { figure: deliveries / seconds, p50Ms, p99Ms, ...shares(effort, deliveries, seconds) }
  }
}

function shares({ serverSeconds, clientSeconds, othersCores }: Effort, count: number, seconds: number) {
  return {
    serverMicros: (serverSeconds * 1e6) / count,
    serverBusy: serverSeconds / seconds,
    clientBusy: clientSeconds / seconds,
    othersCores,
  }
}

const FLOWING = {
  unit: 'per second',
  target: '≥ 0.95× raw uWS, ≥ 8× socket.io',
  needs: ['beamish', 'raw uWS', 'socket.io'],
  isMet: (rounds: Rounds) => ratio(rounds, 'raw uWS') >= 0.95 && ratio(rounds, 'socket.io') >= 8,
} as const

const ONE_BY_ONE = {
  unit: 'per second',
  target: '≥ 0.95× raw uWS, p99 to the last socket ≤ 1.1× raw uWS',
  needs: ['beamish', 'raw uWS'],
  isMet: (rounds: Rounds) => ratio(rounds, 'raw uWS') >= 0.95 && ratio(rounds, 'raw uWS', p99) <= 1.1,
} as const

const BROADCASTS: readonly Question[] = [
  {
    name: 'broadcast',
    asks: 'deliveries of 64 B, 8 broadcasts in flight',
    connected: 1000,
    ...FLOWING,
    put: broadcasts(64, 8),
  },
  {
    name: 'broadcast-one',
    asks: 'deliveries of 64 B, one broadcast at a time',
    connected: 1000,
    ...ONE_BY_ONE,
    put: broadcasts(64, 1),
  },
  {
    name: 'broadcast-1kb',
    asks: 'deliveries of 1 KB, 8 broadcasts in flight',
    connected: 1000,
    ...FLOWING,
    put: broadcasts(1024, 8),
  },
  {
    name: 'broadcast-1kb-one',
    asks: 'deliveries of 1 KB, one broadcast at a time',
    connected: 1000,
    ...ONE_BY_ONE,
    put: broadcasts(1024, 1),
  },
  {
    name: 'broadcast-10k',
    asks: 'deliveries of 64 B, 8 broadcasts in flight',
    connected: 10_000,
    ...FLOWING,
    put: broadcasts(64, 8),
  },
  {
    name: 'broadcast-10k-one',
    asks: 'deliveries of 64 B, one broadcast at a time',
    connected: 10_000,
    ...ONE_BY_ONE,
    put: broadcasts(64, 1),
  },
]

/** What the load itself can do: so many frames arrive at once that the server has next to nothing to do for each. */
const CEILING: Question = {
  name: 'load',
  asks: 'deliveries of 64 B that the load can count: 64 broadcasts in flight',
  unit: 'per second',
  connected: 1000,
  only: ['raw uWS'],
  target: '> 1 M/s',
  needs: ['raw uWS'],
  isMet: (rounds) => medianOf(rounds['raw uWS'] ?? [], ({ figure }) => figure) > 1e6,
  put: broadcasts(64, 64),
}

// ── Echo, joins, memory ──────────────────────────────────────────────────────────────────────────────────────────────

const ECHO: Question = {
  name: 'echo',
  asks: 'push → reply round trips of 64 B, one on its way for each socket',
  unit: 'per second',
  connected: 100,
  target: '≥ 0.6× raw uWS',
  needs: ['beamish', 'raw uWS'],
  isMet: (rounds) => ratio(rounds, 'raw uWS') >= 0.6,
  put: async (pair, { forMs }) => {
    const plan = { bytes: 64, forMs, atMost: NO_LIMIT }
    const { result, effort } = await pair.measured(() => pair.echo(plan))
    const { roundTrips, seconds } = result
    return { figure: roundTrips / seconds, ...shares(effort, roundTrips, seconds) }
  },
}

/** Twice what Phoenix reached where the targets were taken. */
const JOINS_PER_SECOND = 7600

/** Beamish with presence. */
const TRACKED = 'beamish presence'

const JOINS: Question = {
  name: 'joins',
  asks: 'sockets connected and joined (raw uWS and ws: connected)',
  unit: 'per second',
  connected: 0,
  target: `with presence ≥ ${JOINS_PER_SECOND / 1000} k/s (2× Phoenix, measured elsewhere)`,
  needs: [TRACKED],
  isMet: (rounds) => medianOf(rounds[TRACKED] ?? [], ({ figure }) => figure) >= JOINS_PER_SECOND,
  put: async (pair, { sockets }) => {
    const { result: seconds, effort } = await pair.measured(() => pair.connect(sockets))
    await pair.disconnect()
    return { figure: sockets / seconds, ...shares(effort, sockets, seconds) }
  },
}

const BYTES_PER_SOCKET = 6000

const MEMORY: Question = {
  name: 'memory',
  asks: 'resident memory of the server per joined socket',
  unit: 'bytes',
  connected: 0,
  isFresh: true,
  target: `≤ ${BYTES_PER_SOCKET / 1000} kB`,
  needs: ['beamish'],
  isMet: (rounds) => medianOf(rounds['beamish'] ?? [], ({ figure }) => figure) <= BYTES_PER_SOCKET,
  put: async (pair, { sockets }) => {
    // What a server needs only once (compiled code, tables, room for the young generation) comes with the first sockets.
    const empty = await pair.memory()
    await pair.connect(sockets)
    const before = await pair.memory()
    await pair.connect(sockets)
    const after = await pair.memory()
    await pair.disconnect()
    const each = (to: Usage, from: Usage, pick: (usage: Usage) => number) =>
      Math.round((pick(to) - pick(from)) / sockets)
    const heap = each(after, before, ({ heapUsed }) => heapUsed)
    const first = each(before, empty, ({ rss }) => rss)
    return {
      figure: each(after, before, ({ rss }) => rss),
      note: `heap ${heap} B each; the first ones took ${first} B`,
    }
  },
}

// ── Mixed members ────────────────────────────────────────────────────────────────────────────────────────────────────

const MIXED: readonly DialectName[] = ['phoenix', 'phoenix-msgpack', 'phoenix-v1']

const ENCODES: Question = {
  name: 'encodes',
  asks: `encodings of one broadcast to members that speak ${MIXED.join(' and ')}`,
  unit: 'per broadcast',
  connected: 1000,
  dialects: MIXED,
  only: ['beamish'],
  target: 'one of each',
  needs: ['beamish'],
  isMet: (rounds) => (rounds['beamish'] ?? []).every(({ figure }) => figure === MIXED.length),
  put: async (pair) => {
    const before = await pair.encodes()
    const { broadcasts } = await pair.broadcast(64, { inFlight: 8, forMs: 60_000, atMost: 50 })
    return { figure: ((await pair.encodes()) - before) / broadcasts }
  },
}

/** Every question. Those with the same number of sockets stand together: they are connected once. */
export const QUESTIONS: readonly Question[] = [CEILING, ...BROADCASTS, ECHO, JOINS, MEMORY, ENCODES]
