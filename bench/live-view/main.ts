import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type BenchOptions, putQuestions } from '../fanout/bench.ts'
import { chosen, coresOf, coresText } from '../fanout/options.ts'
import { print, printJson } from '../fanout/report.ts'
import { CONNECTED, SUBJECTS } from './connected.ts'
import { MESSAGES, putHere, RENDERING } from './rendering.ts'

const USAGE = `npm run bench -- live-view [options]

What live views cost: renders and messages inside this process, beside the same written by hand; events and memory of connected
views over real sockets, beside a channel. Rounds are interleaved; medians are printed. Renders count by CPU time.

  --only NAMES       some of the questions, comma separated
  --rounds N         default 5
  --spare N          for those over sockets: takes so many rounds more, and leaves out the most disturbed ones. Default 0
  --seconds S        how long a round of one contender lasts. Default 1
  --scale X          multiplies every number of sockets; 0.01 for a quick look. Default 1
  --cores S,C        the cores of the servers and of their load; 'any' leaves it to the system. Default 0,1 with two cores
  --profile FOLDER   writes a CPU profile of each server
  --json             one line of JSON per question`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      spare: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '1' },
      scale: { type: 'string', default: '1' },
      cores: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const wanted = new Set(chosen('--only', [...RENDERING, ...MESSAGES, ...CONNECTED], values.only))
  const options: BenchOptions = {
    subjects: SUBJECTS,
    rounds: Number(values.rounds),
    spare: Number(values.spare),
    forMs: Number(values.seconds) * 1000,
    scale: Number(values.scale),
    cores: coresOf(values.cores),
    ...(values.profile === undefined ? {} : { profiles: values.profile }),
  }
  if (!values.json)
    console.log(
      `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${coresText(options.cores ?? [])}`,
    )
  const tell = values.json ? printJson : print
  for (const question of [...RENDERING, ...MESSAGES])
    if (wanted.has(question)) tell(question, putHere(question, options), options.scale)
  const connected = CONNECTED.filter((question) => wanted.has(question))
  await putQuestions(connected, options, (question, rounds) => tell(question, rounds, options.scale))
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isUsage ? `${(error as Error).message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
