import { BeamishError, show } from '../core/errors.ts'
import { reasonOfThrown } from '../core/reason.ts'
import { runInside } from './context.ts'
import { isSuspended, type Suspended } from './operation.ts'
import type { LocalProcess } from './process.ts'

/** How the code of a process runs. */
export interface Code {
  /** Runs until the code waits, ends, or `scheduler.fuel` is used up. Throws nothing. */
  run(process: LocalProcess): void
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

const GeneratorFunction = Object.getPrototypeOf(function* () {}) as { readonly prototype: Generator<unknown, unknown, unknown> }
// Every generator closure brings a prototype, and so a shape, of its own: a plain `generator.next(…)` misses every inline
// cache where bodies are closures. The methods themselves are always the same two.
const { next: nextOf, throw: throwInto } = GeneratorFunction.prototype

/** A body that has not run yet. Its first run decides what it is. */
export class BodyCode implements Code {
  private readonly body: Body

  constructor(body: Body) {
    this.body = body
  }

  run(process: LocalProcess): void {
    try {
      const generatorExpected = Object.getPrototypeOf(this.body) === GeneratorFunction
      process.isGenerator = generatorExpected
      // A plain function may call an async one: only a generator function certainly needs no async context.
      const result = generatorExpected ? this.body() : runInside(process, this.body)
      if (generatorExpected || isGenerator(result)) runGenerator(process, result as Generator<unknown, unknown, unknown>)
      else if (isThenable(result)) awaitBody(process, result)
      else process.end('normal')
    } catch (thrown) {
      process.end(reasonOfThrown(thrown))
    }
  }
}

function runGenerator(process: LocalProcess, generator: Generator<unknown, unknown, unknown>): void {
  process.isGenerator = true
  process.code = new GeneratorCode(generator)
  process.code.run(process)
}

function awaitBody(process: LocalProcess, promise: Thenable): void {
  process.code = ASYNC_CODE
  promise.then(
    () => process.end('normal'),
    (thrown) => process.end(reasonOfThrown(thrown)),
  )
}

/** An async body runs by itself whenever its promises settle; the scheduler serves only its `receive`. */
export const ASYNC_CODE: Code = { run() {} }

class GeneratorCode implements Code {
  private readonly generator: Generator<unknown, unknown, unknown>
  private input: unknown = undefined
  private thrown: { error: unknown } | undefined = undefined

  constructor(generator: Generator<unknown, unknown, unknown>) {
    this.generator = generator
  }

  run(process: LocalProcess): void {
    process.listening = false
    process.reductions++
    try {
      const step = this.step()
      if (step.done) process.end('normal')
      else if (!isSuspended(step.value)) this.awaitYielded(process, step.value)
    } catch (thrown) {
      process.end(reasonOfThrown(thrown))
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
