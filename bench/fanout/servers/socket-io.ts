import { App, type TemplatedApp, us_socket_local_port } from 'uWebSockets.js'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ECHO, EVENT, paddingFor, payload, socketIoFrame, TOPIC } from '../payload.ts'
import { peerModule } from '../peers.ts'
import { type FanoutServer, serve } from './server.ts'

// Socket.IO: one room, `emit` to it, and an event that is acknowledged with what it carried. With `uws` as its argument it
// runs on uWebSockets.js, otherwise on its default engine.

/** What is used of Socket.IO, which is installed in bench/peers only. */
interface SocketIo {
  readonly Server: new (options: object) => Io
}

interface Io {
  readonly engine: { readonly clientsCount: number }
  attach(server: unknown): void
  attachApp(app: TemplatedApp): void
  on(event: 'connection', listener: (socket: IoSocket) => void): void
  to(room: string): { emit(event: string, payload: unknown): void }
}

interface IoSocket {
  join(room: string): void
  on(event: string, listener: (payload: unknown, acknowledge: (payload: unknown) => void) => void): void
}

/** As quiet as the other servers: no pings while it is measured. */
const OPTIONS = { serveClient: false, transports: ['websocket'], pingInterval: 3_600_000 }

async function start(): Promise<FanoutServer> {
  const { Server } = await peerModule<SocketIo>('socket.io/dist/index.js')
  const io = new Server(OPTIONS)
  io.on('connection', (socket) => {
    socket.join(TOPIC)
    socket.on(ECHO, (echoed, acknowledge) => acknowledge(echoed))
  })
  const port = await (process.argv[2] === 'uws' ? listenOnUws(io) : listen(io))
  let padding = ''
  return {
    port,
    prepare: (bytes) => {
      padding = paddingFor(bytes, socketIoFrame)
    },
    broadcast: (sequence) => io.to(TOPIC).emit(EVENT, payload(sequence, padding)),
    connections: () => io.engine.clientsCount,
  }
}

async function listen(io: Io): Promise<number> {
  const server = createServer()
  io.attach(server)
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on a port, not on a pipe
}

function listenOnUws(io: Io): Promise<number> {
  const app = App()
  io.attachApp(app)
  return new Promise((resolve, reject) => {
    app.listen('127.0.0.1', 0, (socket) => {
      if (socket === false) reject(new Error('uWebSockets.js cannot listen'))
      else resolve(us_socket_local_port(socket))
    })
  })
}

await serve(start)
