import type { Question } from './question.ts'
import { subjects } from './subjects.ts'

type Row = Pick<Question, 'name' | 'asks' | 'target' | 'isMet'> & { readonly unit?: Question['unit'] }

/** At least these multiples of BEAM, by kind of body. */
function timesBeam(factors: Readonly<Record<string, number>>): Pick<Row, 'target' | 'isMet'> {
  const words = Object.entries(factors).map(([body, factor]) => `${body} ≥ ${factor}×`)
  return {
    target: `${words.join(', ')} BEAM`,
    isMet: (ours, beam) => Object.entries(factors).every(([body, factor]) => (ours[body] ?? 0) >= factor * beam),
  }
}

const ROWS: readonly Row[] = [
  {
    name: 'ping-pong',
    asks: 'round trips between two processes',
    ...timesBeam({ behaviours: 5, generators: 3, async: 1 }),
  },
  { name: 'ring-1', asks: 'ring of 1,000, one token', ...timesBeam({ behaviours: 5, generators: 3, async: 0.9 }) },
  {
    name: 'ring-100',
    asks: 'ring of 1,000, 100 tokens',
    ...timesBeam({ behaviours: 2.5, generators: 1.3, async: 0.9 }),
  },
  { name: 'producers', asks: '100 producers, one mailbox, order checked', ...timesBeam({ behaviours: 7 }) },
  { name: 'call-1', asks: 'GenServer.call, one caller', ...timesBeam({ generators: 2.5 }) },
  { name: 'call-100', asks: 'GenServer.call, 100 callers', ...timesBeam({ generators: 4 }) },
  { name: 'cast', asks: 'GenServer.cast', ...timesBeam({ behaviours: 3 }) },
  { name: 'spawn', asks: 'spawn and exit', ...timesBeam({ plain: 2, generators: 1.3, async: 1 }) },
  {
    name: 'idle',
    asks: 'heap of an idle GenServer, 100,000 alive',
    unit: 'bytes',
    target: '≤ 600 B and ≤ ¼ of BEAM',
    isMet: (ours, beam) =>
      (ours['behaviours'] ?? Number.POSITIVE_INFINITY) <= Math.min(600, Number.isNaN(beam) ? 600 : beam / 4),
  },
  {
    name: 'lookup',
    asks: 'Registry.lookup (BEAM: bare ets:lookup)',
    target: '≥ 4× Elixir Registry (4.2 M/s)',
    isMet: (ours) => (ours['registry'] ?? 0) >= 4 * 4.2e6,
  },
  {
    name: 'via',
    asks: 'GenServer.call through a Registry name',
    target: '≥ 2.5× BEAM (0.27 M/s)',
    isMet: (ours) => (ours['generators'] ?? 0) >= 2.5 * 0.27e6,
  },
  { name: 'dispatch', asks: 'deliveries to 10,000 subscribers', ...timesBeam({ behaviours: 10 }) },
  { name: 'restarts', asks: 'restarts of a crashing child, reports on', ...timesBeam({ behaviours: 5 }) },
  { name: 'start-child', asks: 'DynamicSupervisor children started', ...timesBeam({ behaviours: 2 }) },
  { name: 'selective', asks: 'selective receive past 10,000 others', ...timesBeam({ generators: 2 }) },
  { name: 'call-queued', asks: 'call with 10,000 messages queued', ...timesBeam({ generators: 2 }) },
  {
    name: 'fairness',
    asks: '100 busy pairs: lateness of a timer, p99',
    unit: 'ms',
    target: '≤ 10 ms (two slices)',
    isMet: (ours) => Object.values(ours).every((late) => late <= 10),
  },
]

/** Every question, with Beamish's answers and those of the peers that are there. */
export function questionsWith(peers: Readonly<Record<string, Question['peers']>>): Question[] {
  return ROWS.map((row) => ({
    unit: 'per second',
    ...row,
    beamish: subjects[row.name] as Question['beamish'],
    peers: peers[row.name] ?? {},
  }))
}
