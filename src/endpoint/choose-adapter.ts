import { BeamishError } from '../core/errors.ts'
import type { ServerAdapter } from './adapter.ts'
import { node } from './node.ts'

/**
 * Which server: `'uws'`, the native one · `'node'`, the portable one · any other that keeps the contract, such as
 * `node({ server })`. Left out it is the native one, or the portable one where that does not load.
 */
export type AdapterOption = 'uws' | 'node' | ServerAdapter

/** How the choice is made. */
export interface Choice {
  readonly option: AdapterOption | undefined
  /** Another one takes the place of the native server, and why. */
  readonly fellBack: (adapter: string, error: unknown) => void
  /** Loads the native server; rejects where there is none. */
  readonly loadNative?: () => Promise<ServerAdapter>
}

/**
 * The server that an endpoint starts.
 * @throws {BeamishError} `BEAMISH_NO_NATIVE_SERVER` when it must be the native one, and that does not load.
 */
export async function chooseAdapter({ option, fellBack, loadNative = loadUws }: Choice): Promise<ServerAdapter> {
  if (typeof option === 'object') return option
  if (option === 'node') return node()
  try {
    return await loadNative()
  } catch (error) {
    if (option === 'uws') throw noNativeServer(error)
    const portable = node()
    fellBack(portable.name, error)
    return portable
  }
}

/** Imported when it starts: a program that listens nowhere needs no native library. */
async function loadUws(): Promise<ServerAdapter> {
  return (await import('./uwebsockets.ts')).uWebSockets
}

function noNativeServer(cause: unknown): BeamishError {
  const { platform, arch, version } = process
  const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)
  return new BeamishError(
    'BEAMISH_NO_NATIVE_SERVER',
    `adapter: 'uws' asks for uWebSockets.js, which does not load on ${platform} ${arch} with Node ${version}: ${why} ` +
      "adapter: 'node' serves everywhere; without the option the endpoint takes what it finds.",
    { cause },
  )
}
