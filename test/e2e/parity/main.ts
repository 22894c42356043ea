import { parseArgs } from 'node:util'
import { Application } from 'beamish'
import { ParityApp } from './tree.ts'

// node --enable-source-maps dist/test/e2e/parity/main.js [--port 4004] [--adapter uws|node]

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['PORT'] ?? '4004' },
    adapter: { type: 'string', default: process.env['ADAPTER'] ?? 'uws' },
  },
})
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  throw new Error(`--port: a port from 0 to 65535, not ${values.port}`)
const { adapter } = values
if (adapter !== 'uws' && adapter !== 'node') throw new Error(`--adapter: uws or node, not ${adapter}`)

await Application.run(ParityApp, {
  env: {
    port,
    adapter,
    announce: (url) => console.log(`The parity application is open at ${url} (ctrl-c closes it).`),
  },
})
