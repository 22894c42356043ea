import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * A port that nobody has right now, for a server that another one takes the place of: one that chose its port itself (0) leaves it
 * taken for a minute when somebody was connected, because it did not ask to share the address with its successor.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
