import { Socket } from 'phoenix'
import { LiveSocket } from 'phoenix_live_view'
import { hooks } from './hooks.ts'

const csrfToken = document.querySelector('meta[name="csrf-token"]')?.getAttribute('content')

const liveSocket = new LiveSocket('/live', Socket, {
  params: { _csrf_token: csrfToken },
  hooks,
  longPollFallbackMs: 2500,
})

/** What the client keeps of the way it is connected. Its types leave it out. */
type Connected = Socket & { longPollFallbackMs: number | null; readonly transport: unknown }

// Where a WebSocket once was open, a server that is not there for a while is no reason to poll it for as long as the page is open.
const socket = liveSocket.getSocket() as Connected
socket.onOpen(() => {
  if (socket.transport === WebSocket) socket.longPollFallbackMs = null
})
liveSocket.connect()

// For whoever looks at the page with the browser's tools: liveSocket.enableDebug(), liveSocket.enableLatencySim(1000) …
Object.assign(window, { liveSocket })
