import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { uWebSockets } from '../../src/endpoint/uwebsockets.ts'
import { serverAdapterContract } from '../contracts/server-adapter.ts'

t.test('uWebSockets.js keeps the contract of a server', (t) => serverAdapterContract(t, uWebSockets))

// uWebSockets#1929: an upgrade inside the cork of its own response, after the handler, may close the socket, by what lies in memory
// that was given back. glibc can fill that: with these bytes a quarter of the sockets were closed.
t.test('connections that were let in late stay open, and the library complains of nothing', async (t) => {
  const program = fileURLToPath(new URL('../support/late-upgrades.js', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], {
    env: { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.perturb=16' },
    timeout: 60_000,
  })
  t.same(JSON.parse(stdout), { clients: 200, ended: 0 })
  t.equal(stderr, '')
})
