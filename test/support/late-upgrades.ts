import WebSocket from 'ws'
import { PathPattern } from '../../src/endpoint/path-pattern.ts'
import { uWebSockets } from '../../src/endpoint/uwebsockets.ts'
import { acceptClient } from '../contracts/server-adapter-rig.ts'

// A program: lets clients in after a while, and tells how many connections ended by themselves.

const CLIENTS = 200

const server = await uWebSockets.start({
  host: '127.0.0.1',
  port: 0,
  tls: undefined,
  webSockets: [
    {
      path: new PathPattern('/late'),
      maxFrameBytes: 1000,
      compress: false,
      maxBufferedBytes: 1000,
      slowClient: 'close',
      overflowed: () => {},
      failed: () => {},
      upgrade: (upgrade) => void setTimeout(() => acceptClient(upgrade)?.connection.send('welcome'), 1),
    },
  ],
  request: (_request, respond) => respond({ status: 404 }),
  failed: () => {},
})

let ended = 0
const clients = Array.from({ length: CLIENTS }, () => new WebSocket(`ws://127.0.0.1:${server.port}/late`))
await Promise.all(
  clients.map(
    (client) =>
      new Promise<void>((resolve) => {
        client.on('message', () => client.ping())
        client.on('pong', () => resolve())
        client.on('close', () => {
          ended++
          resolve()
        })
      }),
  ),
)
console.log(JSON.stringify({ clients: CLIENTS, ended }))
for (const client of clients) client.terminate()
server.close()
