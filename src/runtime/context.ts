import { AsyncLocalStorage } from 'node:async_hooks'
import type { LocalProcess } from './process.ts'

/** The process whose code is on the stack, while the scheduler runs it; `undefined` inside an async continuation. */
export let running: LocalProcess | undefined

/** Only for the scheduler. */
export function setRunning(process: LocalProcess | undefined): void {
  running = process
}

/** Runs `body` with `process` as the current process, without its async context: for code that starts nothing. */
export function asProcess<T>(process: LocalProcess, body: () => T): T {
  const before = running
  running = process
  try {
    return body()
  } finally {
    running = before
  }
}

/**
 * Which process an async continuation belongs to. Made by the first process that needs it: from then on every promise of
 * the program costs more, and a program of generators and plain callbacks never pays.
 */
let storage: AsyncLocalStorage<LocalProcess | undefined> | undefined

/** Whether some process has run asynchronous code. */
export function hasAsyncProcesses(): boolean {
  return storage !== undefined
}

/** Runs `body` so that `process` is the current process in it and in everything that it awaits. */
export function runInside<T>(process: LocalProcess, body: () => T): T {
  storage ??= new AsyncLocalStorage()
  return storage.run(process, body)
}

/** The process that the current async continuation belongs to. */
export function asyncProcess(): LocalProcess | undefined {
  return storage?.getStore()
}

/** Called at the start of each drain: what the scheduler runs must not inherit the context of whoever woke it. */
export function leaveAsyncContext(): void {
  if (storage !== undefined && storage.getStore() !== undefined) storage.enterWith(undefined)
}
