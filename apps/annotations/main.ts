import { Application } from 'beamish'
import { assets } from './pages.ts'
import { AnnotationsApp } from './tree.ts'

/** Set by `scripts/watch apps/annotations`. */
const liveReload = process.env['LIVE_RELOAD'] === '1'

const unwatch = await (liveReload ? assets.watch() : assets.make())
await Application.run(AnnotationsApp, {
  env: {
    port: Number(process.env['PORT'] ?? 4003),
    host: process.env['HOST'] ?? '127.0.0.1',
    folder: process.env['ANNOTATIONS_DATA'] ?? 'apps/annotations/data',
    liveReload,
    announce: (url) => console.log(`Annotations are open at ${url} (ctrl-c closes them).`),
  },
})
await unwatch?.()
