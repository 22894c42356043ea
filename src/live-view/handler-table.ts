import { Callback } from '../behaviours/server.ts'
import { BadArgumentError } from '../core/errors.ts'

/** Handlers by name, as a module states them. */
// biome-ignore lint/suspicious/noExplicitAny: as Callback
type Handlers = { readonly [name: string]: (...args: any[]) => unknown }

/** Handlers, made ready. */
export function handlerTable(handlers: Handlers = {}): ReadonlyMap<string, Callback> {
  return new Map(Object.entries(handlers).map(([name, handler]) => [name, new Callback(handler)]))
}

/** @throws {BadArgumentError} unless it is an object of functions, or left out. */
export function checkHandlers(where: string, handlers: unknown = {}): void {
  const isTable = typeof handlers === 'object' && handlers !== null
  if (!isTable) throw new BadArgumentError(where, 'an object of functions by name', handlers)
  for (const [name, handler] of Object.entries(handlers)) {
    if (typeof handler !== 'function') throw new BadArgumentError(`${where}.${name}`, 'a function', handler)
  }
}
