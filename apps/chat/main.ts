import { Application } from 'beamish'
import { WebLogger } from 'beamish/endpoint'
import { assets } from './pages.ts'
import { ChatApp } from './tree.ts'

/** Set by `bin/demo --watch`. */
const liveReload = process.env['LIVE_RELOAD'] === '1'

WebLogger.attach()
const unwatch = await (liveReload ? assets.watch() : assets.make())
await Application.run(ChatApp, {
  env: {
    port: Number(process.env['PORT'] ?? 4000),
    host: process.env['HOST'] ?? '127.0.0.1',
    folder: process.env['CHAT_DATA'] ?? 'apps/chat/data',
    liveReload,
    announce: (url: string) => console.log(`The chat is open at ${url} (ctrl-c closes it).`),
  },
})
await unwatch?.()
