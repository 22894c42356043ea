import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { paddingFor, v2Frame } from '../payload.ts'
import { type FanoutServer, serve } from './server.ts'

// `ws`: what comes goes back, a broadcast is a loop over the clients.

async function start(): Promise<FanoutServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', backlog: 1024 })
  server.on('connection', (socket) => {
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
    socket.on('error', () => {})
  })
  await once(server, 'listening')
  let padding = ''
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port, not on a pipe
    prepare: (bytes) => {
      padding = paddingFor(bytes, v2Frame)
    },
    broadcast: (sequence) => {
      const frame = Buffer.from(v2Frame(sequence, padding))
      for (const client of server.clients) client.send(frame, { binary: false })
    },
    connections: () => server.clients.size,
  }
}

await serve(start)
