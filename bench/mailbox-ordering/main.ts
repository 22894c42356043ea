import { parseArgs } from 'node:util'
import { OrderViolationError } from './order-checker.ts'
import { type BodyKind, type Outcome, type ReceiveKind, runWorkload, type Workload } from './workload.ts'

const USAGE = `npm run bench -- mailbox-ordering [options]

Proves that every mailbox keeps the order of each of its senders, without gaps, and that a sender's end comes after its last
message; and measures what that costs. Exits with 1 at the first violation.

  --body KINDS      generator,async,gen-server          which kinds of process send and receive (default all)
  --receive KINDS   plain,selective                     how they take messages (default both; a gen-server takes plain only)
  --senders N       default 100
  --receivers N     default 4
  --messages N      per sender, default 10000
  --seed N          replays a run; default from the clock
  --json            one line of JSON per run, nothing else on stdout`

interface Row {
  readonly body: BodyKind
  readonly receive: ReceiveKind
  readonly seed: number
  readonly received: number
  readonly messagesPerSecond: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly maxMicros: number
}

const BODIES: readonly BodyKind[] = ['generator', 'async', 'gen-server']
const RECEIVES: readonly ReceiveKind[] = ['plain', 'selective']

function chosen<T extends string>(option: string, given: string | undefined, known: readonly T[]): readonly T[] {
  if (given === undefined) return known
  return given.split(',').map((name) => {
    const found = known.find((kind) => kind === name)
    if (found === undefined) throw new RangeError(`--${option} takes ${known.join(', ')}; got ${name}`)
    return found
  })
}

function count(option: string, given: string): number {
  const number = Number(given)
  if (!Number.isInteger(number) || number < 1)
    throw new RangeError(`--${option} takes a whole number, at least 1; got ${given}`)
  return number
}

function parse(): { runs: Workload[]; json: boolean } {
  const { values } = parseArgs({
    options: {
      body: { type: 'string' },
      receive: { type: 'string' },
      senders: { type: 'string', default: '100' },
      receivers: { type: 'string', default: '4' },
      messages: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) throw new RangeError('')
  const sizes = {
    senders: count('senders', values.senders),
    receivers: count('receivers', values.receivers),
    messages: count('messages', values.messages),
    seed: count('seed', values.seed),
  }
  const receives = chosen('receive', values.receive, RECEIVES)
  const runs = chosen('body', values.body, BODIES).flatMap((body) =>
    receives
      .filter((receive) => body !== 'gen-server' || receive === 'plain')
      .map((receive) => ({ body, receive, ...sizes })),
  )
  return { runs, json: values.json }
}

/** A bar on the terminal; nothing where nobody looks. */
function progressBar(label: string, total: number): { update: (done: number) => void; end: () => void } {
  if (!process.stderr.isTTY) return { update: () => {}, end: () => {} }
  return {
    update: (done) => {
      const filled = Math.round((30 * done) / total)
      process.stderr.write(
        `\r${label.padEnd(24)} ${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${Math.round((100 * done) / total)} %`,
      )
    },
    end: () => process.stderr.write('\r\x1b[2K'),
  }
}

function rowOf(run: Workload, outcome: Outcome): Row {
  const { latencies } = outcome
  return {
    body: run.body,
    receive: run.receive,
    seed: run.seed,
    received: outcome.received,
    messagesPerSecond: Math.round(outcome.messagesPerSecond),
    p50Micros: Math.round(latencies.percentile(50)),
    p99Micros: Math.round(latencies.percentile(99)),
    maxMicros: Math.round(latencies.max),
  }
}

const whole = new Intl.NumberFormat('en')

function printTable(rows: readonly Row[]): void {
  const cells = [
    ['body', 'receive', 'messages', 'messages/s', 'p50 µs', 'p99 µs', 'max µs', 'order'],
    ...rows.map((row) => [
      row.body,
      row.receive,
      whole.format(row.received),
      whole.format(row.messagesPerSecond),
      whole.format(row.p50Micros),
      whole.format(row.p99Micros),
      whole.format(row.maxMicros),
      'kept',
    ]),
  ]
  const widths = (cells[0] as string[]).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] as string).length)),
  )
  for (const row of cells) {
    const isText = (column: number) => column < 2 || column === 7
    console.log(
      row
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
        )
        .join('  '),
    )
  }
}

async function main(): Promise<void> {
  const { runs, json } = parse()
  const rows: Row[] = []
  if (!json)
    console.log(
      `seed ${runs[0]?.seed}: ${runs[0]?.senders} senders, ${runs[0]?.receivers} receivers, Node ${process.versions.node}\n`,
    )
  for (const run of runs) {
    const bar = progressBar(`${run.body}, ${run.receive}`, run.senders * run.messages)
    const outcome = await runWorkload({ ...run, progress: bar.update }).finally(bar.end)
    const row = rowOf(run, outcome)
    if (json) console.log(JSON.stringify(row))
    else rows.push(row)
  }
  if (!json) printTable(rows)
}

try {
  await main()
} catch (error) {
  if (error instanceof OrderViolationError) {
    const seed = /--seed/.test(process.argv.join(' ')) ? '' : ' (the seed is printed above)'
    console.error(`\nORDER VIOLATED  ${error.message}${seed}`)
  } else if (error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`${(error as Error).message}\n\n${USAGE}`.trim())
  } else {
    console.error(error)
  }
  process.exitCode = 1
}
