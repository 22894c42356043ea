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

// On a phone the list of pages closes when one was chosen.
window.addEventListener('phx:page-loading-stop', () => document.getElementById('menu')?.classList.remove('open'))
