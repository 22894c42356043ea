import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { Client } from '../fanout/client/client.ts'
import { DIALECTS, type Dialect } from '../fanout/client/dialects.ts'
import { clientFrame, TEXT } from '../fanout/client/frame-reader.ts'
import type { Stage } from '../fanout/client/stage.ts'
import { percentile } from '../fanout/percentile.ts'

const USAGE = `npm run bench -- chat [options]

Two people talk in browsers, in a room of apps/chat: how long from Enter on one page until the other shows it? First alone, then with
thousands of programs in the same room (JSON, plain sockets), which get all of it, and one of which talks as well.

  --clients N     default 10000; each takes a file descriptor here and one in the server (ulimit -n)
  --messages N    how many are said from page to page, each time. Default 40
  --chatter MS    a program says something every so many milliseconds. Default 500`

const PASSWORD = 'correct horse'
const ROOM = 'room:lobby'
const AT_ONCE = 50
/** The server wants a heartbeat every minute. */
const HEARTBEAT_MS = 25_000
const HEARTBEAT = clientFrame(TEXT, Buffer.from(JSON.stringify([null, 'h', 'phoenix', 'heartbeat', {}])))

// ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Server {
  readonly url: string
  readonly child: ChildProcess
}

function startServer(folder: string): Promise<Server> {
  const main = fileURLToPath(new URL('../../apps/chat/main.js', import.meta.url))
  const env = { ...process.env, PORT: '0', CHAT_DATA: folder }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk) => {
      text = (text + chunk).slice(-2000)
      const url = /open at (\S+)/.exec(text)?.[1]
      if (url !== undefined) resolve({ url, child })
    })
    child.once('exit', (code) => reject(new Error(`the chat ended with ${code}`)))
  })
}

// ── The programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Counts what all the programs hear. */
class Hearing implements Stage {
  messages = 0
  /** Never kept; broken by the first program that was let down. */
  readonly broken: Promise<never>
  private breaks: (error: Error) => void = () => {}

  constructor() {
    this.broken = new Promise((_resolve, reject) => {
      this.breaks = reject
    })
    this.broken.catch(() => {}) // told by whoever races with it
  }

  message(_client: unknown, bytes: Buffer, start: number, end: number): void {
    if (bytes.toString('latin1', start, Math.min(end, start + 60)).includes('"new_message"')) this.messages++
  }

  settled(): void {}

  failed(error: Error): void {
    this.breaks(error)
  }
}

async function tokenOf(url: string, name: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ name, password: PASSWORD })
  const response = await fetch(`${url}/api/token`, { method: 'POST', headers, body })
  return ((await response.json()) as { token: string }).token
}

function dialectFor(token: string): Dialect {
  return {
    ...DIALECTS.phoenix,
    path: `/socket/websocket?vsn=2.0.0&token=${encodeURIComponent(token)}`,
    greeting: clientFrame(TEXT, Buffer.from(JSON.stringify(['1', '1', ROOM, 'phx_join', {}]))),
  }
}

/** Programs come in, some at a time. @param inside - those who have joined, as they do. @returns when the last one has. */
function enter(count: number, inside: Client[], connect: (index: number, joined: () => void) => Client): Promise<void> {
  let begun = 0
  return new Promise((resolve) => {
    const next = (): void => {
      if (begun === count) return
      const client = connect(begun++, () => {
        inside.push(client)
        if (inside.length === count) resolve()
        else next()
      })
    }
    for (let n = 0; n < AT_ONCE; n++) next()
  })
}

function sayFrame(n: number): Buffer {
  const payload = { body: `a program says ${n}`, nonce: `chatter-${process.pid}-${n}` }
  return clientFrame(TEXT, Buffer.from(JSON.stringify(['1', `s${n}`, ROOM, 'say', payload])))
}

// ── The pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function signUp(browser: Browser, url: string, name: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${url}/sign-up`)
  await page.fill('[name=name]', name)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
  await page.waitForURL(`${url}/`)
  await page.goto(`${url}/rooms/lobby`)
  await page.waitForSelector('[data-phx-main].phx-connected')
  return page
}

/** Has a page remember when it showed what. */
const WATCH = `
  window.seen = {}
  new MutationObserver((records) => {
    for (const { addedNodes } of records)
      for (const node of addedNodes)
        if (node.nodeType === 1) seen[node.querySelector('.body')?.textContent] = performance.timeOrigin + performance.now()
  }).observe(document.getElementById('messages'), { childList: true })`

const SAY = `(text) => {
  document.getElementById('composer-body').value = text
  document.getElementById('composer').requestSubmit()
  return performance.timeOrigin + performance.now()
}`

/** From Enter on one page until the other has it, in milliseconds. */
async function latencies(from: Page, to: Page, count: number, prefix: string): Promise<number[]> {
  const found: number[] = []
  for (let n = 0; n < count; n++) {
    const text = `${prefix} ${n}`
    const saidAt = (await from.evaluate(`(${SAY})(${JSON.stringify(text)})`)) as number
    const seenAt = await to.waitForFunction(`window.seen[${JSON.stringify(text)}]`)
    found.push(((await seenAt.jsonValue()) as number) - saidAt)
    await from.waitForFunction("document.getElementById('composer-body').value === ''")
  }
  return found
}

function print(when: string, ms: readonly number[]): void {
  const [p50, p95, most] = [percentile([...ms], 50), percentile([...ms], 95), Math.max(...ms)].map((x) => x.toFixed(1))
  console.log(`${when.padEnd(14)} p50 ${p50} ms, p95 ${p95} ms, most ${most} ms   (load ${loadavg()[0]?.toFixed(1)})`)
}

// ── All of it ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Plan {
  readonly clients: number
  readonly messages: number
  readonly chatterMs: number
}

async function measure(browser: Browser, url: string, { clients: count, messages, chatterMs }: Plan): Promise<void> {
  const [ann, bob] = [await signUp(browser, url, 'Ann'), await signUp(browser, url, 'Bob')]
  for (const page of [ann, bob]) await page.evaluate(WATCH)
  await latencies(ann, bob, 5, 'warm') // not counted
  print('before', await latencies(ann, bob, messages, 'before'))

  const hearing = new Hearing()
  await Promise.race([crowded(ann, bob, hearing, { url, count, messages, chatterMs }), hearing.broken])
}

interface Crowd {
  readonly url: string
  readonly count: number
  readonly messages: number
  readonly chatterMs: number
}

async function crowded(ann: Page, bob: Page, hearing: Hearing, { url, count, messages, chatterMs }: Crowd) {
  const clients: Client[] = []
  const heartbeats = setInterval(() => {
    for (const client of clients) client.send(HEARTBEAT)
  }, HEARTBEAT_MS)
  const begin = performance.now()
  const dialect = dialectFor(await tokenOf(url, 'Bob'))
  const port = Number(new URL(url).port)
  await enter(count, clients, (index, joined) => new Client(index, port, dialect, hearing, joined))
  console.log(`${count} programs joined in ${((performance.now() - begin) / 1000).toFixed(1)} s`)

  let said = 0
  const chatter = setInterval(() => clients[0]?.send(sayFrame(said++)), chatterMs)
  const since = performance.now()
  hearing.messages = 0
  print('during', await latencies(ann, bob, messages, 'during'))
  const seconds = (performance.now() - since) / 1000
  clearInterval(chatter)
  clearInterval(heartbeats)
  console.log(`${hearing.messages} messages heard by programs, ${Math.round(hearing.messages / seconds)} a second`)
  for (const client of clients) client.close()
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '10000' },
      messages: { type: 'string', default: '40' },
      chatter: { type: 'string', default: '500' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}`)
  const folder = mkdtempSync(join(tmpdir(), 'chat-load-'))
  const { url, child } = await startServer(folder)
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
  try {
    const { clients, messages, chatter } = values
    await measure(browser, url, { clients: Number(clients), messages: Number(messages), chatterMs: Number(chatter) })
  } finally {
    await browser.close()
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
process.exit()
