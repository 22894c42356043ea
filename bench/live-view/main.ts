import { parseArgs } from 'node:util'
import { putQuestions } from '../fanout/bench.ts'
import { COMMON_FLAGS, chosen, machineText, optionsOf, runCommand } from '../fanout/options.ts'
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
    options: { ...COMMON_FLAGS, seconds: { type: 'string', default: '1' } },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const wanted = new Set(chosen('--only', [...RENDERING, ...MESSAGES, ...CONNECTED], values.only))
  const options = { ...optionsOf(values), subjects: SUBJECTS }
  if (!values.json) console.log(machineText(options))
  const tell = values.json ? printJson : print
  for (const question of [...RENDERING, ...MESSAGES])
    if (wanted.has(question)) tell(question, putHere(question, options), options.scale)
  const connected = CONNECTED.filter((question) => wanted.has(question))
  await putQuestions(connected, options, (question, rounds) => tell(question, rounds, options.scale))
}

await runCommand(USAGE, main)
