import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, context } from 'esbuild'

/** This file runs in dist/apps/chat; what the browser gets is written in apps/chat/browser. */
const SOURCES = new URL('../../../apps/chat/browser/', import.meta.url)
const PAGES = new URL('./pages/', import.meta.url)
/** The folder to serve. */
export const pagesFolder = fileURLToPath(PAGES)

const OPTIONS: BuildOptions = {
  entryPoints: ['chat.ts', 'chat.css', 'icon.svg'].map((name) => fileURLToPath(new URL(name, SOURCES))),
  outdir: pagesFolder,
  loader: { '.svg': 'copy' },
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
}

/** Makes the pages: bundles the script with the official clients, and copies the rest. */
export async function makePages(): Promise<void> {
  await build(OPTIONS)
}

/** As {@link makePages}, and again whenever their sources change. @returns what ends it. */
export async function watchPages(): Promise<() => Promise<void>> {
  const bundler = await context(OPTIONS)
  await bundler.rebuild()
  await bundler.watch()
  return () => bundler.dispose()
}
