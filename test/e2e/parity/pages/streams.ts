import { sleep } from 'beamish'
import {
  type ComponentSocket,
  each,
  html,
  JS,
  LiveComponent,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  link,
  type Rendered,
  startAsync,
  stream,
  streamDeleteByDomId,
  streamInsert,
} from 'beamish/live-view'
import type { ViewEvaluations } from '../evaluations.ts'
import { uniqueNumber } from './unique.ts'

interface User {
  readonly id: number | string
  readonly name: string
}

interface Item {
  readonly id: string
  readonly name: string
}

const user = (id: number | string, name: string): User => ({ id, name })
const item = (name: string): Item => ({ id: name.toLowerCase(), name })
const ABCD = ['A', 'B', 'C', 'D'].map(item)

/** A view or component whose streams hold users. */
// biome-ignore lint/suspicious/noExplicitAny: they have different assigns
type UserSocket = LiveViewSocket<any> | ComponentSocket<any>

interface Clicked {
  /** Of the element: the name of the stream and the user's id. */
  readonly id: string
}

/** What the buttons of a list do. */
function userEvents(name: string, prefix = '') {
  const put = (socket: UserSocket, domId: string, newName: string, at: number) => {
    const id = domId.slice(name.length + 1)
    streamInsert(streamDeleteByDomId(socket, name, domId), name, user(id, newName), { at })
  }
  return {
    [`${prefix}delete`]: ({ id }: Clicked, socket: UserSocket) => {
      streamDeleteByDomId(socket, name, id)
    },
    [`${prefix}update`]: ({ id }: Clicked, socket: UserSocket) => {
      streamInsert(socket, name, user(id.slice(name.length + 1), 'updated'))
    },
    [`${prefix}move-to-first`]: ({ id }: Clicked, socket: UserSocket) => put(socket, id, 'updated', 0),
    [`${prefix}move-to-last`]: ({ id }: Clicked, socket: UserSocket) => put(socket, id, 'updated', -1),
    [`${prefix}move`]: ({ id, name, at }: Clicked & { name: string; at: string }, socket: UserSocket) =>
      put(socket, id, name, Number(at)),
  }
}

/** A list of users in a component, beside others of its view. */
const UsersComponent = LiveComponent.define<{ streams: { c_users: LiveStream<User> } }>({
  module: 'UsersComponent',
  update: (_assigns, socket) => stream(socket, 'c_users', [user(1, 'chris'), user(2, 'callan')]),
  handleEvent: userEvents('c_users'),
  render: ({ streams, myself }) =>
    html`<div id="c_users" phx-update="stream">${each(
      streams.c_users,
      ({ name }, id) => html`<div id=${id}>
      ${name}
      <button phx-click="delete" phx-value-id=${id} phx-target=${myself}>delete</button>
      <button phx-click="update" phx-value-id=${id} phx-target=${myself}>update</button>
      <button phx-click="move-to-first" phx-value-id=${id} phx-target=${myself}>make first</button>
      <button phx-click="move-to-last" phx-value-id=${id} phx-target=${myself}>make last</button>
    </div>`,
    )}</div>`,
})

interface Users {
  readonly count: number
  readonly hasEmptyItem: boolean
  readonly streams: { readonly users: LiveStream<User>; readonly admins: LiveStream<User> }
}

const counted = (socket: LiveViewSocket<Users>) => socket.update('count', (count) => count + 1)

const streamEvents = {
  ...userEvents('users'),
  ...userEvents('admins', 'admin-'),
  'reset-users': (_value: unknown, socket: LiveViewSocket<Users>) => {
    stream(counted(socket), 'users', [], { reset: true })
  },
  'reset-users-reorder': (_value: unknown, socket: LiveViewSocket<Users>) => {
    stream(counted(socket), 'users', [user(3, 'peter'), user(1, 'chris'), user(4, 'mona')], { reset: true })
  },
  'append-users': (_value: unknown, socket: LiveViewSocket<Users>) => {
    stream(socket, 'users', [user(4, 'foo'), user(3, 'last_user')], { at: -1 })
  },
}

/** Two streams of a view and one of a component. With `?empty_item` an element of another kind stands in the list. */
export const StreamLive = LiveView.define({
  module: 'StreamLive',
  mount: (params, _session, socket: LiveViewSocket<Users>) => {
    socket.assign({ count: 0, hasEmptyItem: 'empty_item' in params })
    stream(socket, 'users', [user(1, 'chris'), user(2, 'callan')])
    stream(socket, 'admins', [user(1, 'chris-admin'), user(2, 'callan-admin')])
  },
  handleEvent: streamEvents,
  render: ({ count, hasEmptyItem, streams }) => (hasEmptyItem ? usersOrNone(streams.users) : allUsers(streams, count)),
})

export const streamEvaluations: ViewEvaluations = {
  'socket.view.handle_event("…", %{}, socket)': (socket, event) => {
    streamEvents[event as keyof typeof streamEvents]({} as never, socket) // the events that are meant look at no value
    return socket
  },
}

function usersOrNone(users: LiveStream<User>): Rendered {
  return html`<div id="users" phx-update="stream">${each(users, ({ name }, id) => html`<div id=${id}>${name}</div>`)}
    <div id="users-empty" only-child>Empty!</div></div>
    <style>
      [only-child] { display: none; }
      [only-child]:only-child { display: block; }
    </style>`
}

function allUsers({ users, admins }: Users['streams'], count: number): Rendered {
  return html`
    <div id="users" phx-update="stream">${each(
      users,
      ({ name }, id) => html`<div id=${id} data-count=${count}>
        ${name}
        <button phx-click="delete" phx-value-id=${id}>delete</button>
        <button phx-click="update" phx-value-id=${id}>update</button>
        <button phx-click="move-to-first" phx-value-id=${id}>make first</button>
        <button phx-click="move-to-last" phx-value-id=${id}>make last</button>
        <button phx-click="move" phx-value-id=${id} phx-value-name="moved" phx-value-at="1">move</button>
        <button phx-click=${JS.hide({ to: `#${id}` })}>JS Hide</button>
      </div>`,
    )}</div>
    <div id="admins" phx-update="stream">${each(
      admins,
      ({ name }, id) => html`<div id=${id} data-count=${count}>
        ${name}
        <button phx-click="admin-delete" phx-value-id=${id}>delete</button>
        <button phx-click="admin-update" phx-value-id=${id}>update</button>
        <button phx-click="admin-move-to-first" phx-value-id=${id}>make first</button>
        <button phx-click="admin-move-to-last" phx-value-id=${id}>make last</button>
      </div>`,
    )}</div>
    ${UsersComponent.use({ id: 'stream-component' })}
    <button phx-click="reset-users">Reset users</button>
    <button phx-click="reset-users-reorder">Reorder users</button>`
}

interface ItemStream {
  readonly streams: { readonly items: LiveStream<Item> }
}

/** What one button of {@link StreamResetLive} does. */
type ItemEvent = (_value: unknown, socket: LiveViewSocket<ItemStream>) => void

const resetTo =
  (...names: string[]): ItemEvent =>
  (_value, socket) => {
    stream(socket, 'items', names.map(item), { reset: true })
  }

const insertAt =
  (at: number, make: () => Item, updateOnly = false): ItemEvent =>
  (_value, socket) => {
    streamInsert(socket, 'items', make(), { at, updateOnly })
  }

const newItem = (): Item => ({ id: `a-${uniqueNumber()}`, name: String(uniqueNumber()) })

/** One stream, and buttons for all that can be done to it. With `?phx-remove` its elements have a command for their end. */
export const StreamResetLive = LiveView.define({
  module: 'StreamResetLive',
  mount: (params, _session, socket: LiveViewSocket<ItemStream & { hidesRemoved: boolean }>) => {
    socket.assign({ hidesRemoved: 'phx-remove' in (params ?? {}) })
    stream(socket, 'items', ABCD)
  },
  handleEvent: {
    filter: resetTo('B', 'C', 'D'),
    reorder: resetTo('B', 'A', 'C', 'D'),
    reset: resetTo('A', 'B', 'C', 'D'),
    prepend: insertAt(0, newItem),
    append: insertAt(-1, newItem),
    'bulk-insert': (_value, socket) => {
      stream(socket, 'items', ['G', 'F', 'E'].map(item), { at: 1 })
    },
    'insert-at-one': insertAt(1, newItem),
    'insert-existing-at-one': insertAt(1, () => item('C')),
    'delete-insert-existing-at-one': (_value, socket) => {
      streamInsert(streamDeleteByDomId(socket, 'items', 'items-c'), 'items', item('C'), { at: 1 })
    },
    'prepend-existing': insertAt(0, () => item('C')),
    'append-existing': insertAt(-1, () => item('C')),
    'new-update-only': insertAt(-1, () => item('E'), true),
    'existing-update-only': insertAt(-1, () => ({ id: 'c', name: `C ${uniqueNumber()}` }), true),
  },
  render: ({ streams, hidesRemoved }) => html`
    <ul phx-update="stream" id="thelist">${each(
      streams.items,
      ({ name }, id) => html`<li id=${id} phx-remove=${hidesRemoved && JS.hide()}>${name}</li>`,
    )}</ul>
    <button phx-click="filter">Filter</button>
    <button phx-click="reorder">Reorder</button>
    <button phx-click="reset">Reset</button>
    <button phx-click="prepend">Prepend</button>
    <button phx-click="append">Append</button>
    <button phx-click="bulk-insert">Bulk insert</button>
    <button phx-click="insert-at-one">Insert at 1</button>
    <button phx-click="insert-existing-at-one">Insert C at 1</button>
    <button phx-click="delete-insert-existing-at-one">Delete C and insert at 1</button>
    <button phx-click="prepend-existing">Prepend C</button>
    <button phx-click="append-existing">Append C</button>
    <button phx-click="new-update-only">Add E (update only)</button>
    <button phx-click="existing-update-only">Update C (update only)</button>`,
})

const ItemComponent = LiveComponent.define<{ item: Item }>({
  module: 'ItemComponent',
  render: ({ id, item }) => html`<li id=${id}>${item.name}</li>`,
})

/** A stream whose elements are components. */
export const StreamResetComponentsLive = LiveView.define({
  module: 'StreamResetComponentsLive',
  mount: (_params, _session, socket: LiveViewSocket<ItemStream>) => {
    stream(socket, 'items', ABCD)
  },
  handleEvent: { reorder: resetTo('E', 'A', 'F', 'G') },
  render: ({ streams }) => html`
    <ul phx-update="stream" id="thelist">${each(streams.items, (item, id) => ItemComponent.use({ id, item }))}</ul>
    <button phx-click="reorder">Reorder</button>`,
})

/** An item with a stream of its own, which is made once. */
const NestedStreamComponent = LiveComponent.define<
  { item: Item; streams: { nested: LiveStream<Item> } },
  { item: Item }
>({
  module: 'NestedStreamComponent',
  update: (assigns, socket) => {
    const isNew = socket.assigns.item === undefined
    socket.assign(assigns)
    const names = socket.connected ? ['A', 'B', 'C', 'D'] : ['E', 'F', 'G', 'H']
    if (isNew) stream(socket, 'nested', nestedItems(assigns.id, names), { reset: true })
  },
  handleEvent: {
    reorder: (_value, socket) => {
      stream(socket, 'nested', nestedItems(socket.assigns.id, ['E', 'A', 'F', 'G']), { reset: true })
    },
  },
  render: ({ id, item, streams, myself }) => html`<li id=${id}>
    ${item.name}
    <div id=${`${id}-nested`} phx-update="stream" style="display: flex; gap: 4px;">${each(
      streams.nested,
      ({ name }, id) => html`<span id=${id}>${name}</span>`,
    )}</div>
    <button phx-click="reorder" phx-target=${myself}>Reorder</button>
  </li>`,
})

const nestedItems = (id: unknown, names: string[]): Item[] =>
  names.map((name) => ({ id: `${id}-${name.toLowerCase()}`, name: `N-${name}` }))

/** A stream of components with streams. */
export const StreamNestedComponentResetLive = LiveView.define({
  module: 'StreamNestedComponentResetLive',
  mount: (_params, _session, socket: LiveViewSocket<ItemStream>) => {
    stream(socket, 'items', ABCD)
  },
  handleEvent: { reorder: resetTo('E', 'A', 'F', 'G') },
  render: ({ streams }) => html`
    <ul phx-update="stream" id="thelist">${each(streams.items, (item, id) =>
      NestedStreamComponent.use({ id, item }),
    )}</ul>
    <button phx-click="reorder" id="parent-reorder">Reorder</button>`,
})

interface Limited {
  readonly at: number
  readonly limit: number
  readonly lastId: number
  readonly streams: { readonly items: LiveStream<{ readonly id: number }> }
}

const numbered = (first: number, count: number) => Array.from({ length: count }, (_, index) => ({ id: first + index }))

function insertNumbered(socket: LiveViewSocket<Limited>, count: number): void {
  const { at, limit, lastId } = socket.assigns
  socket.assign({ lastId: lastId + count })
  stream(socket, 'items', numbered(lastId + 1, count), { at, limit })
}

/** A stream with a limit, which a form sets. */
export const StreamLimitLive = LiveView.define({
  module: 'StreamLimitLive',
  mount: (_params, _session, socket: LiveViewSocket<Limited>) => {
    configure(socket, { at: -1, limit: -5 })
  },
  handleEvent: {
    configure: ({ at, limit }, socket) => configure(socket, { at: Number(at), limit: Number(limit) }),
    insert_10: (_value, socket) => insertNumbered(socket, 10),
    insert_1: (_value, socket) => {
      const { at, limit, lastId } = socket.assigns
      socket.assign({ lastId: lastId + 1 })
      streamInsert(socket, 'items', { id: lastId + 1 }, { at, limit })
    },
    clear: (_value, socket) => {
      socket.assign({ lastId: 0 })
      stream(socket, 'items', [], { reset: true })
    },
  },
  render: ({ at, limit, streams }) => html`
    <form phx-submit="configure">
      at: <input type="text" name="at" value=${at}> limit: <input type="text" name="limit" value=${limit}>
      <button type="submit">recreate stream</button>
    </form>
    <div>configured with at: ${at}, limit: ${limit}</div>
    <button phx-click="insert_10">add 10</button>
    <button phx-click="insert_1">add 1</button>
    <button phx-click="clear">clear</button>
    <ul id="items" phx-update="stream">
      ${each(streams.items, ({ id }, domId) => html`<li id=${domId}>${id}</li>`)}
    </ul>`,
})

function configure(
  socket: LiveViewSocket<Limited>,
  { at, limit }: { readonly at: number; readonly limit: number },
): void {
  socket.assign({ at, limit, lastId: 10 })
  stream(socket, 'items', numbered(1, 10), { reset: true, at, limit })
}

/** A stream that is filled later, and stands in another list. */
export const StreamInsideForLive = LiveView.define({
  module: 'StreamInsideForLive',
  mount: (_params, _session, socket: LiveViewSocket<ItemStream>) => {
    stream(socket, 'items', [])
    startAsync(socket, 'wait', async () => {
      await sleep(50)
    })
  },
  handleAsync: {
    wait: (_result, socket) => {
      stream(socket, 'items', ABCD)
    },
  },
  render: ({ streams }) =>
    html`${each(
      [1],
      Number,
      () =>
        html`<div><ul phx-update="stream" id="thelist">${each(
          streams.items,
          ({ name }, id) => html`<li id=${id}>${name}</li>`,
        )}</ul></div>`,
    )}`,
})

const HEALTHY: Readonly<Record<string, readonly User[]>> = {
  fruits: [user(1, 'Apples'), user(2, 'Oranges')],
  veggies: [user(3, 'Carrots'), user(4, 'Tomatoes')],
}

/** A stream that a patch fills anew. */
export const HealthyLive = LiveView.define({
  module: 'HealthyLive',
  mount: (_params, _session, socket: LiveViewSocket<{ category: string; streams: { items: LiveStream<User> } }>) => {
    stream(socket, 'items', [])
  },
  handleParams: ({ category }, _uri, socket) => {
    socket.assign({ category })
    stream(socket, 'items', HEALTHY[category] ?? [], { reset: true })
  },
  handleEvent: {
    'load-more': (_value, socket) => {
      stream(socket, 'items', [user(5, 'Pumpkins'), user(6, 'Melons')], { at: -1 })
    },
  },
  render: ({ category, streams }) => html`
    <p>${link({ patch: category === 'fruits' ? '/healthy/veggies' : '/healthy/fruits' }, 'Switch')}</p>
    <h1>${category.slice(0, 1).toUpperCase()}${category.slice(1)}</h1>
    <ul id="items" phx-update="stream">${each(streams.items, ({ name }, id) => html`<li id=${id}>${name}</li>`)}</ul>`,
})
