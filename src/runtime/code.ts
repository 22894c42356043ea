import { BeamishError, show } from '../core/errors.ts'
import { reasonOfThrown } from '../core/reason.ts'
import { runInside } from './context.ts'
import { isSuspended, type Suspended } from './operation.ts'
import type { LocalProcess } from './process.ts'

/** How the code of a process runs. */
export interface Code {
  /** Runs until the code waits, ends, or `scheduler.fuel` is used up. Throws nothing. */
  run(process: LocalProcess): void
  /** Something threw that the code started beside itself. Without it the process just ends. */
  crashed?(thrown: unknown): void
}

/** What a process runs: a generator function, an async function, or a plain function that is over when it returns. */
export type Body = () => Generator<Suspended, unknown, unknown> | PromiseLike<unknown> | unknown

type Thenable = PromiseLike<unknown>

export function isThenable(value: unknown): value is Thenable {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  const generator = value as { next?: unknown; throw?: unknown } | null | undefined
  return typeof generator === 'object' && typeof generator?.next === 'function' && typeof generator.throw === 'function'
}

const GeneratorFunction = Object.getPrototypeOf(function* () {}) as {
  readonly prototype: Generator<unknown, unknown, unknown>
}
// Every generator closure brings a prototype, and so a shape, of its own: a plain `generator.next(…)` misses every inline
// cache where bodies are closures. The methods themselves are always the same two.
const { next: nextOf, throw: throwInto } = GeneratorFunction.prototype

/** What becomes of a body that is over. */
export interface BodyEnd {
  returned(process: LocalProcess, value: unknown): void
  threw(process: LocalProcess, thrown: unknown): void
}

/** The end of a plain process: what the body returned is of no interest. */
const PLAIN_END: BodyEnd = {
  returned: (process) => process.end('normal'),
  threw: (process, thrown) => process.end(reasonOfThrown(thrown)),
}

/** Whether calling `body` gives a generator for certain. */
export function isGeneratorFunction(body: Body): boolean {
  return Object.getPrototypeOf(body) === GeneratorFunction
}

/** A body that has not run yet. Its first run decides what it is. */
export class BodyCode implements Code {
  private readonly body: Body
  private readonly end: BodyEnd

  constructor(body: Body, end: BodyEnd = PLAIN_END) {
    this.body = body
    this.end = end
  }

  run(process: LocalProcess): void {
    try {
      const generatorExpected = isGeneratorFunction(this.body)
      process.isGenerator = generatorExpected
      // A plain function may call an async one: only a generator function certainly needs no async context.
      const result = generatorExpected ? this.body() : runInside(process, this.body)
      if (generatorExpected || isGenerator(result))
        runGenerator(process, result as Generator<unknown, unknown, unknown>, this.end)
      else if (isThenable(result)) awaitBody(process, result, this.end)
      else this.end.returned(process, result)
    } catch (thrown) {
      this.end.threw(process, thrown)
    }
  }
}

function runGenerator(process: LocalProcess, generator: Generator<unknown, unknown, unknown>, end: BodyEnd): void {
  process.isGenerator = true
  process.code = new GeneratorCode(generator, end)
  process.code.run(process)
}

function awaitBody(process: LocalProcess, promise: Thenable, end: BodyEnd): void {
  process.code = ASYNC_CODE
  promise.then(
    (value) => end.returned(process, value),
    (thrown) => end.threw(process, thrown),
  )
}

/** An async body runs by itself whenever its promises settle; the scheduler serves only its `receive`. */
export const ASYNC_CODE: Code = { run() {} }

class GeneratorCode implements Code {
  private readonly generator: Generator<unknown, unknown, unknown>
  private readonly end: BodyEnd
  private input: unknown = undefined
  private thrown: { error: unknown } | undefined = undefined

  constructor(generator: Generator<unknown, unknown, unknown>, end: BodyEnd) {
    this.generator = generator
    this.end = end
  }

  run(process: LocalProcess): void {
    process.listening = false
    process.reductions++
    try {
      const step = this.step()
      if (step.done) this.end.returned(process, step.value)
      else if (!isSuspended(step.value)) this.awaitYielded(process, step.value)
    } catch (thrown) {
      this.end.threw(process, thrown)
    }
  }

  private step(): IteratorResult<unknown, unknown> {
    const { thrown, input } = this
    if (thrown === undefined) {
      if (input === undefined) return nextOf.call(this.generator, undefined)
      this.input = undefined
      return nextOf.call(this.generator, input)
    }
    this.thrown = undefined
    return throwInto.call(this.generator, thrown.error)
  }

  /** The body yielded something that is no operation: a promise is awaited, anything else is a mistake. */
  private awaitYielded(process: LocalProcess, value: unknown): void {
    if (!isThenable(value)) {
      this.thrown = { error: badYield(value) }
      process.makeRunnable()
      return
    }
    value.then(
      (result) => {
        this.input = result
        process.makeRunnable()
      },
      (error) => {
        this.thrown = { error }
        process.makeRunnable()
      },
    )
  }
}

function badYield(value: unknown): BeamishError {
  return new BeamishError(
    'BEAMISH_BAD_YIELD',
    `a process body may yield operations and promises, got ${show(value)}. Write \`yield* receive()\`, with the star.`,
  )
}
