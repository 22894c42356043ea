import { isThenable } from './code.ts'
import { runInside } from './context.ts'
import { Awaitable, type Operation, type Suspended } from './operation.ts'
import type { LocalProcess } from './process.ts'

/** Steps of a {@link sequence}: yields each thing that it waits for, and is resumed with its value. */
// biome-ignore lint/suspicious/noExplicitAny: each `yield` has a type of its own, which a generator cannot express
export type Steps<T> = Generator<PromiseLike<unknown>, T, any>

/**
 * An operation made of others, one after the other: for what waits more than once on behalf of its caller.
 *
 * In a generator body it runs while the body does `yield*`; everywhere else it starts at once, as every operation does.
 */
export function sequence<T>(process: LocalProcess, steps: () => Steps<T>): Operation<T> {
  if (process.isGenerator) return new Sequence(process, steps) as unknown as Operation<T> // it has all that Operation promises
  return runInside(process, () => runSteps(steps())) as Operation<T> // not iterable, but only a generator body could try that
}

class Sequence<T> extends Awaitable<T> {
  private readonly process: LocalProcess
  private readonly steps: () => Steps<T>

  constructor(process: LocalProcess, steps: () => Steps<T>) {
    super()
    this.process = process
    this.steps = steps
  }

  *[Symbol.iterator](): Generator<Suspended, T, unknown> {
    return yield* waitInBody(this.steps())
  }

  override promise(): Promise<T> {
    return runInside(this.process, () => runSteps(this.steps()))
  }
}

async function runSteps<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next()
  while (!step.done) step = await stepAfter(steps, step.value)
  return step.value
}

function stepAfter<T>(
  steps: Steps<T>,
  waited: PromiseLike<unknown>,
): PromiseLike<IteratorResult<PromiseLike<unknown>, T>> {
  return waited.then(
    (value) => steps.next(value),
    (error) => steps.throw(error),
  )
}

function* waitInBody<T>(steps: Steps<T>): Generator<Suspended, T, unknown> {
  let step = steps.next()
  while (!step.done) {
    let value: unknown
    try {
      value = yield* wait(step.value)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(value)
  }
  return step.value
}

function* wait(waited: PromiseLike<unknown>): Generator<Suspended, unknown, unknown> {
  if (Symbol.iterator in waited) return yield* waited as Operation<unknown>
  // A foreign promise: the loop of generator bodies awaits what is yielded to it.
  return isThenable(waited) ? yield waited as unknown as Suspended : waited
}
