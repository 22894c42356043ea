import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { settledUsage, usage } from '../usage.ts'
import { answerQuestions } from '../worker.ts'

/** A server that is measured. */
export interface FanoutServer {
  readonly port: number
  /** From now on a broadcast is so long on the wire, without the frame's head. */
  prepare(bytes: number): void
  /** Sends broadcast number `sequence` to everybody who has joined. */
  broadcast(sequence: number): void
  /** How many clients are connected. */
  connections(): number
  /** How often a broadcast has been encoded. */
  encodes?(): number
}

/**
 * Runs a server as a program: it answers the questions of the parent, and each byte that comes to its control port is one
 * broadcast. That way is the same for all servers, so that only what lies behind it differs.
 */
export async function serve(start: () => Promise<FanoutServer>): Promise<void> {
  const server = await start()
  let sequence = 0
  const control = createServer({ noDelay: true }, (socket) => {
    socket.on('data', (bytes) => {
      for (let i = 0; i < bytes.length; i++) server.broadcast(sequence++)
    })
    socket.on('error', () => {})
  })
  control.listen(0, '127.0.0.1')
  await once(control, 'listening')
  const ports = { port: server.port, control: (control.address() as AddressInfo).port } // it listens on a port, not on a pipe
  answerQuestions(
    questionsOf(server, ports, () => {
      sequence = 0
    }),
  )
}

/** Where a server listens. */
export interface Ports {
  readonly port: number
  readonly control: number
}

function questionsOf(server: FanoutServer, ports: Ports, restart: () => void) {
  return {
    ports: () => ports,
    prepare: (bytes: number) => {
      restart()
      server.prepare(bytes)
    },
    /** Resolves when so many clients are connected: ends are noticed a little later. */
    connected: async (count: number) => {
      while (server.connections() !== count) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    encodes: () => server.encodes?.() ?? 0,
    usage,
    settledUsage,
  }
}

export type ServerQuestions = ReturnType<typeof questionsOf>
