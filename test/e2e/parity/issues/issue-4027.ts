import { sleep } from 'beamish'
import {
  AsyncResult,
  assignAsync,
  asyncResult,
  each,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  ok,
} from 'beamish/live-view'

// A list with keys that is loaded, and loaded again with one item less: in a component that gets the list, and in one that gets
// what is known of it.
// https://github.com/phoenixframework/phoenix_live_view/issues/4027

interface Item {
  readonly id: number
  readonly value: string
}

const ITEMS: readonly Item[] = [
  { id: 1, value: 'First' },
  { id: 2, value: 'Second' },
  { id: 3, value: 'Third' },
]

const list = (items: readonly Item[]) =>
  each(
    items,
    ({ id }) => id,
    ({ value }) => html`<p>${value}</p>`,
  )

const PlainList = LiveComponent.define<{ data: readonly Item[] }>({
  module: 'Issue4027.PlainList',
  render: ({ data }) => html`<div id="result">${list(data)}</div>`,
})

const AsyncList = LiveComponent.define<{ data: AsyncResult<readonly Item[]> }>({
  module: 'Issue4027.AsyncList',
  render: ({ data }) => html`<div id="result">${asyncResult(data, {}, list)}</div>`,
})

interface Assigns {
  readonly variant: string
  readonly data: AsyncResult<readonly Item[]>
}

function load(socket: LiveViewSocket<Assigns>, data: readonly Item[]): void {
  assignAsync(socket, 'data', async () => {
    await sleep(100)
    return ok({ data })
  })
}

/** With `?case=second` the component gets what is known of the list. */
export const Issue4027Live = LiveView.define({
  module: 'Issue4027Live',
  mount: ({ case: variant = 'first' }, _session, socket: LiveViewSocket<Assigns>) =>
    socket.assign({ variant, data: AsyncResult.ok<readonly Item[]>([]) }),
  handleEvent: {
    load: (_value, socket) => load(socket, ITEMS),
    remove: (_value, socket) => load(socket, ITEMS.slice(1)),
  },
  render: ({ variant, data }) => html`
    ${variant === 'first' && asyncResult(data, {}, (data) => PlainList.use({ id: 'repro', data }))}
    ${variant === 'second' && html`<hr>${AsyncList.use({ id: 'repro_async', data })}`}
    <button phx-click="load">Load data</button>
    <button phx-click="remove">Remove first entry</button>`,
})
