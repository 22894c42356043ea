import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What a worker can be asked: its own functions, called from another process. Arguments and answers are JSON. */
// biome-ignore lint/suspicious/noExplicitAny: any signature will do, and each question keeps its own
export type Questions = Record<string, (...args: any[]) => unknown>

interface Ask {
  readonly id: number
  readonly question: string
  readonly args: readonly unknown[]
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** How a worker is started. */
export interface WorkerOptions {
  readonly args?: readonly string[]
  /** Options of node, beside `--expose-gc`. */
  readonly nodeArgs?: readonly string[]
  /** The core that it keeps to, with all its threads. Default: any. */
  readonly core?: number | undefined
}

/** No source maps: the first stack that is shown would load them into the heap that is measured. */
const NODE_ARGS = ['--expose-gc']

/** A child process that answers questions. */
export class Worker<Q extends Questions> {
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, Waiting>()
  private asked = 0
  private ended: Error | undefined = undefined

  private constructor(program: URL, { args = [], nodeArgs = [], core }: WorkerOptions) {
    const node = [...NODE_ARGS, ...nodeArgs]
    const start =
      core === undefined
        ? { execArgv: node }
        : { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...node] }
    this.child = fork(program, args, start)
    this.child.on('message', (answer: Answer) => this.answered(answer))
    this.child.on('error', (error) => this.end(error))
    this.child.on('exit', (code, signal) => this.end(new Error(`${program.pathname} ended: ${signal ?? code}`)))
  }

  /** Starts a program that calls {@link answerQuestions}. */
  static start<Q extends Questions>(program: URL, options: WorkerOptions = {}): Worker<Q> {
    return new Worker<Q>(program, options)
  }

  /** @returns what the worker's function returns; rejects with what it throws, and when the worker ends. */
  ask<K extends keyof Q & string>(question: K, ...args: Parameters<Q[K]>): Promise<Awaited<ReturnType<Q[K]>>> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended)
        return
      }
      const id = this.asked++
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject }) // the worker has these very functions
      this.child.send({ id, question, args } satisfies Ask)
    })
  }

  /** Lets the worker end, and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    if (this.child.connected) this.child.disconnect()
    await exited
  }

  private answered({ id, value, error }: Answer): void {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(error))
  }

  private end(error: Error): void {
    this.ended ??= error
    for (const { reject } of this.waiting.values()) reject(this.ended)
    this.waiting.clear()
  }
}

/** In the child: answers what the parent asks, until the parent lets it go. */
export function answerQuestions(functions: Questions): void {
  process.on('message', async ({ id, question, args }: Ask) => {
    const answer = await reply(functions, question, args)
    if (process.connected) process.send?.({ id, ...answer })
  })
  process.on('disconnect', () => process.exit())
}

async function reply(functions: Questions, question: string, args: readonly unknown[]): Promise<Omit<Answer, 'id'>> {
  try {
    return { value: await functions[question]?.(...args) }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
