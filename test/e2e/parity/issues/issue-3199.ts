import {
  each,
  html,
  JS,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  link,
  stream,
  streamDeleteByDomId,
} from 'beamish/live-view'

// What goes from the page runs the command in its phx-remove: an item that is deleted; and, unless the LiveSocket says otherwise,
// everything in a view that is left.
// https://github.com/phoenixframework/phoenix_live_view/issues/3199

interface Item {
  readonly id: number
  readonly name: string
}

/** For the container of the view: its route says so. Long enough to be seen on a machine with much to do. */
export const removeView = JS.transition('view-removing', { timeMs: 500 })

export const Issue3199Live = LiveView.define({
  module: 'Issue3199Live',
  mount: (_params, _session, socket: LiveViewSocket<{ streams: { items: LiveStream<Item> } }>) => {
    stream(socket, 'items', [
      { id: 1, name: 'Item 1' },
      { id: 2, name: 'Item 2' },
    ])
  },
  handleEvent: {
    delete: ({ id }, socket) => {
      streamDeleteByDomId(socket, 'items', id)
    },
  },
  render: ({ streams }) => html`
    <h1>Items</h1>
    ${link({ navigate: '/issues/3199/away' }, 'Navigate away')}
    <ul id="items" phx-update="stream">
      ${each(
        streams.items,
        (item, domId) => html`<li id=${domId} phx-remove=${JS.transition('item-removing', { timeMs: 1000 })}>
          ${item.name} <button phx-click="delete" phx-value-id=${domId}>Delete</button>
        </li>`,
      )}
    </ul>`,
})

export const Issue3199AwayLive = LiveView.define({
  module: 'Issue3199AwayLive',
  render: () => html`<h1>Away</h1>`,
})
