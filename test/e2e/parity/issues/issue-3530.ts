import {
  each,
  html,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  link,
  liveRender,
  stream,
  streamConfigure,
  streamInsert,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// A stream whose items are views with a hook: each is mounted once, and destroyed when its item goes.
// https://github.com/phoenixframework/phoenix_live_view/issues/3530

interface Item {
  readonly id: number
}

interface Assigns {
  readonly last: number
  readonly preScript: unknown
  readonly streams: { readonly items: LiveStream<Item> }
}

const SHOWN: Readonly<Record<string, readonly number[]>> = { all: [1, 2, 3], a: [1, 3], b: [2, 3] }

const preScript = html`<script>
  window.hooks.test = {
    mounted() { console.log(this.__view().id, 'mounted hook!') },
  }
</script>`

const ItemLive = LiveView.define({
  module: 'Issue3530.ItemLive',
  mount: (_params, { itemId }, socket: LiveViewSocket<{ itemId: number }>) => socket.assign({ itemId }),
  render: ({ itemId }) => html`<div id=${`item-outer-${itemId}`}>
    a view with a hook <div id=${`test-hook-${itemId}`} phx-hook="test"></div>
  </div>`,
})

export const Issue3530Live = LiveView.define({
  module: 'Issue3530Live',
  layout: liveLayout,
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) => {
    socket.assign({ last: 3, preScript })
    streamConfigure(socket, 'items', { domId: ({ id }) => `item-${id}` })
  },
  handleParams: ({ q = 'all' }, _uri, socket) => {
    const shown = SHOWN[q] ?? []
    stream(
      socket,
      'items',
      shown.map((id) => ({ id })),
      { reset: true },
    )
  },
  handleEvent: {
    inc: (_value, socket) => {
      const { last } = socket.update('last', (last) => last + 1).assigns
      streamInsert(socket, 'items', { id: last })
    },
  },
  render: ({ streams }) => html`
    <ul id="stream-list" phx-update="stream">
      ${each(streams.items, ({ id }, domId) => liveRender(ItemLive, { id: domId, session: { itemId: id } }))}
    </ul>
    ${link({ patch: '/issues/3530?q=a' }, 'patch a')}
    ${link({ patch: '/issues/3530?q=b' }, 'patch b')}
    <div phx-click="inc">+</div>`,
})
