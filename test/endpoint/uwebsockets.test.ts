import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { serverAdapterContract } from '../contracts/server-adapter.ts'
import { withoutUws } from '../support/adapters.ts'

t.test('uWebSockets.js keeps the contract of a server', { skip: withoutUws }, async (t) => {
  const { uWebSockets } = await import('../../src/endpoint/uwebsockets.ts')
  return serverAdapterContract(t, uWebSockets)
})

// uWebSockets#1929: an upgrade inside the cork of its own response, after the handler, may close the socket, by what lies in memory
// that was given back. glibc can fill that: with these bytes a quarter of the sockets were closed.
t.test(
  'connections that were let in late stay open, and the library complains of nothing',
  { skip: withoutUws },
  async (t) => {
    const program = fileURLToPath(new URL('../support/late-upgrades.js', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], {
      env: { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.perturb=16' },
      timeout: 60_000,
    })
    t.same(JSON.parse(stdout), { clients: 200, ended: 0 })
    t.equal(stderr, '')
  },
)
