import { Socket } from 'phoenix'
import { LiveSocket } from 'phoenix_live_view'
import { hooks } from './hooks.ts'

const csrfToken = document.querySelector('meta[name="csrf-token"]')?.getAttribute('content')

const liveSocket = new LiveSocket('/live', Socket, {
  params: { _csrf_token: csrfToken },
  hooks,
  longPollFallbackMs: 2500,
})
liveSocket.connect()

// For whoever looks at the page with the browser's tools: liveSocket.enableDebug(), liveSocket.enableLatencySim(1000) …
Object.assign(window, { liveSocket })
