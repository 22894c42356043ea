import { copyFile, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** This file runs in dist/apps/chat; what the browser gets is written in apps/chat/browser. */
const SOURCES = new URL('../../../apps/chat/browser/', import.meta.url)
const PAGES = new URL('./pages/', import.meta.url)
/** The folder to serve. */
export const pagesFolder = fileURLToPath(PAGES)

/** Makes the pages: bundles the script with the official `phoenix` client, and copies the rest. */
export async function makePages(): Promise<void> {
  await mkdir(PAGES, { recursive: true })
  await build({
    entryPoints: ['chat.ts', 'chat.css'].map((name) => fileURLToPath(new URL(name, SOURCES))),
    outdir: pagesFolder,
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  })
  await copyFile(new URL('index.html', SOURCES), new URL('index.html', PAGES))
}
