import { toHtml } from '../../src/live-view/template/render-html.ts'
import { machineSeconds } from '../fanout/pair.ts'
import type { Round, Rounds } from '../fanout/questions.ts'
import { medianOf, ratio } from '../fanout/questions.ts'
import type { Answered } from '../fanout/report.ts'
import { BenchView } from './bench-view.ts'
import {
  counter,
  DYNAMICS,
  list,
  memoList,
  page,
  pageByCarefulHand,
  pageByHand,
  type Row,
  rows,
  values,
} from './pages.ts'

// What a render costs, without a process and without a wire.

/** One thing that is done again and again. @returns what comes of it: a message or a page. */
export type Contender = (turn: number) => string

/** A question that is put inside this process. */
export interface RenderingQuestion extends Answered {
  /** Each makes itself ready. */
  readonly contenders: Readonly<Record<string, () => Contender>>
}

const VARIANTS = [values(0), values(1), values(2)] as const

function variant(turn: number): string[] {
  return VARIANTS[turn % VARIANTS.length] as string[] // the remainder is an index
}

/** A view with a list, in which something happens to one row after another. */
function listView(
  count: number,
  render: typeof list,
  change: (items: Row[], at: number, turn: number) => void,
): () => Contender {
  return () => {
    let items = rows(count)
    const view = new BenchView({ items }, (assigns) => render(assigns.items))
    return (turn) => {
      items = [...items]
      change(items, turn % (count - 1), turn)
      return view.assign({ items })
    }
  }
}

function edit(items: Row[], at: number, turn: number): void {
  items[at] = { ...(items[at] as Row), price: `${turn}.50` } // it is one of them
}

function swap(items: Row[], at: number): void {
  const [one, other] = [items[at] as Row, items[at + 1] as Row] // there is one behind it
  items[at] = other
  items[at + 1] = one
}

/** From the end to the front. */
function carry(items: Row[]): void {
  items.unshift(items.pop() as Row) // it is not empty
}

/** A list of a thousand rows and one of ten, with `memo` and without. */
const listsWith = (change: typeof edit) => ({
  beamish: listView(1000, memoList, change),
  '… 10 rows': listView(10, memoList, change),
  'without memo': listView(1000, list, change),
  '… 10 rows, without': listView(10, list, change),
})

/** How many times as much a list of a thousand may cost as one of ten: a tenth of what its length would let expect. */
const LITTLE = 10

function timesAsDear(rounds: Rounds): number {
  return 1 / ratio(rounds, '… 10 rows')
}

/** What is asked of a change to a list. */
const OF_THE_CHANGE: Pick<RenderingQuestion, 'unit' | 'target' | 'needs' | 'isMet'> = {
  unit: 'per second',
  target: `cost of the change, not of the list: ≤ ${LITTLE}× that of 10 rows`,
  needs: ['beamish', '… 10 rows'],
  isMet: (rounds) => timesAsDear(rounds) <= LITTLE,
}

export const RENDERING: readonly RenderingQuestion[] = [
  {
    name: 'first-render',
    asks: `HTML of a page with ${DYNAMICS} dynamics, as bytes: html\`…\`, the same strings by hand, and by hand with escapes`,
    unit: 'per second',
    target: '≥ 0.5× by hand',
    needs: ['beamish', 'by hand'],
    isMet: (rounds) => ratio(rounds, 'by hand') >= 0.5,
    contenders: {
      beamish: () => (turn) => toHtml(page(variant(turn))),
      'by hand': () => (turn) => pageByHand(variant(turn)),
      'by careful hand': () => (turn) => pageByCarefulHand(variant(turn)),
    },
  },
  {
    name: 'diff-100',
    asks: `messages after one changed assign of ${DYNAMICS}; a small view beside it`,
    unit: 'per second',
    target: 'only that dynamic on the wire; ≥ 200 k/s for the small view',
    needs: ['beamish', 'small view'],
    isMet: (rounds) => medianOf(rounds['small view'] ?? [], ({ figure }) => figure) >= 200_000,
    contenders: {
      beamish: () => {
        const names = values().map((_, index) => `v${index}`)
        const first: Record<string, string> = Object.fromEntries(names.map((name) => [name, `value of ${name}`]))
        const view = new BenchView(first, (assigns) => page(names.map((name) => assigns[name] as string))) // they are assigned
        return (turn) => view.assign({ [`v${turn % DYNAMICS}`]: `turn ${turn}` })
      },
      'small view': () => {
        const view = new BenchView({ count: -1, title: 'A counter', isHot: false }, counter)
        return (turn) => view.assign({ count: turn })
      },
    },
  },
  {
    name: 'list-edit',
    asks: 'messages after one changed row of a keyed list of 1,000',
    ...OF_THE_CHANGE,
    contenders: listsWith(edit),
  },
  {
    name: 'list-swap',
    asks: 'messages after two neighbours of a keyed list of 1,000 changed places',
    ...OF_THE_CHANGE,
    contenders: listsWith(swap),
  },
]

/** What travels, in bytes: the middle of some messages. */
export const MESSAGES: readonly RenderingQuestion[] = [
  {
    name: 'message-bytes',
    asks: 'bytes of a message for one changed row (beamish), two neighbours that changed places, one row from the end to the front',
    unit: 'bytes',
    target: 'a change ≤ 100 B',
    needs: ['beamish'],
    isMet: (rounds) =>
      ['beamish', 'neighbours'].every((name) => medianOf(rounds[name] ?? [], ({ figure }) => figure) <= 100),
    contenders: {
      beamish: listView(1000, list, edit),
      neighbours: listView(1000, list, swap),
      'end to front': listView(1000, list, carry),
      'one of 100 dynamics': () => {
        const view = new BenchView({ values: values() }, (assigns) => page(assigns.values))
        return (turn) => view.assign({ values: values().with(turn % DYNAMICS, `turn ${turn}`) })
      },
    },
  },
]

/** Puts a question: the contenders take turns in each round, and another one begins each time. */
export function putHere(question: RenderingQuestion, { rounds, forMs }: { rounds: number; forMs: number }): Rounds {
  const ready = Object.entries(question.contenders).map(([name, prepare]) => ({ name, run: prepare(), turn: 0 }))
  const taken: Record<string, Round[]> = Object.fromEntries(ready.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (let step = 0; step < ready.length; step++) {
      const contender = ready[(step + round) % ready.length] as (typeof ready)[number] // the remainder is an index
      const figures = question.unit === 'bytes' ? bytesOf(contender) : speedOf(contender, forMs)
      if (round > 0) taken[contender.name]?.push(figures) // the round before the first warms up
    }
  }
  return taken
}

interface Running {
  readonly run: Contender
  turn: number
}

/** So many turns between two looks at the clock. */
const BATCH = 16

/** What is made is made to bytes, as it would be for a wire. By CPU time: what else the machine does counts less. */
function speedOf(running: Running, forMs: number): Round {
  const before = process.cpuUsage()
  const machine = machineSeconds()
  const begin = performance.now()
  let done = 0
  while (performance.now() < begin + forMs) {
    for (let i = 0; i < BATCH; i++)
      if (Buffer.byteLength(running.run(running.turn++)) === 0) throw new Error('nothing came of it')
    done += BATCH
  }
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  const others = machineSeconds() - machine - seconds
  return { figure: done / seconds, othersCores: Math.max(0, others) / ((performance.now() - begin) / 1000) }
}

function bytesOf(running: Running): Round {
  return { figure: Buffer.byteLength(running.run(running.turn++)) }
}
