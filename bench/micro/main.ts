import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { chosen, runCommand } from '../fanout/options.ts'
import { BEAM_QUESTIONS, Beam } from './beam.ts'
import { findPeers } from './peers.ts'
import { median, type Question } from './question.ts'
import { questionsWith } from './questions.ts'

const USAGE = `npm run bench -- micro [options]

Puts the questions of the micro benches to Beamish, to BEAM with one scheduler (if \`erl\` is installed) and to other actor
libraries (bench/peers), interleaved in rounds; prints the medians.

  --only NAMES   some of the questions, comma separated
  --rounds N     default 5
  --scale X      multiplies every size; 0.01 for a quick look. Default 1
  --json         one line of JSON per question`

interface Answer {
  readonly question: Question
  /** Medians by contender: `beamish generators`, `BEAM`, `xstate` … */
  readonly figures: Readonly<Record<string, number>>
}

function figureText(question: Question, figure: number | undefined): string {
  if (figure === undefined || Number.isNaN(figure)) return '–'
  if (question.unit === 'bytes') return `${Math.round(figure)} B`
  if (question.unit === 'ms') return `${figure.toFixed(1)} ms`
  if (figure >= 1e6) return `${(figure / 1e6).toFixed(2)} M/s`
  return `${(figure / 1e3).toFixed(1)} k/s`
}

async function ask(question: Question, beam: Beam | undefined, rounds: number, scale: number): Promise<Answer> {
  const contenders: Record<string, () => Promise<number>> = {}
  for (const [body, subject] of Object.entries(question.beamish)) contenders[`beamish ${body}`] = () => subject(scale)
  for (const [peer, subject] of Object.entries(question.peers)) contenders[peer] = () => subject(scale)
  if (beam !== undefined && BEAM_QUESTIONS.includes(question.name)) contenders['BEAM'] = () => beam.ask(question.name)
  const taken: Record<string, number[]> = {}
  // A round before the first warms the compiler up and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const figure = await run()
      if (round > 0) taken[name] = [...(taken[name] ?? []), figure]
    }
  }
  return {
    question,
    figures: Object.fromEntries(Object.entries(taken).map(([name, figures]) => [name, median(figures)])),
  }
}

function verdict({ question, figures }: Answer): string {
  const ours = Object.fromEntries(
    Object.entries(figures).flatMap(([name, figure]) => (name.startsWith('beamish ') ? [[name.slice(8), figure]] : [])),
  )
  const needsBeam = question.target.endsWith('× BEAM')
  if (needsBeam && figures['BEAM'] === undefined) return 'no BEAM here'
  return question.isMet(ours, figures['BEAM'] ?? Number.NaN, Number.NaN) ? 'met' : 'MISSED'
}

function print(answer: Answer): void {
  const { question, figures } = answer
  console.log(`\n${question.name}: ${question.asks}`)
  const beam = figures['BEAM']
  for (const [name, figure] of Object.entries(figures)) {
    const ratio = beam === undefined || name === 'BEAM' ? '' : `${(figure / beam).toFixed(2)}× BEAM`
    console.log(`  ${name.padEnd(22)} ${figureText(question, figure).padStart(12)}  ${ratio}`)
  }
  console.log(`  target: ${question.target} → ${verdict(answer)}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const questions = questionsWith(await findPeers())
  const wanted = chosen('--only', questions, values.only)
  const beam = await Beam.find()
  if (!values.json) {
    console.log(
      `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${beam ? `Erlang/OTP ${beam.version} +S 1` : 'no erl on this machine'}`,
    )
  }
  try {
    for (const question of wanted) {
      const answer = await ask(question, beam, Number(values.rounds), Number(values.scale))
      if (values.json)
        console.log(
          JSON.stringify({ name: question.name, unit: question.unit, ...answer.figures, verdict: verdict(answer) }),
        )
      else print(answer)
    }
  } finally {
    await beam?.close()
  }
}

await runCommand(USAGE, main)
