import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from '../fanout/worker.ts'
import { upload } from './client.ts'
import type { Memory, ServerQuestions } from './server.ts'

const USAGE = `npm run bench -- upload [options]

Uploads a file to a live view over WebSocket, on loopback, as the official client does: one chunk at a time, with its progress. The
server writes it to a temporary file; what it has then is compared. A first upload of a tenth of the size warms up.

  --megabytes N      size of the file. Default 200
  --chunks SIZES     bytes of a chunk, comma separated. Default 64000,1000000
  --servers NAMES    uws,node. Default both
  --at-once N        so many files at once, from as many pages. Default 1
  --rounds N         default 3`

/** How one round came out. */
export interface Round {
  readonly megabytesPerSecond: number
  /** CPU time of the server for each megabyte, in milliseconds. */
  readonly cpuMsPerMegabyte: number
  /** What the server used before, and at most meanwhile. */
  readonly before: Memory
  readonly peak: Memory
}

/** What is uploaded, and to which server. */
export interface Plan {
  readonly server: string
  readonly chunkSize: number
  readonly bytes: number
  readonly atOnce: number
  readonly rounds: number
}

/** @throws {Error} when a file did not arrive as it was sent. */
export async function measure({ server, chunkSize, bytes, atOnce, rounds }: Plan): Promise<Round[]> {
  const program = new URL('server.js', import.meta.url)
  const worker = Worker.start<ServerQuestions>(program, { args: [server, String(chunkSize)] })
  try {
    const port = await worker.ask('port')
    await uploadAll(port, { bytes: Math.ceil(bytes / 10), atOnce })
    const taken: Round[] = []
    while (taken.length < rounds) taken.push(await round(worker, port, { bytes, atOnce }))
    return taken
  } finally {
    await worker.stop()
  }
}

type Load = Pick<Plan, 'bytes' | 'atOnce'>

async function round(worker: Worker<ServerQuestions>, port: number, { bytes, atOnce }: Load): Promise<Round> {
  const before = await worker.ask('rest')
  const cpuBefore = await worker.ask('cpuMs')
  let sent = 0
  let after: Promise<readonly [peak: Memory, cpuMs: number]> | undefined
  const whenSent = () => {
    if (++sent === atOnce) after = Promise.all([worker.ask('peak'), worker.ask('cpuMs')])
  }
  const seconds = await uploadAll(port, { bytes, atOnce }, whenSent)
  const [peak, cpuAfter] = (await after) ?? [before, cpuBefore] // all of them were sent
  const megabytes = (bytes * atOnce) / 1e6
  return {
    megabytesPerSecond: megabytes / seconds,
    cpuMsPerMegabyte: (cpuAfter - cpuBefore) / megabytes,
    before,
    peak,
  }
}

async function uploadAll(port: number, { bytes, atOnce }: Load, whenSent?: () => void): Promise<number> {
  const uploads = await Promise.all(Array.from({ length: atOnce }, () => upload(port, bytes, whenSent)))
  if (uploads.some(({ isWhole }) => !isWhole)) throw new Error('a file did not arrive as it was sent')
  return Math.max(...uploads.map(({ seconds }) => seconds))
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string', default: '200' },
      chunks: { type: 'string', default: '64000,1000000' },
      servers: { type: 'string', default: 'uws,node' },
      'at-once': { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}`)
  const bytes = Number(values.megabytes) * 1e6
  for (const server of values.servers.split(',')) {
    for (const chunkSize of values.chunks.split(',').map(Number)) {
      const plan = { server, chunkSize, bytes, atOnce: Number(values['at-once']), rounds: Number(values.rounds) }
      for (const taken of await measure(plan)) print(plan, taken)
    }
  }
}

function print({ server, chunkSize, bytes, atOnce }: Plan, { before, peak, ...speed }: Round): void {
  const megabytes = (count: number) => (count / 1e6).toFixed(1).padStart(6)
  console.log(
    `${server.padEnd(4)} ${atOnce} × ${bytes / 1e6} MB in chunks of ${String(chunkSize).padStart(7)} B: ` +
      `${speed.megabytesPerSecond.toFixed(0).padStart(4)} MB/s, ${speed.cpuMsPerMegabyte.toFixed(2)} ms of CPU for a MB; ` +
      `resident ${megabytes(before.rss)} → at most ${megabytes(peak.rss)} MB, ` +
      `heap ${megabytes(before.heapUsed)} → ${megabytes(peak.heapUsed)}, buffers → ${megabytes(peak.arrayBuffers)}`,
  )
}

if (process.argv[1] === new URL(import.meta.url).pathname) await main()
