import type { Pid } from '../core/pid.ts'
import type { Ref } from '../core/ref.ts'
import { isThenable } from '../runtime/code.ts'
import { runInside } from '../runtime/context.ts'
import { actingProcess } from '../runtime/current.ts'
import type { Operation, Suspended } from '../runtime/operation.ts'
import { Partition } from './partition.ts'

type Body<T> = () => T | PromiseLike<T> | Generator<Suspended, T, unknown>

/** Takes a lock of a partition, runs `body` in the caller, and gives the lock back. */
export function withLock<T>(owner: Pid, lock: unknown, body: Body<T>): Operation<T> {
  const caller = actingProcess()
  const acquired = Partition.lock(owner, lock)
  if (caller.isGenerator) {
    const iterated: unknown = { [Symbol.iterator]: () => iterate(owner, acquired, body) }
    return iterated as Operation<T> // a generator body can only write `yield*` before it
  }
  const promise = runInside(caller, () => promised(owner, acquired, body))
  return promise as Operation<T> // not iterable, but only a generator body could try that
}

async function promised<T>(owner: Pid, acquired: Operation<Ref>, body: Body<T>): Promise<T> {
  const key = await acquired
  try {
    return (await body()) as T // a generator is for generator bodies
  } finally {
    Partition.unlock(owner, key)
  }
}

function* iterate<T>(owner: Pid, acquired: Operation<Ref>, body: Body<T>): Generator<Suspended, T, unknown> {
  const key = yield* acquired
  try {
    return yield* resultOf(body())
  } finally {
    Partition.unlock(owner, key)
  }
}

function isGenerator<T>(result: unknown): result is Generator<Suspended, T, unknown> {
  return Object.prototype.toString.call(result) === '[object Generator]'
}

function* resultOf<T>(result: T | PromiseLike<T> | Generator<Suspended, T, unknown>): Generator<Suspended, T, unknown> {
  if (isGenerator<T>(result)) return yield* result
  // A process body may yield a promise too: the runtime awaits it.
  if (isThenable(result)) return (yield result as unknown as Suspended) as T
  return result
}
