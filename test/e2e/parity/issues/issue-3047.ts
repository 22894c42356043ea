import {
  each,
  html,
  type LiveLayout,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  link,
  liveRender,
  stream,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// A sticky view in the layout keeps the items of its stream when the page goes to another view.
// https://github.com/phoenixframework/phoenix_live_view/issues/3047

interface Item {
  readonly id: number
  readonly name: string
}

const itemsFrom = (first: number, last: number): Item[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ id: first + index, name: `item-${first + index}` }))

const StickyLive = LiveView.define({
  module: 'Issue3047.StickyLive',
  layout: false,
  mount: (_params, _session, socket: LiveViewSocket<{ streams: { items: LiveStream<Item> } }>) => {
    stream(socket, 'items', itemsFrom(1, 10))
  },
  handleEvent: {
    reset: (_value, socket) => {
      stream(socket, 'items', itemsFrom(5, 15), { reset: true })
    },
  },
  render: ({ streams }) => html`<div>
    <h1>This view is sticky</h1>
    <div id="items" phx-update="stream">
      ${each(streams.items, ({ name }, domId) => html`<span id=${domId}>${name}</span>`)}
    </div>
    <button phx-click="reset">Reset</button>
  </div>`,
})

const layout: LiveLayout = (assigns) => html`
  ${liveLayout({ ...assigns, innerContent: html`` })}
  <nav>${link({ navigate: '/issues/3047/a' }, 'Page A')} ${link({ navigate: '/issues/3047/b' }, 'Page B')}</nav>
  ${assigns.innerContent}
  ${liveRender(StickyLive, { id: 'test', sticky: true })}`

export const Issue3047ALive = LiveView.define({
  module: 'Issue3047ALive',
  layout,
  render: () => html`<span id="page">Page A</span>`,
})

export const Issue3047BLive = LiveView.define({
  module: 'Issue3047BLive',
  layout,
  render: () => html`<span id="page">Page B</span>`,
})
