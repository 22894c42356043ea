import { each, html, type LiveStream, LiveView, type LiveViewSocket, stream, streamInsert } from 'beamish/live-view'

// An item that is inserted between others is moved to its place without leaving the page.
// https://github.com/phoenixframework/phoenix_live_view/issues/4212

interface Item {
  readonly id: string
  readonly name: string
}

interface Assigns {
  readonly count: number
  readonly renderInRoot: unknown
  readonly streams: { readonly items: LiveStream<Item> }
}

const renderInRoot = () => html`<script>
  window.__lvCustomElLog = []
  const log = (element, type) => window.__lvCustomElLog.push({ type, id: element.id })
  customElements.define('lv-custom-el', class extends HTMLElement {
    connectedCallback() { log(this, 'connected') }
    disconnectedCallback() { log(this, 'disconnected') }
    connectedMoveCallback() { log(this, 'moved') }
  })
</script>`

export const Issue4212Live = LiveView.define({
  module: 'Issue4212Live',
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) => {
    socket.assign({ count: 0, renderInRoot })
    stream(
      socket,
      'items',
      ['a', 'b', 'c'].map((id) => ({ id, name: id.toUpperCase() })),
    )
  },
  handleEvent: {
    insert: (_value, socket) => {
      const { count } = socket.update('count', (count) => count + 1).assigns
      streamInsert(socket, 'items', { id: `new${count}`, name: `New ${count}` }, { at: 1 })
    },
  },
  render: ({ streams }) => html`
    <button id="insert-at-1" phx-click="insert">Insert at 1</button>
    <ul id="items" phx-update="stream">
      ${each(
        streams.items,
        ({ id, name }, domId) => html`<li id=${domId}><lv-custom-el id=${`el-${id}`}>${name}</lv-custom-el></li>`,
      )}
    </ul>`,
})
