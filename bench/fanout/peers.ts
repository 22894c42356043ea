import { existsSync } from 'node:fs'

function peerUrl(path: string): URL {
  return new URL(`../../../bench/peers/node_modules/${path}`, import.meta.url)
}

/** Whether a library is installed in bench/peers. */
export function hasPeer(name: string): boolean {
  return existsSync(peerUrl(name))
}

/**
 * Loads a file of a library of bench/peers.
 * @typeParam T - what the caller uses of it: the library is not there when this is compiled.
 */
export async function peerModule<T>(path: string): Promise<T> {
  const loaded = (await import(peerUrl(path).href)) as T & { default?: T }
  return loaded.default ?? loaded
}
