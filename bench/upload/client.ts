import { createHash } from 'node:crypto'
import { once } from 'node:events'
import WebSocket from 'ws'

// A page that uploads: as the official client does, a chunk, its answer, its progress, the next chunk. Its file is made up as it goes.

type Frame = readonly [joinRef: string | null, ref: string | null, topic: string, event: string, payload: Payload]
// biome-ignore lint/suspicious/noExplicitAny: as the server says it
type Payload = any

/** How an upload went. */
export interface Uploaded {
  /** From the first chunk to the answer to the last. */
  readonly seconds: number
  readonly bytes: number
  /** Whether the server has the very bytes. */
  readonly isWhole: boolean
}

/** One page with its connection. */
class Page {
  private readonly socket: WebSocket
  private readonly waiting = new Map<string, (payload: Payload) => void>()
  private refs = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      const [, ref, , event, payload] = JSON.parse(String(data)) as Frame
      if (event === 'phx_error') throw new Error('the view or its upload crashed')
      if (event !== 'phx_reply' || ref === null) return
      this.waiting.get(ref)?.(payload)
      this.waiting.delete(ref)
    })
  }

  private answerTo(ref: string): Promise<Payload> {
    return new Promise((resolve, reject) => {
      this.waiting.set(ref, ({ status, response }) =>
        status === 'ok' ? resolve(response) : reject(new Error(JSON.stringify(response))),
      )
    })
  }

  ask(joinRef: string, topic: string, event: string, payload: object): Promise<Payload> {
    const ref = event === 'phx_join' ? joinRef : String(++this.refs)
    this.socket.send(JSON.stringify([joinRef, ref, topic, event, payload]))
    return this.answerTo(ref)
  }

  push(joinRef: string, topic: string, event: string, bytes: Uint8Array): Promise<Payload> {
    const ref = String(++this.refs)
    const fields = [joinRef, ref, topic, event].map((field) => Buffer.from(field))
    this.socket.send(Buffer.concat([Buffer.from([0, ...fields.map(({ length }) => length)]), ...fields, bytes]))
    return this.answerTo(ref)
  }

  close(): void {
    this.socket.terminate()
  }
}

/** Bytes that differ from chunk to chunk. */
function* chunksOf(size: number, chunkSize: number): Generator<Buffer> {
  const pattern = Buffer.from(Uint8Array.from({ length: chunkSize }, (_, index) => (index * 31 + 7) % 256))
  for (let sent = 0; sent < size; sent += chunkSize) {
    pattern.writeUInt32LE(sent % 2 ** 32, 0)
    yield pattern.subarray(0, Math.min(chunkSize, size - sent))
  }
}

/** Uploads a file of so many bytes. @param whenSent - called when the last of them is answered: before the server looks at them. */
export async function upload(port: number, size: number, whenSent: () => void = () => {}): Promise<Uploaded> {
  const { page, topic, html } = await open(port)
  const ref = /data-phx-upload-ref=\\"(phx-[\w-]+)/.exec(html)?.[1]
  const entry = { ref: '0', name: 'file.bin', type: 'application/octet-stream', size, relative_path: '' }
  const { entries, config } = await page.ask('1', topic, 'allow_upload', { ref, entries: [entry] })
  await page.ask('2', 'lvu:0', 'phx_join', { token: entries['0'] })
  const startedAt = performance.now()
  let sent = 0
  let told = -1
  for (const bytes of chunksOf(size, config.chunk_size)) {
    await page.push('2', 'lvu:0', 'chunk', bytes)
    sent += bytes.length
    const progress = Math.floor((sent / size) * 100)
    if (progress > told) void page.ask('1', topic, 'progress', { event: null, ref, entry_ref: '0', progress })
    told = progress
  }
  const seconds = (performance.now() - startedAt) / 1000
  whenSent()
  const { diff } = await page.ask('1', topic, 'event', { type: 'form', event: 'save', value: '' })
  page.close()
  return { seconds, bytes: sent, isWhole: diff.r.digest === digestOf(size, config.chunk_size) }
}

function digestOf(size: number, chunkSize: number): string {
  const hash = createHash('sha256')
  for (const bytes of chunksOf(size, chunkSize)) hash.update(bytes)
  return hash.digest('hex')
}

async function open(port: number): Promise<{ page: Page; topic: string; html: string }> {
  const url = `http://127.0.0.1:${port}/`
  const response = await fetch(url)
  const document = await response.text()
  const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(document)?.[1] ?? ''
  const cookie = response.headers
    .getSetCookie()
    .map((header) => header.split(';')[0])
    .join('; ')
  const token = encodeURIComponent(attribute('content'))
  const path = `live/websocket?vsn=2.0.0&_csrf_token=${token}`
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}`, { headers: { cookie }, perMessageDeflate: false })
  const page = new Page(socket)
  await once(socket, 'open')
  const topic = `lv:${/id="(phx-[^"]+)"/.exec(document)?.[1]}`
  const tokens = { session: attribute('data-phx-session'), static: attribute('data-phx-static') }
  const joined = await page.ask('1', topic, 'phx_join', { url, params: { _mounts: 0 }, ...tokens, sticky: false })
  return { page, topic, html: JSON.stringify(joined) }
}
