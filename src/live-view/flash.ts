import { BadArgumentError } from '../core/errors.ts'
import type { LiveState } from './state.ts'

// biome-ignore lint/suspicious/noExplicitAny: a flash is no matter of the assigns
type AnyState = LiveState<any>

/**
 * Shows a message to the person at the page: it is in `assigns.flash`, here or where this callback goes to. A page that goes on
 * while it is mounted takes along what it came with as well.
 * @param kind - by convention `'info'` or `'error'`.
 * @param message - any JSON value.
 * @returns the socket. @throws {BadArgumentError} for a kind that is no string. Semantics: Phoenix.LiveView.put_flash/3.
 */
export function putFlash<Socket extends AnyState>(socket: Socket, kind: string, message: unknown): Socket {
  if (typeof kind !== 'string') throw new BadArgumentError('putFlash: kind', "a string, such as 'info'", kind)
  socket.assign({ flash: { ...socket.assigns.flash, [kind]: message } })
  socket.newFlash[kind] = message
  return socket
}

/**
 * Forgets one message, or all.
 * @returns the socket. @throws {BadArgumentError} for a kind that is no string. Semantics: Phoenix.LiveView.clear_flash/1, /2.
 */
export function clearFlash<Socket extends AnyState>(socket: Socket, kind?: string): Socket {
  if (kind === undefined) {
    socket.assign({ flash: {} })
    socket.newFlash = {}
    return socket
  }
  if (typeof kind !== 'string') throw new BadArgumentError('clearFlash: kind', 'a string', kind)
  const { [kind]: _message, ...others } = socket.assigns.flash
  socket.assign({ flash: others })
  delete socket.newFlash[kind]
  return socket
}
