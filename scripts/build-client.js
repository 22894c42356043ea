// Bundles the client door for pages without a bundler.
//
//   node scripts/build-client.js            writes dist/client/beamish-client.js, with its source map
//   node scripts/build-client.js FOLDER     writes them there
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = join(process.argv[2] ?? join(root, 'dist/client'), 'beamish-client.js')

await build({
  entryPoints: [join(root, 'src/client/script.ts')],
  outfile,
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'iife',
  target: 'es2022',
  logLevel: 'warning',
})
