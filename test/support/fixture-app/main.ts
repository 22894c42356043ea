import { parseArgs } from 'node:util'
import { Application, defaultRuntime } from 'beamish'
import { WebLogger } from 'beamish/endpoint'
import { FixtureApp } from './tree.ts'

// npm run fixture-app -- --port 4100 [--adapter uws|node] [--host 127.0.0.1]

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['PORT'] ?? '4100' },
    host: { type: 'string', default: process.env['HOST'] ?? '127.0.0.1' },
    adapter: { type: 'string', default: process.env['ADAPTER'] ?? 'uws' },
  },
})
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  throw new Error(`--port: a port from 0 to 65535, not ${values.port}`)
const { adapter } = values
if (adapter !== 'uws' && adapter !== 'node') throw new Error(`--adapter: uws or node, not ${adapter}`)

/** One log of reports, connections, joins and events, for people and for scripts: each entry says its level. */
const at = (level: string) => (message: string) => console.error(`${new Date().toISOString()} [${level}] ${message}`)
const log = { debug: at('debug'), info: at('info'), warn: at('warning'), error: at('error') }
defaultRuntime().setLogger(log)
WebLogger.attach({ logger: log, level: 'debug' })

await Application.run(FixtureApp, {
  env: {
    port,
    host: values.host,
    adapter,
    announce: (url) => console.log(`The fixture application is open at ${url} (ctrl-c closes it).`),
  },
})
