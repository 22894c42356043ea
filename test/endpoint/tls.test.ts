import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import WebSocket from 'ws'
import type { RunningServer, ServerAdapter } from '../../src/endpoint/adapter.ts'
import type { TlsOptions } from '../../src/endpoint/options.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { serverAdapters } from '../support/adapters.ts'
import { selfSigned, tlsFiles } from '../support/certificate.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { testRoom } from '../support/room.ts'

const SERVERS = await serverAdapters()

function start(adapter: ServerAdapter, tls: TlsOptions): Promise<RunningServer> {
  return adapter.start({
    host: '127.0.0.1',
    port: 0,
    tls,
    webSockets: [],
    request: (_request, respond) => void respond({ status: 200, body: 'secret' }),
    failed: () => {},
  })
}

t.test('files that are no key and certificate are an error that names them', async (t) => {
  const folder = t.testdir({ nonsense: 'no PEM' })
  const good = tlsFiles(folder)
  const locked = tlsFiles(t.testdir({ locked: {} }), 'open sesame')
  const bad: Record<string, TlsOptions> = {
    missing: { ...good, keyFile: join(folder, 'nowhere.pem') },
    'no PEM': { ...good, certFile: join(folder, 'nonsense') },
    'without the passphrase': { keyFile: locked.keyFile, certFile: locked.certFile, passphrase: 'guess' },
  }
  for (const adapter of SERVERS) {
    for (const [what, tls] of Object.entries(bad)) {
      await t.rejects(start(adapter, tls), { code: 'BEAMISH_TLS', message: tls.keyFile }, `${adapter.name}: ${what}`)
    }
  }
})

t.test('a key may be locked by a passphrase', async (t) => {
  const tls = tlsFiles(t.testdir(), 'open sesame')
  for (const adapter of SERVERS) {
    const server = await start(adapter, tls)
    t.teardown(() => server.close())
    t.match(await exchange(server.port), /secret/, adapter.name)
  }
})

t.test('with a caFile a client may show a certificate, and one that nobody vouches for is turned away', async (t) => {
  const [known, stranger] = [selfSigned(), selfSigned()]
  const folder = t.testdir()
  const caFile = join(folder, 'ca.pem')
  const tls = { ...tlsFiles(folder), caFile }
  writeFileSync(caFile, known.cert)
  for (const adapter of SERVERS) {
    const server = await start(adapter, tls)
    t.teardown(() => server.close())
    t.match(await exchange(server.port), /secret/, `${adapter.name}: none`)
    t.match(await exchange(server.port, known), /secret/, `${adapter.name}: of the authority`)
    t.equal(await exchange(server.port, stranger), '', `${adapter.name}: of somebody else`)
  }
})

/** What a client gets that asks once. */
function exchange(port: number, identity: { key?: string; cert?: string } = {}): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...identity })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.on('data', (chunk) => {
      text += String(chunk)
      socket.end()
    })
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  })
}

t.test('an endpoint with TLS serves requests and sockets', (t) =>
  withRuntime(async () => {
    const tls = tlsFiles(t.testdir())
    const Room = Socket.define({ channels: { 'room:*': testRoom() } })
    const { port } = await startEndpoint({ tls, sockets: { '/socket': Room } })
    t.match(await exchange(port), /404/)
    const url = `wss://127.0.0.1:${port}/socket/websocket?vsn=2.0.0`
    const socket = new WebSocket(url, { rejectUnauthorized: false })
    await once(socket, 'open')
    socket.send(JSON.stringify(['1', '1', 'room:a', 'phx_join', {}]))
    const [frame] = await once(socket, 'message')
    t.same(JSON.parse(String(frame)), ['1', '1', 'room:a', 'phx_reply', { status: 'ok', response: {} }])
  }),
)
