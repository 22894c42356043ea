import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Supervisor } from 'beamish'
import { csrf, Endpoint, Router, type SessionOptions, session } from 'beamish/endpoint'
import {
  allowUpload,
  consumeUploadedEntries,
  csrfMetaTag,
  html,
  LiveSocket,
  LiveView,
  liveFileInput,
  ok,
  type RootLayout,
  reply,
  rootLayout,
  type Uploads,
} from 'beamish/live-view'
import { answerQuestions } from '../fanout/worker.ts'

// A page with an upload, in a process of its own: `server.js uws|node CHUNK_BYTES`.

const [adapter = 'uws', chunkSize = '64000'] = process.argv.slice(2)
const SESSION: SessionOptions = { key: '_bench', signingSalt: 'bench' }

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path)) hash.update(bytes)
  return hash.digest('hex')
}

const BenchLive = LiveView.define<{ uploads: Uploads<'file'> }>({
  module: 'BenchLive',
  mount: (_params, _session, socket) => {
    allowUpload(socket, 'file', { accept: 'any', maxFileSize: 1_000_000_000_000, chunkSize: Number(chunkSize) })
  },
  handleEvent: {
    save: async (_value, socket) => {
      const [digest] = await consumeUploadedEntries(socket, 'file', async ({ path }) => ok(await digestOf(path)))
      return reply({ digest })
    },
  },
  render: ({ uploads: { file } }) => html`<form id="form" phx-change="validate" phx-submit="save">${liveFileInput(file)}
    ${file.entries.map(({ progress }) => html`<b>${progress}%</b>`)}</form>`,
})

const Page: RootLayout = ({ innerContent, conn }) => html`<!doctype html>
<html lang="en"><head><title>bench</title>${csrfMetaTag(conn)}</head><body>${innerContent}</body></html>`

const BenchEndpoint = Endpoint.define({
  name: 'bench',
  port: 0,
  adapter: adapter === 'node' ? 'node' : 'uws',
  secretKeyBase:
    'a secret of the bench, which is as long as the cookies of sessions want it to be, and no secret at all',
  router: Router.define((route) =>
    route.scope('/', { pipe: [session(SESSION), csrf(), rootLayout(Page)] }, (r) => r.live('/', BenchLive)),
  ),
  sockets: { '/live': { socket: LiveSocket, connectInfo: { session: SESSION } } },
})

/** Memory in use, in bytes. */
export interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly arrayBuffers: number
}

/** What it was at most since it was last asked. */
let most: Memory = { rss: 0, heapUsed: 0, arrayBuffers: 0 }

function sample(): Memory {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  most = {
    rss: Math.max(rss, most.rss),
    heapUsed: Math.max(heapUsed, most.heapUsed),
    arrayBuffers: Math.max(arrayBuffers, most.arrayBuffers),
  }
  return { rss, heapUsed, arrayBuffers }
}

export type ServerQuestions = {
  port(): Promise<number>
  /** Collects the garbage, and begins to look for the most. */
  rest(): Memory
  peak(): Memory
  /** CPU time so far, in milliseconds. */
  cpuMs(): number
}

const functions: ServerQuestions = {
  port: async () => {
    await Supervisor.startLink([BenchEndpoint])
    setInterval(sample, 10)
    return (await BenchEndpoint.serverInfo()).port
  },
  rest: () => {
    globalThis.gc?.()
    most = { rss: 0, heapUsed: 0, arrayBuffers: 0 }
    return sample()
  },
  peak: () => {
    sample()
    return most
  },
  cpuMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
}

answerQuestions(functions)
