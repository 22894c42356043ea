import { Application } from 'beamish'
import { assets } from './pages.ts'
import { ExchangeApp } from './tree.ts'

/** Set by `scripts/watch apps/exchange`. */
const liveReload = process.env['LIVE_RELOAD'] === '1'

const unwatch = await (liveReload ? assets.watch() : assets.make())
await Application.run(ExchangeApp, {
  env: {
    port: Number(process.env['PORT'] ?? 4002),
    host: process.env['HOST'] ?? '127.0.0.1',
    liveReload,
    announce: (url) => console.log(`The exchange is open at ${url} (ctrl-c closes it).`),
  },
})
await unwatch?.()
