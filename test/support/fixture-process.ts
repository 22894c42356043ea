import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { ADAPTERS, type AdapterName } from './adapters.ts'

const MAIN = fileURLToPath(new URL('./fixture-app/main.js', import.meta.url))
/** It ends with whoever started it, also when that is killed: its standard input ends then. */
const WATCH = 'data:text/javascript,process.stdin.on("end",()=>process.exit(1)).resume().unref()'
const OPEN = /is open at http:\/\/[^:]+:(\d+)/
const PATIENCE_MS = 20_000

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The fixture application as a program of its own, seen from outside: a port, a log, an exit code. */
export class FixtureProcess {
  readonly adapter: AdapterName
  readonly ended: Promise<ProgramEnd>
  port = 0
  /** Everything that it has written. */
  log = ''
  private readonly child: ChildProcess
  private wroteMore: (() => void)[] = []

  private constructor(adapter: AdapterName, child: ChildProcess) {
    this.adapter = adapter
    this.child = child
    this.ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text
        for (const look of this.wroteMore.splice(0)) look()
      })
    }
  }

  /** Starts it on a free port, with the log of everything. It is killed when the test ends, if it still runs then. */
  static async start(t: Test, adapter: AdapterName): Promise<FixtureProcess> {
    const child = spawn(process.execPath, ['--import', WATCH, MAIN, '--adapter', adapter], {
      env: { ...process.env, PORT: '0' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const app = new FixtureProcess(adapter, child)
    const [, port] = await app.logged(OPEN)
    app.port = Number(port)
    return app
  }

  /** Waits until the log, from there on, has something in it. */
  async logged(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const giveUpAt = Date.now() + PATIENCE_MS
    for (;;) {
      const found = pattern.exec(this.log.slice(from))
      if (found !== null) return found
      await this.more(giveUpAt - Date.now(), () => `${pattern} is not in the log: ${this.log.slice(from)}`)
    }
  }

  private more(patienceMs: number, complaint: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(complaint())), patienceMs)
      this.wroteMore.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Tells it to stop. */
  signal(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal)
  }
}

/** Runs tests against the fixture application, on each server at the same time: much of it is waiting. */
export async function onEachAdapter(t: Test, tests: (t: Test, app: FixtureProcess) => Promise<void>): Promise<void> {
  t.jobs = ADAPTERS.length
  await Promise.all(
    ADAPTERS.map((adapter) => t.test(`on ${adapter}`, async (t) => tests(t, await FixtureProcess.start(t, adapter)))),
  )
}
