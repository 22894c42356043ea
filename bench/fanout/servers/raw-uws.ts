import { App, us_socket_local_port } from 'uWebSockets.js'
import { paddingFor, TOPIC, v2Frame } from '../payload.ts'
import { type FanoutServer, serve } from './server.ts'

// uWebSockets.js alone, with the settings that Beamish gives it: what comes goes back, everybody hears the topic.

async function start(): Promise<FanoutServer> {
  const app = App()
  let connections = 0
  app.ws('/*', {
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxPayloadLength: 10_000_000,
    maxBackpressure: 4 * 1024 * 1024,
    closeOnBackpressureLimit: true,
    open: (socket) => {
      connections++
      socket.subscribe(TOPIC)
    },
    message: (socket, message, isBinary) => {
      socket.send(message, isBinary)
    },
    close: () => {
      connections--
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    app.listen('127.0.0.1', 0, (socket) => {
      if (socket === false) reject(new Error('uWebSockets.js cannot listen'))
      else resolve(us_socket_local_port(socket))
    })
  })
  let padding = ''
  return {
    port,
    prepare: (bytes) => {
      padding = paddingFor(bytes, v2Frame)
    },
    broadcast: (sequence) => {
      app.publish(TOPIC, v2Frame(sequence, padding), false)
    },
    connections: () => connections,
  }
}

await serve(start)
