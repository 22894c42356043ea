import { availableParallelism } from 'node:os'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, BeamishError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import { actingProcess } from '../runtime/current.ts'
import type { Operation } from '../runtime/operation.ts'
import { checkTimeout, type Timeout } from '../runtime/receive.ts'
import { type Steps, sequence } from '../runtime/sequence.ts'
import { checkFunction, type TaskValue } from './task-process.ts'
import { type Launch, StreamRun } from './task-stream-run.ts'

/** Options of `Task.asyncStream`. */
export interface AsyncStreamOptions {
  /** Tasks that run at once, at least 1. Default: the machine's parallelism. */
  readonly maxConcurrency?: number
  /** Results in the order of the input; with false, as they come. Default true. */
  readonly ordered?: boolean
  /** Milliseconds that each task may take from its start, or `'infinity'`. Default 5000. */
  readonly timeoutMs?: Timeout
  /** What a late task does: `'exit'` makes the consumer exit `timeout @ Task.asyncStream`; `'killTask'` is the result `exit('timeout')`. Default `'exit'`. */
  readonly onTimeout?: 'exit' | 'killTask'
  /** Exits carry the element that the task was started for, as `input`. Default false. */
  readonly zipInputOnExit?: boolean
}

/** What became of one element. */
export type StreamResult<T> =
  | { readonly type: 'ok'; readonly value: T }
  | { readonly type: 'exit'; readonly reason: ExitReason }

/** What became of one element, with `zipInputOnExit`. */
export type ZippedResult<T, Item> =
  | { readonly type: 'ok'; readonly value: T }
  | { readonly type: 'exit'; readonly reason: ExitReason; readonly input: Item }

/** The results that a stream with these options gives. */
export type ResultWith<Options, Return, Item> = Options extends { readonly zipInputOnExit: true }
  ? ZippedResult<TaskValue<Return>, Item>
  : StreamResult<TaskValue<Return>>

/** Where the elements come from. */
export type StreamInput<Item> = Iterable<Item> | AsyncIterable<Item>

/** What a stream does, checked and complete. */
export interface StreamPlan {
  readonly input: StreamInput<unknown>
  readonly run: (item: never) => unknown
  readonly maxConcurrency: number
  readonly ordered: boolean
  readonly timeoutMs: Timeout
  readonly onTimeout: 'exit' | 'killTask'
  readonly zipInputOnExit: boolean
  /** Which function built it: it names a timeout. */
  readonly site: { readonly module: string; readonly function: string }
  /** Whether a task that fails takes the consumer along. */
  readonly isLinked: boolean
  readonly launch: Launch
}

/** Where a stream was built, and how it starts its tasks. */
export type StreamKind = Pick<StreamPlan, 'site' | 'isLinked' | 'launch'>

const OPTIONS = [
  'maxConcurrency',
  'ordered',
  'timeoutMs',
  'onTimeout',
  'zipInputOnExit',
] satisfies (keyof AsyncStreamOptions)[]

/** Builds a stream, or says what is wrong with its arguments. */
export function planStream<Result>(
  kind: StreamKind,
  input: StreamInput<unknown>,
  run: (item: never) => unknown,
  options: AsyncStreamOptions,
): TaskStream<Result> {
  const where = `${kind.site.module}.${kind.site.function}`
  checkInput(where, input)
  checkFunction(where, run)
  checkOptions(where, options)
  return new TaskStream<Result>({
    ...kind,
    input,
    run,
    maxConcurrency: options.maxConcurrency ?? availableParallelism(),
    ordered: options.ordered ?? true,
    timeoutMs: options.timeoutMs ?? 5000,
    onTimeout: options.onTimeout ?? 'exit',
    zipInputOnExit: options.zipInputOnExit ?? false,
  })
}

function checkInput(where: string, input: unknown): void {
  const given = input as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  if (typeof given?.[Symbol.iterator] === 'function' || typeof given?.[Symbol.asyncIterator] === 'function') return
  throw new BadArgumentError(where, 'an iterable or async iterable of elements', input)
}

function checkOptions(where: string, options: AsyncStreamOptions): void {
  checkKeys(where, options, OPTIONS)
  const { maxConcurrency, timeoutMs, onTimeout } = options
  if (maxConcurrency !== undefined && !(Number.isInteger(maxConcurrency) && maxConcurrency >= 1)) {
    throw new BadArgumentError(`${where}: maxConcurrency`, 'a whole number, at least 1', maxConcurrency)
  }
  if (timeoutMs !== undefined) checkTimeout(`${where}: timeoutMs`, timeoutMs)
  if (onTimeout !== undefined && onTimeout !== 'exit' && onTimeout !== 'killTask') {
    throw new BadArgumentError(`${where}: onTimeout`, "'exit' | 'killTask'", onTimeout)
  }
  for (const key of ['ordered', 'zipInputOnExit'] as const) {
    const value = options[key]
    if (value !== undefined && typeof value !== 'boolean')
      throw new BadArgumentError(`${where}: ${key}`, 'true or false', value)
  }
}

/**
 * A lazy, bounded, concurrent map: nothing runs until it is consumed, and every consumption runs it anew.
 *
 * `for await (const result of stream)` in asynchronous code; in a generator body `yield* stream.toArray()`, or step by step:
 * `const cursor = stream.open()`, then `yield* cursor.next()` until `done`. The process that consumes it is the caller.
 */
export class TaskStream<Result> implements AsyncIterable<Result> {
  private readonly plan: StreamPlan

  constructor(plan: StreamPlan) {
    this.plan = plan
  }

  [Symbol.asyncIterator](): StreamCursor<Result> {
    return this.open()
  }

  /** One consumption, step by step. */
  open(): StreamCursor<Result> {
    return new StreamCursor(this.plan)
  }

  /** Every result. */
  toArray(): Operation<Result[]> {
    const cursor = this.open()
    return sequence(actingProcess(), () => collect(cursor))
  }
}

function* collect<Result>(cursor: StreamCursor<Result>): Steps<Result[]> {
  const results: Result[] = []
  for (let step = yield* cursor.steps(); !step.done; step = yield* cursor.steps()) results.push(step.value)
  return results
}

/** A stream that is being consumed, by the process that first calls `next`. */
export class StreamCursor<Result> implements AsyncIterableIterator<Result, undefined> {
  private readonly plan: StreamPlan
  private run: StreamRun | undefined = undefined
  private isBusy = false

  constructor(plan: StreamPlan) {
    this.plan = plan
  }

  /** The next result. Tasks are started only while it waits. */
  next(): Operation<IteratorResult<Result, undefined>> {
    return sequence(actingProcess(), () => this.steps())
  }

  /** Stops early: the tasks that still run are killed, and nothing of them remains. */
  return(): Operation<IteratorReturnResult<undefined>> {
    return sequence(actingProcess(), () => this.closing())
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** As {@link next}, for the steps of another sequence. */
  *steps(): Steps<IteratorResult<Result, undefined>> {
    const run = this.begin()
    this.isBusy = true
    try {
      const ready = yield* run.advance()
      return ready === undefined ? { done: true, value: undefined } : { done: false, value: ready as Result }
    } finally {
      this.isBusy = false
    }
  }

  private *closing(): Steps<IteratorReturnResult<undefined>> {
    if (this.run === undefined) this.run = new StreamRun(this.plan, actingProcess())
    yield* this.run.halt()
    return { done: true, value: undefined }
  }

  private begin(): StreamRun {
    const consumer = actingProcess()
    this.run ??= new StreamRun(this.plan, consumer)
    if (this.run.consumer !== consumer) {
      throw new BadArgumentError('a stream', `to be consumed by ${this.run.consumer.pid}, which began it`, consumer.pid)
    }
    if (this.isBusy) {
      throw new BeamishError(
        'BEAMISH_STREAM_BUSY',
        'next() of a stream was called again before it had answered; await each one.',
      )
    }
    return this.run
  }
}
