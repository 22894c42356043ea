import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Diff } from '../../src/live-view/diff/differ.ts'

/** The renderer of the official client: what a page makes of our messages. */
export interface ClientRendered {
  mergeDiff(diff: Diff): void
  toString(onlyCids?: readonly number[]): { buffer: string; streams: Set<unknown> }
  componentToString(cid: number): { buffer: string; streams: Set<unknown> }
  pruneCIDs(cids: readonly number[]): void
  resetRender(cid: number): void
  /** The tree as it is. */
  get(): { readonly c?: Readonly<Record<number, unknown>> }
  isComponentOnlyDiff(diff: Diff): boolean
  componentCIDs(diff: Diff): number[]
}

/** Its class. */
export interface ClientRenderedClass {
  new (viewId: string, diff: Diff): ClientRendered
  extract(diff: Diff): { diff: Diff; title: unknown; reply: unknown; events: unknown[] }
}

/** Loads it out of the npm package, whose `exports` hide it: so it is bundled by its path. */
export async function clientRendered(): Promise<ClientRenderedClass> {
  // The door of the package leads into its priv/static.
  const folder = join(dirname(createRequire(import.meta.url).resolve('phoenix_live_view')), '../..')
  const outside = await mkdtemp(join(tmpdir(), 'beamish-rendered-'))
  try {
    const outfile = join(outside, 'rendered.mjs')
    const entry = join(folder, 'assets/js/phoenix_live_view/rendered.js')
    await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' })
    Object.assign(globalThis, { window: globalThis }) // it looks for one when it is loaded
    const module = (await import(pathToFileURL(outfile).href)) as { default: ClientRenderedClass }
    return module.default
  } finally {
    await rm(outside, { recursive: true })
  }
}
