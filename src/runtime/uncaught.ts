import { asyncProcess } from './context.ts'

/**
 * Lets what nobody catches end the process that it belongs to, and no longer the whole program.
 *
 * That is what is thrown where no code waits for it: a promise that nobody awaits, a callback of the host. Its process is known
 * when asynchronous code of a process or a bound callback began it. What belongs to no process ends the program, as before.
 *
 * For the program, not for libraries: Node has one such place per thread.
 * @returns a function that puts everything back.
 *
 * Semantics: OTP, where an uncaught error ends its process. Differs: only what `AsyncLocalStorage` can attribute.
 */
export function routeUncaught(): () => void {
  process.on('unhandledRejection', crashOwner)
  process.on('uncaughtException', crashOwner)
  return () => {
    process.off('unhandledRejection', crashOwner)
    process.off('uncaughtException', crashOwner)
  }
}

function crashOwner(thrown: unknown): void {
  const owner = asyncProcess()
  // Nobody's, or the main program's: thrown from here, Node prints it and ends.
  if (owner === undefined || owner.isMain) throw thrown
  owner.crash(thrown)
}
