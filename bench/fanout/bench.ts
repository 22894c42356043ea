import { Pair, type PairOptions } from './pair.ts'
import type { Question, Round, Rounds } from './questions.ts'
import type { Subject } from './subjects.ts'

/** How the questions are put. */
export interface BenchOptions {
  readonly subjects: readonly Subject[]
  /** Rounds that count; one more comes before them and does not. */
  readonly rounds: number
  /** So many more rounds are taken, and those left out in which other processes disturbed most. Default 0. */
  readonly spare?: number
  readonly forMs: number
  /** Multiplies every number of sockets. */
  readonly scale: number
  /** The cores of the servers and of their load. Default: any. */
  readonly cores?: readonly number[]
  /** A folder for CPU profiles of the servers. */
  readonly profiles?: string
}

/** The sockets of questions that connect some themselves. */
const FRESH_SOCKETS = 5000

/** Servers that run side by side, each with its sockets connected. Only one of them is busy at a time. */
class Stand {
  readonly pairs: readonly Pair[]

  private constructor(pairs: readonly Pair[]) {
    this.pairs = pairs
  }

  static async open(question: Question, options: BenchOptions): Promise<Stand> {
    const pairs: Pair[] = []
    try {
      for (const subject of takingPart(question, options)) {
        const pair = await Pair.open(subject, pairOptions(options))
        pairs.push(pair)
        await connect(pair, question, options)
      }
      return new Stand(pairs)
    } catch (error) {
      await Promise.all(pairs.map((pair) => pair.close()))
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.pairs.map((pair) => pair.close()))
  }
}

function takingPart({ name: question, only }: Question, { subjects }: BenchOptions): readonly Subject[] {
  return subjects.filter(
    ({ name, questions }) => (only?.includes(name) ?? true) && (questions?.includes(question) ?? true),
  )
}

async function connect(pair: Pair, { connected, dialects }: Question, { scale }: BenchOptions): Promise<void> {
  if (connected > 0) await pair.connect(scaled(connected, scale), dialects)
}

function scaled(sockets: number, scale: number): number {
  return Math.max(2, Math.ceil(sockets * scale))
}

function pairOptions({ cores = [], profiles }: BenchOptions): PairOptions {
  return { cores, nodeArgs: profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`] }
}

/** Whether two questions can be put to the same servers. */
function shareStand(a: Question, b: Question): boolean {
  return a.connected === b.connected && a.dialects === b.dialects && a.only === b.only && !a.isFresh && !b.isFresh
}

/**
 * Puts the questions, and tells the rounds of each when it is done. The subjects take turns within each round, and another one
 * begins each time, so that what the machine does beside this meets them all.
 */
export async function putQuestions(
  questions: readonly Question[],
  options: BenchOptions,
  tell: (question: Question, rounds: Rounds) => void,
): Promise<void> {
  let stand: Stand | undefined
  try {
    for (const [i, question] of questions.entries()) {
      const before = questions[i - 1]
      if (stand === undefined || before === undefined || !shareStand(before, question)) {
        await stand?.close()
        stand = undefined
        if (!question.isFresh) stand = await Stand.open(question, options)
      }
      tell(
        question,
        stand === undefined ? await freshRounds(question, options) : await rounds(question, stand, options),
      )
    }
  } finally {
    await stand?.close()
  }
}

async function rounds(question: Question, { pairs }: Stand, options: BenchOptions): Promise<Rounds> {
  const taken: Record<string, Round[]> = Object.fromEntries(pairs.map(({ subject }) => [subject.name, []]))
  const { rounds: wanted, spare = 0 } = options
  for (let round = 0; round <= wanted + spare; round++) {
    for (let turn = 0; turn < pairs.length; turn++) {
      const pair = pairs[(turn + round) % pairs.length] as Pair // the remainder is an index
      const figures = await question.put(pair, sizeOf(question, options))
      if (round > 0) taken[pair.subject.name]?.push(figures) // the round before the first warms up
    }
  }
  return calmest(taken, wanted)
}

/** The rounds in which other processes did least, whatever came of them: as many as are wanted, in their order. */
export function calmest(taken: Rounds, wanted: number): Rounds {
  const subjects = Object.values(taken)
  const count = subjects[0]?.length ?? 0
  const disturbance = (round: number) => Math.max(...subjects.map((rounds) => rounds[round]?.othersCores ?? 0))
  const ranked = Array.from({ length: count }, (_, round) => round).sort((a, b) => disturbance(a) - disturbance(b))
  const kept = new Set(ranked.slice(0, wanted))
  const keep = (rounds: readonly Round[]) => rounds.filter((_, round) => kept.has(round))
  return Object.fromEntries(Object.entries(taken).map(([subject, rounds]) => [subject, keep(rounds)]))
}

async function freshRounds(question: Question, options: BenchOptions): Promise<Rounds> {
  const taken: Record<string, Round[]> = {}
  for (let round = 0; round < options.rounds; round++) {
    for (const subject of takingPart(question, options)) {
      const pair = await Pair.open(subject, pairOptions(options))
      try {
        taken[subject.name] = [...(taken[subject.name] ?? []), await question.put(pair, sizeOf(question, options))]
      } finally {
        await pair.close()
      }
    }
  }
  return taken
}

function sizeOf({ connected }: Question, { forMs, scale }: BenchOptions) {
  return { sockets: scaled(connected === 0 ? FRESH_SOCKETS : connected, scale), forMs }
}
