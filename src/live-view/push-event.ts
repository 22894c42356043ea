import { BadArgumentError } from '../core/errors.ts'
import type { LiveState, PageEvent } from './state.ts'

/** Options of {@link pushEvent}. */
export interface PushEventOptions {
  /** Whether the page hears of it before or after it is patched. Default `'after'`. */
  readonly dispatch?: 'before' | 'after'
}

/**
 * Tells the page something, with what this callback changes of it: hooks hear it with `handleEvent(name, …)`, everybody as the event
 * `phx:<name>` of the window.
 * @param payload - any JSON object. Default `{}`.
 * @returns the socket. @throws {BadArgumentError} for a name or payload of the wrong kind.
 * Semantics: Phoenix.LiveView.push_event/3, /4.
 */
// biome-ignore lint/suspicious/noExplicitAny: an event is no matter of the assigns
export function pushEvent<Socket extends LiveState<any>>(
  socket: Socket,
  name: string,
  payload: object = {},
  { dispatch = 'after', ...unknown }: PushEventOptions = {},
): Socket {
  const [extra] = Object.keys(unknown)
  if (extra !== undefined) throw new BadArgumentError('pushEvent', 'the option dispatch', extra)
  if (typeof name !== 'string' || name === '') throw new BadArgumentError('pushEvent: name', 'a string', name)
  if (typeof payload !== 'object' || payload === null)
    throw new BadArgumentError('pushEvent: payload', 'an object', payload)
  if (dispatch !== 'after' && dispatch !== 'before')
    throw new BadArgumentError('pushEvent: dispatch', "'before' | 'after'", dispatch)
  const event: PageEvent = dispatch === 'before' ? [name, payload, true] : [name, payload]
  socket.pageEvents.push(event)
  return socket
}
