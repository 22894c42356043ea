import { type Channel, type Push, Socket, type SocketConnectOption } from 'phoenix'
import type { Test } from 'tap'
import WebSocket from 'ws'

/** The official client, connected to a server of ours; it disconnects when the test ends. */
export function phoenixClient(
  t: Test,
  port: number,
  options: Partial<SocketConnectOption> = {},
  path = '/socket',
): Socket {
  // `ws` has the interface of a browser's WebSocket, as far as the client uses it.
  const transport = WebSocket as unknown as SocketConnectOption['transport']
  // A leave leaves its timer running in the client, and Node with it: ten seconds by default.
  const socket = new Socket(`ws://127.0.0.1:${port}${path}`, { transport, timeout: 2000, ...options })
  socket.connect()
  t.teardown(() => socket.disconnect())
  return socket
}

/** The answer to a push or join: its status and response. */
export function answerOf(push: Push): Promise<[status: string, response: unknown]> {
  return new Promise((resolve) => {
    for (const status of ['ok', 'error', 'timeout'] as const) {
      push.receive(status, (response) => resolve([status, response]))
    }
  })
}

/** Joins a topic, and waits until that is over. */
export async function joined(socket: Socket, topic: string, params: object = {}): Promise<Channel> {
  const channel = socket.channel(topic, params)
  const [status] = await answerOf(channel.join())
  if (status !== 'ok') throw new Error(`${topic} was not joined: ${status}`)
  return channel
}

/** The payload of the next message of that event. */
export function nextEvent(channel: Channel, event: string): Promise<unknown> {
  return new Promise((resolve) => {
    const ref = channel.on(event, (payload) => {
      channel.off(event, ref)
      resolve(payload)
    })
  })
}
