import {
  type AsyncResult,
  assignAsync,
  asyncResult,
  each,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  ok,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// Components that load something inside of an element that is locked by its hook: what was loaded stays on the page.
// https://github.com/phoenixframework/phoenix_live_view/issues/3941

const ITEMS = ['Item_1', 'Item_2']

const preScript = html`<script>
  window.hooks.PagePositionNotifier = {
    mounted() { this.pushEvent('page_position_update', {}) },
  }
</script>`

interface ItemProps {
  readonly item: string
}

const ItemHeader = LiveComponent.define<ItemProps & { loaded: AsyncResult<true> }, ItemProps>({
  module: 'Issue3941.ItemHeader',
  update: ({ item }, socket) => {
    socket.assign({ item })
    assignAsync(socket, 'loaded', () => ok({ loaded: true as const }), { reset: true })
  },
  render: ({ item, loaded }) => html`<div id=${`header-${item}`}>
    ${asyncResult(
      loaded,
      { loading: html`<div id=${item}>${item} - I AM LOADING</div>` },
      html`<div id=${item}>${item} - I AM LOADED!</div>`,
    )}
    ${loaded.ok ? 'ok' : 'not yet'}
  </div>`,
})

const Item = LiveComponent.define<ItemProps & { unseen: AsyncResult<true> }, ItemProps>({
  module: 'Issue3941.Item',
  update: ({ item }, socket) => {
    socket.assign({ item })
    assignAsync(socket, 'unseen', () => ok({ unseen: true as const }))
  },
  render: ({ item }) => html`<div id=${`item-${item}`} phx-hook="PagePositionNotifier">
    ${ItemHeader.use({ id: `item-header-${item}`, item })}
  </div>`,
})

interface Assigns {
  readonly selected: readonly string[]
  readonly preScript: unknown
}

const checkbox = (item: string, isChecked: boolean) => html`<div><label>
  <input type="checkbox" id=${`select-${item}`} name="select" value=${item} checked=${isChecked} phx-click="toggle_item" phx-value-clicked=${item}>
  ${item}
</label></div>`

export const Issue3941Live = LiveView.define({
  module: 'Issue3941Live',
  layout: liveLayout,
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) => socket.assign({ selected: ITEMS, preScript }),
  handleEvent: {
    // A checkbox that is not checked has no value.
    toggle_item: ({ clicked, value }, socket) =>
      socket.update('selected', (selected) =>
        ITEMS.filter((item) => (item === clicked ? value !== undefined : selected.includes(item))),
      ),
    page_position_update: () => {},
  },
  render: ({ selected }) => html`
    ${each(ITEMS, String, (item) => checkbox(item, selected.includes(item)))}
    ${each(
      selected,
      (_item, index) => index,
      (item) => html`<div>${Item.use({ id: `item-${item}`, item })}</div>`,
    )}`,
})
