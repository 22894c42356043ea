import { parseArgs } from 'node:util'
import { putQuestions } from './bench.ts'
import { COMMON_FLAGS, chosen, machineText, optionsOf, runCommand } from './options.ts'
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
    options: { ...COMMON_FLAGS, subjects: { type: 'string' }, seconds: { type: 'string', default: '2' } },
  })
  if (values.help) {
    console.log(USAGE)
    return Promise.resolve()
  }
  const questions = chosen('--only', QUESTIONS, values.only)
  const subjects = chosen('--subjects', findSubjects(), values.subjects)
  const options = { ...optionsOf(values), subjects }
  if (!values.json) console.log(machineText(options))
  return putQuestions(
    questions,
    options,
    values.json ? printJson : (question, rounds) => print(question, rounds, options.scale),
  )
}

await runCommand(USAGE, main)
