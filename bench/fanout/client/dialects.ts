import { pack } from 'msgpackr'
import { ECHO, payload, socketIoFrame, TOPIC, v2Frame } from '../payload.ts'
import { BINARY, clientFrame, TEXT } from './frame-reader.ts'

/** How the clients of one protocol join, and ask for an echo. */
export interface Dialect {
  /** What it becomes when something must be asked of the server first: all clients of the same answer. Default: itself. */
  readonly prepared?: (port: number) => Promise<Dialect>
  readonly path: string
  /** What a client says when it is connected. */
  readonly greeting: Buffer | undefined
  /** Whether a frame of the server says that the client has joined. Without a greeting it has when it is connected. */
  isJoined(frame: string): boolean
  /** The answer to a ping of the protocol's own; `undefined` for what is none. */
  pong(frame: string): Buffer | undefined
  /** A message that is answered with its payload. */
  echo(padding: string): Buffer
  /** The text of that message, to see how long it is. */
  echoText(sequence: number, padding: string): string
}

function text(frame: string): Buffer {
  return clientFrame(TEXT, Buffer.from(frame))
}

/** No protocol but WebSocket: who is connected has joined, and what comes goes back. */
const plain: Dialect = {
  path: '/',
  greeting: undefined,
  isJoined: () => true,
  pong: () => undefined,
  echoText: phoenixEcho,
  echo: (padding) => text(phoenixEcho(0, padding)),
}

function phoenixEcho(sequence: number, padding: string): string {
  return JSON.stringify(['1', '1', TOPIC, ECHO, payload(sequence, padding)])
}

const phoenix: Dialect = {
  path: '/socket/websocket?vsn=2.0.0',
  greeting: text(JSON.stringify(['1', '1', TOPIC, 'phx_join', {}])),
  isJoined: (frame) => frame.includes('phx_reply') && frame.includes('ok'),
  pong: () => undefined,
  echoText: phoenixEcho,
  echo: (padding) => text(phoenixEcho(0, padding)),
}

/** The same with MessagePack. */
const phoenixMsgpack: Dialect = {
  ...phoenix,
  path: '/socket/websocket?vsn=2.0.0-msgpack',
  greeting: clientFrame(BINARY, pack(['1', '1', TOPIC, 'phx_join', {}])),
  echo: (padding) => clientFrame(BINARY, pack(['1', '1', TOPIC, ECHO, payload(0, padding)])),
}

/** The same as it was spoken before 2018. */
const phoenixV1: Dialect = {
  ...phoenix,
  path: '/socket/websocket?vsn=1.0.0',
  greeting: text(JSON.stringify({ topic: TOPIC, event: 'phx_join', payload: {}, ref: '1' })),
}

/** The client of live views: it joins with what stands in a page, and asks with an event, which a change of the page answers. */
const liveView: Dialect = {
  path: '/live/websocket?vsn=2.0.0',
  greeting: undefined,
  isJoined: phoenix.isJoined,
  pong: () => undefined,
  echoText: (sequence, padding) => liveEvent('phx-', sequence, padding),
  echo: () => {
    throw new Error('the client of live views must load a page first')
  },
  prepared: async (port) => {
    const url = `http://127.0.0.1:${port}/`
    const page = await (await fetch(url)).text()
    const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(page)?.[1] ?? ''
    const id = / id="(phx-[^"]+)"/.exec(page)?.[1] ?? ''
    const params = {
      url,
      params: { _mounts: 0 },
      session: attribute('data-phx-session'),
      static: attribute('data-phx-static'),
    }
    return {
      ...liveView,
      greeting: text(JSON.stringify(['1', '1', `lv:${id}`, 'phx_join', params])),
      echoText: (sequence, padding) => liveEvent(id, sequence, padding),
      echo: (padding) => text(liveEvent(id, 0, padding)),
    }
  },
}

function liveEvent(id: string, sequence: number, padding: string): string {
  const event = { type: 'click', event: ECHO, value: payload(sequence, padding) }
  return JSON.stringify(['1', '1', `lv:${id}`, 'event', event])
}

const socketIo: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  greeting: text('40'),
  isJoined: (frame) => frame.startsWith('40'),
  pong: (frame) => (frame === '2' ? text('3') : undefined),
  echoText: socketIoEcho,
  echo: (padding) => text(socketIoEcho(0, padding)),
}

/** An event that asks for an acknowledgement. */
function socketIoEcho(sequence: number, padding: string): string {
  return `421${JSON.stringify([ECHO, payload(sequence, padding)])}`
}

/** Every protocol, by name. */
export const DIALECTS = {
  plain,
  phoenix,
  'phoenix-msgpack': phoenixMsgpack,
  'phoenix-v1': phoenixV1,
  'live-view': liveView,
  'socket.io': socketIo,
} satisfies Record<string, Dialect>
export type DialectName = keyof typeof DIALECTS

/** The text of a broadcast in a protocol: what a server of the benchmark sends. */
export function broadcastText(dialect: DialectName): (sequence: number, padding: string) => string {
  return dialect === 'socket.io' ? socketIoFrame : v2Frame
}
