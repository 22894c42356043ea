import { Application } from 'beamish'
import { assets } from './pages.ts'
import { GalleryApp } from './tree.ts'

/** Set by `scripts/watch apps/gallery`. */
const liveReload = process.env['LIVE_RELOAD'] === '1'

const unwatch = await (liveReload ? assets.watch() : assets.make())
await Application.run(GalleryApp, {
  env: {
    port: Number(process.env['PORT'] ?? 4003),
    host: process.env['HOST'] ?? '127.0.0.1',
    liveReload,
    announce: (url) => console.log(`The gallery is open at ${url} (ctrl-c closes it).`),
  },
})
await unwatch?.()
