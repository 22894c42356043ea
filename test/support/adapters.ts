import type { ServerAdapter } from '../../src/endpoint/adapter.ts'
import { node } from '../../src/endpoint/node.ts'

/** The servers that an endpoint can have. */
export type AdapterName = 'uws' | 'node'

/** The newest Node that uWebSockets.js has a binary for. Where it must load and does not, its tests fail. */
const NEWEST_MAJOR = 22

/** Why tests of uWebSockets.js are skipped; false where it loads. */
export const withoutUws: string | false =
  Number(process.versions.node.split('.')[0]) > NEWEST_MAJOR &&
  `uWebSockets.js has no binary for Node ${process.versions.node}`

/** Those that load here; the first one is what an endpoint takes when it is not told. */
export const ADAPTERS: readonly AdapterName[] = withoutUws ? ['node'] : ['uws', 'node']

/** The servers themselves. */
export async function serverAdapters(): Promise<readonly ServerAdapter[]> {
  return withoutUws ? [node()] : [(await import('../../src/endpoint/uwebsockets.ts')).uWebSockets, node()]
}
