import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { putQuestions } from './bench.ts'
import { chosen, coresOf, coresText } from './options.ts'
import { QUESTIONS } from './questions.ts'
import { print, printJson } from './report.ts'
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

try {
  await main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isUsage ? `${(error as Error).message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
