import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { putQuestions } from './bench.ts'
import { medianOf, QUESTIONS, type Question, type Round, type Rounds, ratio } from './questions.ts'
import { findSubjects } from './subjects.ts'

const USAGE = `npm run bench -- fanout [options]

Puts the questions of the wire to Beamish, to uWebSockets.js alone, to \`ws\` and to Socket.IO (bench/peers), interleaved in
rounds; prints the medians. Every broadcast is checked: each client gets each one once, in order.

  --only NAMES       some of the questions, comma separated
  --subjects NAMES   some of the servers, comma separated
  --rounds N         default 5
  --spare N          takes so many rounds more, and leaves out those that other processes disturbed most. Default 0
  --seconds S        how long a round of one server lasts. Default 2
  --scale X          multiplies every number of sockets; 0.01 for a quick look. Default 1
  --cores S,C        the cores of the servers and of their load; 'any' leaves it to the system. Default 0,1 with two cores
  --profile FOLDER   writes a CPU profile of each server
  --json             one line of JSON per question`

function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      subjects: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      spare: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '2' },
      scale: { type: 'string', default: '1' },
      cores: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return Promise.resolve()
  }
  const questions = chosen('--only', QUESTIONS, values.only)
  const subjects = chosen('--subjects', findSubjects(), values.subjects)
  const options = {
    subjects,
    rounds: Number(values.rounds),
    spare: Number(values.spare),
    forMs: Number(values.seconds) * 1000,
    scale: Number(values.scale),
    cores: coresOf(values.cores),
    ...(values.profile === undefined ? {} : { profiles: values.profile }),
  }
  if (!values.json)
    console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${coresText(options.cores)}`)
  return putQuestions(
    questions,
    options,
    values.json ? printJson : (question, rounds) => print(question, rounds, options.scale),
  )
}

/** Apart from each other: a load that wakes up on the core of its server drives it away, and both look slow. */
function coresOf(cores: string | undefined): readonly number[] {
  if (cores === 'any') return []
  if (cores !== undefined) return cores.split(',').map(Number)
  const canPin = cpus().length > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  return canPin ? [0, 1] : []
}

function coresText([server, load]: readonly number[]): string {
  return server === undefined ? 'on any core' : `servers on core ${server}, their load on core ${load}`
}

function chosen<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  names: string | undefined,
): readonly T[] {
  if (names === undefined) return all
  const wanted = names.split(',')
  const unknown = wanted.filter((name) => !all.some((one) => one.name === name))
  if (unknown.length > 0)
    throw new RangeError(`${option} takes ${all.map(({ name }) => name).join(', ')}; got ${unknown.join(', ')}`)
  return all.filter(({ name }) => wanted.includes(name))
}

function print(question: Question, rounds: Rounds, scale: number): void {
  const { name, asks, connected, target } = question
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

function figureText({ unit }: Question, figure: number): string {
  if (unit === 'bytes') return `${Math.round(figure)} B`
  if (unit === 'per broadcast') return figure.toFixed(1)
  return figure >= 1e6 ? `${(figure / 1e6).toFixed(2)} M/s` : `${(figure / 1e3).toFixed(1)} k/s`
}

function verdict(question: Question, rounds: Rounds): string {
  const absent = question.needs.filter((subject) => rounds[subject] === undefined)
  if (absent.length > 0) return `no verdict without ${absent.join(', ')}`
  return question.isMet(rounds) ? 'met' : 'MISSED'
}

function printJson(question: Question, rounds: Rounds): void {
  const { name, unit } = question
  console.log(JSON.stringify({ name, unit, rounds, verdict: verdict(question, rounds) }))
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isUsage ? `${(error as Error).message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
