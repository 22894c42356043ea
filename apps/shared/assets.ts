import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, context } from 'esbuild'

/** What the browsers of an app get: script, style and pictures. */
export interface Assets {
  /** The folder to serve. */
  readonly folder: string
  /** Bundles them, the official clients with them. */
  make(): Promise<void>
  /** As `make`, and again whenever their sources change. @returns what ends it. */
  watch(): Promise<() => Promise<void>>
}

/**
 * The assets of an app: `apps/<name>/browser` → `dist/apps/<name>/pages`.
 * @param entries - the files in there that pages ask for.
 */
export function assetsOf(name: string, entries: readonly string[]): Assets {
  // This file runs in dist/apps/shared.
  const sources = new URL(`../../../apps/${name}/browser/`, import.meta.url)
  const folder = fileURLToPath(new URL(`../${name}/pages/`, import.meta.url))
  const options: BuildOptions = {
    entryPoints: entries.map((entry) => fileURLToPath(new URL(entry, sources))),
    outdir: folder,
    loader: { '.svg': 'copy' },
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  }
  return {
    folder,
    make: async () => void (await build(options)),
    watch: async () => {
      const bundler = await context(options)
      await bundler.rebuild()
      await bundler.watch()
      return () => bundler.dispose()
    },
  }
}
