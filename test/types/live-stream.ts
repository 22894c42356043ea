// What must not compile of streams, and what their items are known to be. Checked by the compiler, never run.
import {
  each,
  html,
  LiveComponent,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  stream,
  streamConfigure,
  streamDelete,
  streamInsert,
} from '../../src/live-view/index.ts'

interface Message {
  readonly id: number
  readonly body: string
}

interface Chat {
  readonly streams: { readonly messages: LiveStream<Message> }
  readonly room: string
}

LiveView.define<Chat>({
  mount: (_params, _session, socket) => {
    streamConfigure(socket, 'messages', { domId: ({ id }) => `m-${id.toFixed()}` })
    stream(socket, 'messages', [{ id: 1, body: '' }], { at: 0, limit: -10, reset: true })
    // @ts-expect-error an item is not a string
    stream(socket, 'messages', ['x'])
    // @ts-expect-error there is no such stream
    stream(socket, 'mesages', [])
    // @ts-expect-error not an option of one insertion
    streamInsert(socket, 'messages', { id: 1, body: '' }, { reset: true })
    // @ts-expect-error an id is missing
    streamInsert(socket, 'messages', { body: '' })
    streamDelete(socket, 'messages', { id: 1, body: '' }).assign({ room: 'the socket of the view comes back' })
  },
  render: ({ streams, room }) =>
    html`${room}<ul id="m" phx-update="stream">${each(
      streams.messages,
      (message, domId) => html`<li id=${domId.toUpperCase()}>${message.body.toUpperCase()}</li>`,
    )}</ul>`,
})

LiveComponent.define<Chat>({
  mount: (socket) => stream(socket, 'messages', []),
  render: ({ streams }) => {
    // @ts-expect-error a stream cannot be gone through
    for (const _message of streams.messages) return html``
    // @ts-expect-error nor has it keys
    each(streams.messages, String, String)
    // @ts-expect-error its items have no such field
    return html`<p>${each(streams.messages, ({ text }) => text)}</p>`
  },
})

LiveView.define<{ room: string }>({
  mount: (_params, _session, socket) => stream(socket, 'anything', [{ id: 1 }]),
  // @ts-expect-error the assigns do not say that there are streams
  render: ({ streams }) => html`${streams}`,
})

LiveView.define({
  mount: (_params, _session, socket) => streamInsert(socket, 'anything', { id: 1 }),
  render: ({ streams }) =>
    html`${each(streams.anything, ({ whatever }, domId) => html`<p id=${domId}>${whatever}</p>`)}`,
})

/** A function for the sockets of any view. */
// biome-ignore lint/suspicious/noExplicitAny: they have different assigns
export function clearUsers(socket: LiveViewSocket<any>): void {
  stream(socket, 'users', [{ id: 1 }], { reset: true })
}
