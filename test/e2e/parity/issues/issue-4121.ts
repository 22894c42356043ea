import { randomUUID } from 'node:crypto'
import { each, html, type LiveStream, LiveView, type LiveViewSocket, portal, stream } from 'beamish/live-view'

// A stream at the target of a portal, outside of its view, is reset.
// https://github.com/phoenixframework/phoenix_live_view/issues/4121

interface Item {
  readonly id: string
}

export const Issue4121Live = LiveView.define({
  module: 'Issue4121Live',
  mount: (_params, _session, socket: LiveViewSocket<{ streams: { items: LiveStream<Item> } }>) => {
    stream(socket, 'items', [{ id: '1' }, { id: '2' }])
  },
  handleEvent: {
    reset: (_value, socket) => {
      stream(socket, 'items', [{ id: randomUUID() }], { reset: true })
    },
  },
  render: ({ streams }) => html`
    <button phx-click="reset">Reset teleported stream</button>
    ${portal(
      { id: 'teleported-stream', target: 'body' },
      html`<ul id="stream-in-lv" phx-update="stream">
        ${each(streams.items, ({ id }, domId) => html`<li id=${domId}>Item ${id}</li>`)}
      </ul>`,
    )}`,
})
