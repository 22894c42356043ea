import { medianOf, type Question, type Round, type Rounds, ratio } from './questions.ts'

// What is printed.

/** What is printed of a question: so much of it any bench has. */
export type Answered = Pick<Question, 'name' | 'asks' | 'unit' | 'target' | 'isMet' | 'needs'> & {
  readonly connected?: number
}

/** For people. */
export function print(question: Answered, rounds: Rounds, scale: number): void {
  const { name, asks, connected = 0, target } = question
  const sockets = connected === 0 ? '' : `, ${Math.ceil(connected * scale).toLocaleString('en')} sockets`
  console.log(`\n${name}: ${asks}${sockets}`)
  for (const [subject, taken] of Object.entries(rounds)) {
    console.log(
      `  ${subject.padEnd(18)}${figureText(
        question,
        medianOf(taken, ({ figure }) => figure),
      ).padStart(12)}  ${details(subject, rounds)}`,
    )
  }
  console.log(`  target: ${target} → ${verdict(question, rounds)}${disturbance(rounds)}`)
}

/** What else the machine did: two cores are just enough for a server and its load. */
function disturbance(rounds: Rounds): string {
  const cores = medianOf(Object.values(rounds).flat(), ({ othersCores }) => othersCores)
  return cores > 0.15 ? ` (disturbed: other processes kept ${cores.toFixed(1)} cores busy)` : ''
}

function details(subject: string, rounds: Rounds): string {
  const taken = rounds[subject] ?? []
  const middle = (pick: (round: Round) => number | undefined) => medianOf(taken, pick)
  const parts = [
    subject === 'beamish' || rounds['beamish'] === undefined ? '' : `beamish ${ratio(rounds, subject).toFixed(2)}×`,
    text(
      middle(({ p50Ms }) => p50Ms),
      (ms) => `p50 ${ms.toFixed(2)} ms`,
    ),
    text(
      middle(({ p99Ms }) => p99Ms),
      (ms) => `p99 ${ms.toFixed(2)} ms`,
    ),
    text(
      middle(({ serverMicros }) => serverMicros),
      (micros) => `server ${micros.toFixed(2)} µs each`,
    ),
    text(
      middle(({ serverBusy }) => serverBusy),
      (share) => `${Math.round(share * 100)} % busy`,
    ),
    text(
      middle(({ clientBusy }) => clientBusy),
      (share) => `client ${Math.round(share * 100)} %`,
    ),
    taken[0]?.note ?? '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

function text(figure: number, show: (figure: number) => string): string {
  return Number.isNaN(figure) ? '' : show(figure)
}

function figureText({ unit }: Answered, figure: number): string {
  if (unit === 'bytes') return `${Math.round(figure)} B`
  if (unit === 'per broadcast') return figure.toFixed(1)
  return figure >= 1e6 ? `${(figure / 1e6).toFixed(2)} M/s` : `${(figure / 1e3).toFixed(1)} k/s`
}

function verdict(question: Answered, rounds: Rounds): string {
  const absent = question.needs.filter((subject) => rounds[subject] === undefined)
  if (absent.length > 0) return `no verdict without ${absent.join(', ')}`
  return question.isMet(rounds) ? 'met' : 'MISSED'
}

/** For programs. */
export function printJson(question: Answered, rounds: Rounds): void {
  const { name, unit } = question
  console.log(JSON.stringify({ name, unit, rounds, verdict: verdict(question, rounds) }))
}
