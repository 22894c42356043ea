import { self, sendAfter } from 'beamish'
import { each, html, LiveComponent, LiveView, type LiveViewSocket, sendUpdate } from 'beamish/live-view'

// Components whose root gets another id, and which are updated a little later: none of them is taken for one that is gone.
// https://github.com/phoenixframework/phoenix_live_view/issues/3979

interface Item {
  readonly id: number
  readonly counter: number
}

const ItemBox = LiveComponent.define<{ domId: string; counter: number }>({
  module: 'Issue3979.ItemBox',
  render: ({ domId, counter }) => html`<div id=${domId}>${counter}</div>`,
})

export const Issue3979Live = LiveView.define({
  module: 'Issue3979Live',
  mount: (_params, _session, socket: LiveViewSocket<{ next: number; items: readonly Item[] }>) =>
    socket.assign({ next: 1, items: Array.from({ length: 10 }, (_, index) => ({ id: index + 1, counter: 0 })) }),
  handleEvent: {
    bump: (_value, socket) => {
      const { next, items } = socket.assigns
      sendAfter(self(), next, 100)
      socket.assign({
        next: next + 1,
        items: items.map((item) => (item.id === next ? { ...item, counter: item.counter + 1 } : item)),
      })
    },
  },
  handleInfo: (bumped: number) => sendUpdate(ItemBox, { id: `comp-${bumped}`, counter: 10 }),
  render: ({ items }) => html`
    ${each(
      items,
      ({ id }) => id,
      ({ id, counter }) => ItemBox.use({ id: `comp-${id}`, domId: `hello-${id}-${counter}`, counter }),
    )}
    <button phx-click="bump">Bump ID (and counter)</button>`,
})
