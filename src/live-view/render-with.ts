import { BadArgumentError } from '../core/errors.ts'
import type { LiveState } from './state.ts'
import type { Rendered } from './template/html.ts'

/**
 * From now on this view or component shows what another function gives, in the place of its `render`.
 * @param render - of the assigns; pure. A view of many faces chooses one in `mount`.
 * @returns the socket. @throws {BadArgumentError} for what is no function.
 * Semantics: Phoenix.LiveView.render_with/2.
 */
// biome-ignore lint/suspicious/noExplicitAny: the socket of any view or component
export function renderWith<Socket extends LiveState<any>>(
  socket: Socket,
  render: (assigns: Readonly<Socket['assigns']>) => Rendered,
): Socket {
  if (typeof render !== 'function')
    throw new BadArgumentError('renderWith: render', 'a function of the assigns', render)
  socket.renderFunction = render
  return socket
}
