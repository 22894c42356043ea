import { Application } from 'beamish'
import { WebLogger } from 'beamish/endpoint'
import { makePages } from './pages.ts'
import { ChatApp } from './tree.ts'

WebLogger.attach()
await makePages()
await Application.run(ChatApp, {
  env: {
    port: Number(process.env['PORT'] ?? 4000),
    host: process.env['HOST'] ?? '127.0.0.1',
    announce: (url) => console.log(`The chat is open at ${url} (ctrl-c closes it).`),
  },
})
