import { BadArgumentError } from '../core/errors.ts'
import { isThenable } from './code.ts'
import { runInside, running, setRunning } from './context.ts'
import { actingProcess, currentProcess } from './current.ts'
import { type Operation, ParkedOperation } from './operation.ts'
import type { LocalProcess } from './process.ts'

/**
 * Waits for a promise that is not Beamish's: `const response = yield* wait(fetch(url))`.
 *
 * A process that ends meanwhile is never resumed, whatever becomes of the promise. Given a function, runs it as the calling
 * process, so that `self()`, `receive` and calls inside it belong to this process across its own `await`s: that is how a
 * generator body runs an async function.
 * @returns what the promise resolves to; throws what it is rejected with, or what the function throws.
 * @throws {BadArgumentError} for what is neither. Semantics: none of OTP's; there every wait is a receive.
 */
export function wait<T>(foreign: PromiseLike<T> | (() => T | PromiseLike<T>)): Operation<T> {
  const process = currentProcess()
  const promise = typeof foreign === 'function' ? runInside(process, async () => foreign()) : foreign
  if (!isThenable(promise)) throw new BadArgumentError('wait', 'a promise, or a function that may return one', foreign)
  if (process.isGenerator) return parkOn(process, promise) as unknown as Operation<T> // has all that Operation promises
  // The main program goes on under a new main process when the old one ends.
  if (process.isMain) return promise as Operation<T>
  return fenced(process, promise) as Operation<T> // not iterable, but only a generator body could try that
}

function parkOn<T>(process: LocalProcess, promise: PromiseLike<T>): ParkedOperation<T> {
  const operation = new ParkedOperation<T>(process)
  promise.then(
    (value) => operation.succeed(value),
    (error) => operation.fail(error),
  )
  return operation
}

function fenced<T>(process: LocalProcess, promise: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => process.ended || resolve(value),
      (error) => process.ended || reject(error),
    )
  })
}

/**
 * Makes a callback for foreign code (an event emitter, a timer of the host) that runs as the calling process: `self()` is
 * this process in it, and what it throws, or what its promise is rejected with, is this process's crash.
 *
 * It runs when the foreign code calls it, beside the process's own code: to change the process's state, let it
 * `send(self(), …)`. Once the process has ended it does nothing.
 * @returns the callback. It returns nothing, because nobody may wait for it.
 * @throws {BadArgumentError} when `callback` is no function. Semantics: none of OTP's; the place of a port's owner.
 */
export function bind<Args extends readonly unknown[]>(callback: (...args: Args) => unknown): (...args: Args) => void {
  if (typeof callback !== 'function') throw new BadArgumentError('bind', 'a function', callback)
  const process = actingProcess()
  return (...args) => {
    if (!process.ending) runAs(process, () => callback(...args))
  }
}

function runAs(process: LocalProcess, body: () => unknown): void {
  const before = running
  if (before === process) {
    watch(process, body()) // its own code is on the stack and gets what the callback throws
    return
  }
  setRunning(process)
  try {
    watch(process, runInside(process, body))
  } catch (error) {
    process.crash(error)
  }
  setRunning(before)
  process.endIfTold()
}

function watch(process: LocalProcess, result: unknown): void {
  if (isThenable(result)) result.then(undefined, (error) => process.crash(error))
}
