import type { Conn } from '../http/conn.ts'
import type { FlashMessage } from '../http/flash.ts'
import type { Redirect } from './navigation.ts'
import type { LiveViewSocket } from './view-socket.ts'

/** Sends the client where a callback wants to go while the page is made. Its flash goes along. */
export function redirectOverHttp({ newFlash }: LiveViewSocket, target: Redirect, conn: Conn): Response {
  if (conn.hasFlash) {
    conn.flash.clear()
    for (const [kind, message] of Object.entries(newFlash)) conn.flash.put(kind, message as FlashMessage) // `putFlash` says so
  }
  const status = target.type === 'redirect' ? target.status : 302
  return new Response(null, { status, headers: { location: target.to } })
}
