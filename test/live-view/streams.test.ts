import t from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import { send } from '../../src/index.ts'
import {
  each,
  html,
  LiveComponent,
  type LiveStream,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  liveRender,
  sendUpdate,
  startAsync,
  stream,
  streamConfigure,
  streamDelete,
  streamDeleteByDomId,
  streamInsert,
} from '../../src/live-view/index.ts'
import { LiveViewTest, type TestView, withRuntime } from '../../src/testing/index.ts'
import { itemsIn } from '../support/items-in.ts'
import { startLive } from '../support/live-endpoint.ts'
import { connectPage, joinPage, loadPage } from '../support/raw-page.ts'

interface User {
  readonly id: number | string
  readonly name: string
}

interface Streaming {
  streams: { users: LiveStream<User>; admins: LiveStream<User> }
  n: number
}

type Do = (socket: LiveViewSocket<Streaming>) => unknown

/** What the next event does, and what came of it: views of these tests run here. */
let next: Do = () => {}
let outcome: unknown

function open(view: LiveViewModule): Promise<TestView> {
  return LiveViewTest.visit({ router: Router.define((route) => route.live('/', view)) }).live('/')
}

/** Runs a callback in the view. @returns what it threw, or what it returned. */
async function run(view: TestView, body: Do): Promise<unknown> {
  next = body
  await view.renderHook('run')
  return outcome
}

const chris: User = { id: 1, name: 'chris' }
const callan: User = { id: 2, name: 'callan' }
const admin: User = { id: 1, name: 'admin' }

/** Two streams side by side. */
function usersLive(module: string, mount: Do): LiveViewModule {
  return LiveView.define<Streaming>({
    module,
    mount: (_params, _session, socket) => {
      mount(socket.assign({ n: 0 }))
    },
    handleEvent: {
      run: (_value, socket) => {
        try {
          outcome = next(socket)
        } catch (error) {
          outcome = error
        }
      },
    },
    render: ({ streams, n }) => html`<p>${n}</p>
      <ul id="users" phx-update="stream">${each(streams.users, (user, id) => html`<li id=${id}>${user.name}</li>`)}</ul>
      <ul id="admins" phx-update="stream">${each(streams.admins, ({ name }, id) => html`<li id=${id}>${name}</li>`)}</ul>`,
  })
}

const UsersLive = usersLive('streams.UsersLive', (socket) => {
  stream(socket, 'users', [chris, callan])
  stream(socket, 'admins', [admin])
})

t.test('LV-110 items come, change and go one by one, and the server keeps none', (t) =>
  withRuntime(async () => {
    const view = await open(UsersLive)
    const users = async () => itemsIn(await view.render(), 'users')
    t.same(await users(), ['users-1 chris', 'users-2 callan'])
    await run(view, (socket) => streamInsert(socket, 'users', { id: 3, name: 'mona' }))
    t.same(await users(), ['users-1 chris', 'users-2 callan', 'users-3 mona'])
    await run(view, (socket) => streamDelete(socket, 'users', { id: 1, name: '' }))
    await run(view, (socket) => streamInsert(socket, 'users', { id: 2, name: 'CALLAN' }))
    t.same(await users(), ['users-2 CALLAN', 'users-3 mona'])
    await run(view, (socket) => streamDeleteByDomId(socket, 'users', 'users-2'))
    t.same(await users(), ['users-3 mona'])
    t.same(itemsIn(await view.render(), 'admins'), ['admins-1 admin'])
    const held = await run(view, ({ assigns }) => assigns.streams.users.pending)
    t.match(held, { inserts: new Map(), deletes: new Set(), isReset: false })
  }),
)

t.test('LV-111 of several inserts of one id in a turn the last counts', (t) =>
  withRuntime(async () => {
    const view = await open(UsersLive)
    await run(view, (socket) => {
      streamInsert(socket, 'users', { id: 7, name: 'first' }, { at: 0 })
      streamInsert(socket, 'users', { id: 8, name: 'other' })
      streamInsert(socket, 'users', { id: 7, name: 'last' })
    })
    t.same(itemsIn(await view.render(), 'users'), ['users-1 chris', 'users-2 callan', 'users-8 other', 'users-7 last'])
  }),
)

t.test('LV-111 ids come from domId, or from the id of the item; anything else is a mistake', (t) =>
  withRuntime(async () => {
    const view = await open(
      usersLive('streams.NamedLive', (socket) => {
        streamConfigure(socket, 'users', { domId: ({ name }) => `user_${name}` })
        stream(socket, 'users', [chris])
        stream(socket, 'admins', [{ id: 'root', name: 'admin' }])
      }),
    )
    t.same(itemsIn(await view.render(), 'users'), ['user_chris chris'])
    t.same(itemsIn(await view.render(), 'admins'), ['admins-root admin'])
    await run(view, (socket) => streamDelete(socket, 'users', chris))
    t.same(itemsIn(await view.render(), 'users'), [])
    t.match(await run(view, (socket) => streamInsert(socket, 'admins', { name: 'x' } as User)), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /the stream admins expects items with an id, .*streamConfigure\(socket, "admins", \{ domId/s,
    })
    t.match(await run(view, (socket) => streamConfigure(socket, 'more' as 'users', { domId: 'id' as never })), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /domId expects a function/,
    })
    t.match(
      await run(view, (socket) => {
        streamConfigure(socket, 'odd' as 'users', { domId: (() => 7) as never })
        stream(socket, 'odd' as 'users', [chris])
      }),
      { code: 'BEAMISH_BAD_ARGUMENT', message: /domId of odd expects to return a string, got 7/ },
    )
  }),
)

t.test('LV-111 a stream is configured once, before its first items', (t) =>
  withRuntime(async () => {
    const view = await open(UsersLive)
    t.match(await run(view, (socket) => streamConfigure(socket, 'users', { domId: String })), {
      code: 'BEAMISH_STREAM_CONFIGURED',
      message: /has items already/,
    })
    t.match(
      await run(view, (socket) => {
        streamConfigure(socket, 'new' as 'users', { domId: String })
        streamConfigure(socket, 'new' as 'users', { domId: String })
      }),
      { code: 'BEAMISH_STREAM_CONFIGURED', message: /was configured already/ },
    )
  }),
)

t.test('what is no stream, and options that mean nothing, are told of', (t) =>
  withRuntime(async () => {
    const view = await open(UsersLive)
    const none = 'none' as 'users'
    for (const body of [
      (socket) => streamInsert(socket, none, chris),
      (socket) => streamDelete(socket, none, chris),
      (socket) => streamDeleteByDomId(socket, none, 'none-1'),
    ] satisfies Do[]) {
      t.match(await run(view, body), { code: 'BEAMISH_NO_STREAM', message: /"none" .*stream\(socket, "none", \[\]\)/ })
    }
    for (const [body, message] of [
      [(socket) => stream(socket, 'users', 7 as never), /expects a list of items, got 7/],
      [(socket) => stream(socket, '' as 'users', []), /name expects a string/],
      [(socket) => stream(socket, 'users', [], { rest: true } as never), /the options .*reset, got "rest"/],
      [(socket) => stream(socket, 'users', [], { reset: 1 } as never), /reset expects a boolean/],
      [(socket) => streamInsert(socket, 'users', chris, { at: -2 }), /at expects -1 for the end/],
      [(socket) => streamInsert(socket, 'users', chris, { limit: 1.5 }), /limit expects a whole number/],
      [(socket) => streamInsert(socket, 'users', chris, { updateOnly: 1 as never }), /updateOnly expects a boolean/],
      [(socket) => streamInsert(socket, 'users', chris, { reset: true } as never), /the options at, limit, updateOnly/],
      [(socket) => streamDeleteByDomId(socket, 'users', 7 as never), /the id of an element, got 7/],
    ] satisfies [Do, RegExp][]) {
      t.match(await run(view, body), { code: 'BEAMISH_BAD_ARGUMENT', message })
    }
    t.same(itemsIn(await view.render(), 'users'), ['users-1 chris', 'users-2 callan'], 'nothing of it had an effect')
  }),
)

// ── Order ──

const named = (...ids: readonly string[]): User[] => ids.map((id) => ({ id, name: id.toUpperCase() }))
const LettersLive = usersLive('streams.LettersLive', (socket) => {
  stream(socket, 'users', named('a', 'b', 'c', 'd'))
  stream(socket, 'admins', [])
})
const [a, b, c, e] = named('a', 'b', 'c', 'e') as [User, User, User, User]

/** What is on the page after one callback, as the ids of the items. */
async function after(view: TestView, body: Do): Promise<string> {
  const problem = await run(view, body)
  if (problem instanceof Error) throw problem
  return lettersIn(await view.render(), 'users')
}

function lettersIn(html: string, container: string): string {
  return itemsIn(html, container)
    .map((item) => item.slice(container.length + 1).split(' ')[0])
    .join(' ')
}

t.test('LV-112 an item that is on the page is updated where it stands, and moves only when it is deleted first', (t) =>
  withRuntime(async () => {
    const view = await open(LettersLive)
    const again = { ...c, name: 'C again' }
    for (const at of [0, 1, -1]) {
      t.equal(await after(view, (socket) => streamInsert(socket, 'users', again, { at })), 'a b c d')
    }
    t.match(await view.render(), /C again/)
    const moved = await after(view, (socket) => streamInsert(streamDelete(socket, 'users', c), 'users', c, { at: 1 }))
    t.equal(moved, 'a c b d')
    t.equal(await after(view, (socket) => stream(socket, 'users', named('g', 'f', 'e'), { at: 1 })), 'a e f g c b d')
    t.equal(await after(view, (socket) => stream(socket, 'users', named('y', 'x'), { at: 0 })), 'x y a e f g c b d')
  }),
)

t.test('LV-112 updateOnly adds nothing', (t) =>
  withRuntime(async () => {
    const view = await open(LettersLive)
    t.equal(await after(view, (socket) => streamInsert(socket, 'users', e, { updateOnly: true })), 'a b c d')
    await after(view, (socket) => streamInsert(socket, 'users', { ...c, name: 'changed' }, { updateOnly: true }))
    t.same(itemsIn(await view.render(), 'users').at(2), 'users-c changed')
  }),
)

t.test('LV-113 after a reset the page has exactly what came with it, in that order', (t) =>
  withRuntime(async () => {
    const view = await open(LettersLive)
    const reset = (...ids: readonly string[]) => after(view, (s) => stream(s, 'users', named(...ids), { reset: true }))
    t.equal(await reset('b', 'c', 'd'), 'b c d')
    t.equal(await after(view, (socket) => streamInsert(socket, 'users', e, { at: 0 })), 'e b c d')
    t.equal(await reset('a', 'b', 'c', 'd'), 'a b c d')
    t.equal(await reset('b', 'a', 'c', 'd'), 'b a c d')
    t.equal(await reset('e', 'a', 'f', 'g'), 'e a f g')
    await after(view, (socket) => stream(socket, 'users', [{ ...a, name: 'changed' }], { reset: true }))
    t.same(itemsIn(await view.render(), 'users'), ['users-a changed'])
    t.equal(await reset(), '')
    t.equal(await after(view, (socket) => streamInsert(socket, 'users', a)), 'a')
    t.equal(await reset(), '')
  }),
)

t.test('LV-113 what a later call of a turn undoes is dropped', (t) =>
  withRuntime(async () => {
    const view = await open(LettersLive)
    const fleeting = await after(view, (socket) => streamDelete(streamInsert(socket, 'users', e), 'users', e))
    t.equal(fleeting, 'a b c d')
    const started = await after(view, (socket) => {
      streamDelete(streamInsert(socket, 'users', e), 'users', a)
      stream(socket, 'users', [b, a], { reset: true })
    })
    t.equal(started, 'b a')
  }),
)

/** Ten items, and a limit. */
const LimitLive = LiveView.define<{ streams: { items: LiveStream<{ id: number }> }; last: number }>({
  mount: (_params, _session, socket) => {
    stream(socket, 'items', upTo(1, 10), { limit: -5 })
    socket.assign({ last: 10 })
  },
  handleEvent: {
    configure: (options, socket) =>
      stream(socket, 'items', upTo(1, 10), { ...options, reset: true }).assign({ last: 10 }),
    more: ({ count, ...options }, socket) => {
      const { last } = socket.assigns
      if (count === 1) streamInsert(socket, 'items', { id: last + 1 }, options)
      else stream(socket, 'items', upTo(last + 1, last + count), options)
      socket.assign({ last: last + count })
    },
  },
  render: ({ streams }) =>
    html`<ul id="items" phx-update="stream">${each(streams.items, ({ id }, domId) => html`<li id=${domId}>${id}</li>`)}</ul>`,
})

function upTo(first: number, last: number): { id: number }[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ id: first + index }))
}

t.test('LV-114 over HTTP all items are there, and a limit counts when the page is connected', (t) =>
  withRuntime(async () => {
    const visitor = LiveViewTest.visit({ router: Router.define((route) => route.live('/', LimitLive)) })
    const page = await (await visitor.get('/')).text()
    t.equal(lettersIn(page, 'items'), '1 2 3 4 5 6 7 8 9 10')
    t.equal(lettersIn(await (await visitor.live('/')).render(), 'items'), '6 7 8 9 10')
  }),
)

t.test('LV-114 a limit keeps the first or the last items, wherever new ones go', (t) =>
  withRuntime(async () => {
    const view = await open(LimitLive)
    const items = async () => lettersIn(await view.render(), 'items')
    for (const [options, first, one, ten] of [
      [{ at: -1, limit: -5 }, '6 7 8 9 10', '7 8 9 10 11', '17 18 19 20 21'],
      [{ at: 0, limit: 5 }, '10 9 8 7 6', '11 10 9 8 7', '21 20 19 18 17'],
      [{ at: -1, limit: 5 }, '1 2 3 4 5', '1 2 3 4 5', '1 2 3 4 5'],
      [{ at: 0, limit: -5 }, '5 4 3 2 1', '5 4 3 2 1', '5 4 3 2 1'],
      [{ at: 1, limit: 5 }, '1 10 9 8 7', '1 11 10 9 8', '1 21 20 19 18'],
      [{ at: 1, limit: -5 }, '10 5 4 3 2', '11 5 4 3 2', '21 5 4 3 2'],
    ] as const) {
      await view.renderHook('configure', options)
      t.equal(await items(), first, JSON.stringify(options))
      await view.renderHook('more', { ...options, count: 1 })
      t.equal(await items(), one, JSON.stringify(options))
      await view.renderHook('more', { ...options, count: 10 })
      t.equal(await items(), ten, JSON.stringify(options))
    }
  }),
)

// ── In components, in other views ──

const Nested = LiveComponent.define<{ item: User; streams: { nested: LiveStream<User> } }>({
  mount: (socket) => {
    streamConfigure(socket, 'nested', { domId: ({ id }) => `${socket.cid.number}-${id}` })
    stream(socket, 'nested', named('a', 'b', 'c', 'd'))
  },
  handleEvent: {
    reorder: (_value, socket) => stream(socket, 'nested', named('e', 'a', 'f', 'g'), { reset: true }),
  },
  render: ({ id, item, streams, myself }) =>
    html`<li id=${id} phx-click="reorder" phx-target=${myself}>${item.name}<ol id=${`in-${id}`} phx-update="stream">${each(
      streams.nested,
      ({ name }, domId) => html`<li id=${domId}>${name}</li>`,
    )}</ol></li>`,
})

/** Components that are items of a stream, each with a stream in it. */
const NestedLive = LiveView.define<{ streams: { items: LiveStream<User> } }>({
  mount: (_params, _session, socket) => stream(socket, 'items', named('a', 'b', 'c', 'd')),
  handleEvent: {
    reorder: (_value, socket) => stream(socket, 'items', named('e', 'a', 'f', 'g'), { reset: true }),
  },
  render: ({ streams }) =>
    html`<ul id="items" phx-update="stream">${each(streams.items, (item, id) => Nested.use({ id, item }))}</ul>`,
})

t.test('LV-115 streams in components that are items of a stream keep their own items, through resets of both', (t) =>
  withRuntime(async () => {
    const view = await open(NestedLive)
    const texts = async (id: string) => itemsIn(await view.render(), id).map((item) => item.split(' ')[1])
    for (const id of 'abcd') t.same(await texts(`in-items-${id}`), ['A', 'B', 'C', 'D'])
    await view.element('#items-a').renderClick()
    t.same(await texts('in-items-a'), ['E', 'A', 'F', 'G'])
    for (const id of 'bcd') t.same(await texts(`in-items-${id}`), ['A', 'B', 'C', 'D'])
    await view.renderHook('reorder')
    t.equal(lettersIn(await view.render(), 'items').replace(/[A-Z]/g, ''), 'e a f g')
    for (const id of 'efg') t.same(await texts(`in-items-${id}`), ['A', 'B', 'C', 'D'])
    t.same(await texts('in-items-a'), ['E', 'A', 'F', 'G'], 'those of the one that came back are as they were')
  }),
)

const UsersComponent = LiveComponent.define<
  { streams: { users: LiveStream<User> } },
  { insert?: User; reset?: boolean }
>({
  mount: (socket) => stream(socket, 'users', [chris, callan]),
  update: ({ insert, reset }, socket) => {
    if (insert !== undefined) streamInsert(socket, 'users', insert)
    if (reset === true) stream(socket, 'users', [], { reset: true })
  },
  render: ({ streams }) => html`<div>${List.use({ id: 'list', users: streams.users })}</div>`,
})

/** Shows a stream that it is given. */
const List = LiveComponent.define<{ users: LiveStream<User>; title: string }>({
  mount: (socket) => socket.assign({ title: 'title' }),
  render: ({ users, title }) =>
    html`<ul id="list" phx-update="stream" title=${title}>${each(users, ({ name }, id) => html`<li id=${id}>${name}</li>`)}</ul>`,
})

const ComponentLive = LiveView.define({
  handleEvent: {
    update: (assigns) => sendUpdate(UsersComponent, { id: 'users', ...assigns }),
    title: ({ title }) => sendUpdate(List, { id: 'list', title }),
  },
  render: () => html`<main>${UsersComponent.use({ id: 'users' })}</main>`,
})

t.test('LV-115 a component may pass its stream on to one inside of it', (t) =>
  withRuntime(async () => {
    const view = await open(ComponentLive)
    const list = async () => itemsIn(await view.render(), 'list')
    t.same(await list(), ['users-1 chris', 'users-2 callan'])
    await view.renderHook('update', { insert: { id: 3, name: 'mona' } })
    t.same(await list(), ['users-1 chris', 'users-2 callan', 'users-3 mona'])
    await view.renderHook('title', { title: 'other' })
    t.same(await list(), ['users-1 chris', 'users-2 callan', 'users-3 mona'], 'a render of its own brings nothing back')
    await view.renderHook('update', { reset: true })
    t.same(await list(), [])
    t.match(await view.render(), /title="other"/)
  }),
)

t.test('LV-115 refs of streams are unique in a view', (t) =>
  withRuntime(async () => {
    const Both = LiveView.define<Streaming>({
      mount: (_params, _session, socket) => {
        stream(socket, 'users', [chris])
        stream(socket, 'admins', [])
      },
      render: ({ streams }) => html`<ul id="u" phx-update="stream">${each(streams.users, itemOf)}</ul>
        <ul id="a" phx-update="stream">${each(streams.admins, itemOf)}</ul>${UsersComponent.use({ id: 'users' })}`,
    })
    const { rendered } = await joined(Both)
    t.same(rendered[0].stream[0], '0')
    t.same(rendered[1].stream[0], '1')
    t.match(JSON.stringify(rendered.c), /"stream":\["1-0",/)
  }),
)

const itemOf = ({ name }: User, id: string) => html`<li id=${id}>${name}</li>`

/** What the join of a view is answered with. */
// biome-ignore lint/suspicious/noExplicitAny: as the client reads it
async function joined(view: LiveViewModule): Promise<any> {
  const { port } = await startLive((route) => route.live('/', view))
  const page = await loadPage(port, '/')
  const client = await connectPage(port, page)
  const answer = await joinPage(client, page, `http://127.0.0.1:${port}/`)
  client.close()
  return (answer as { response: unknown }).response
}

/** A view that renders again and again, around one with a stream. */
const AroundLive = LiveView.define<{ n: number; streams: { users: LiveStream<User> } }>({
  mount: (_params, _session, socket) => {
    stream(socket, 'users', [chris])
    socket.assign({ n: 0 })
  },
  handleInfo: (n: number, socket) => socket.assign({ n }),
  render: ({ n, streams }) => html`<p>${n}</p><ul id="own" phx-update="stream">${each(streams.users, itemOf)}</ul>
    ${liveRender(LettersLive, { id: 'letters' })}`,
})

t.test('LV-116 a stream of a view inside of another one stays while that one renders', (t) =>
  withRuntime(async () => {
    const view = await open(AroundLive)
    const letters = await view.findLiveChild('letters')
    for (let n = 1; n <= 50; n++) {
      send(view.pid, n)
      if (n % 10 === 0) await after(letters, (socket) => streamInsert(socket, 'users', { id: n, name: String(n) }))
    }
    const page = await view.render()
    t.match(page, /<p>50<\/p>/)
    t.equal(lettersIn(page, 'users'), 'a b c d 10 20 30 40 50')
    t.same(itemsIn(page, 'own'), ['users-1 chris'])
  }),
)

// ── What else stands in a container ──

const MixedLive = LiveView.define<{ streams: { users: LiveStream<User> }; hasEmpty: boolean; hasNameless: boolean }>({
  mount: (_params, _session, socket) => {
    stream(socket, 'users', [chris, callan])
    socket.assign({ hasEmpty: false, hasNameless: false })
  },
  handleEvent: {
    show: (assigns, socket) => socket.assign(assigns),
    reset: (_value, socket) => stream(socket, 'users', [], { reset: true }),
    append: (_value, socket) => stream(socket, 'users', named('x', 'y')),
    prepend: (_value, socket) => streamInsert(socket, 'users', e, { at: 0 }),
  },
  render: ({ streams, hasEmpty, hasNameless }) => html`<ul id="users" phx-update="stream">
    ${hasNameless && html`<li>no id</li>`}
    ${hasEmpty && html`<li id="users-empty">none</li>`}
    ${each(streams.users, itemOf)}</ul>`,
})

t.test('LV-117 a child that is not of the stream stays, behind its items', (t) =>
  withRuntime(async () => {
    const view = await open(MixedLive)
    const users = async () => lettersIn(await view.render(), 'users')
    await view.renderHook('show', { hasEmpty: true })
    t.equal(await users(), '1 2 empty')
    await view.renderHook('append')
    t.equal(await users(), '1 2 x y empty')
    await view.renderHook('reset')
    t.equal(await users(), 'empty')
    await view.renderHook('append')
    await view.renderHook('prepend')
    t.equal(await users(), 'e x y empty')
    await view.renderHook('show', { hasEmpty: false })
    t.equal(await users(), 'e x y empty', 'a child of such a container is never taken away')
  }),
)

t.test('LV-117 a child without id fails the test, and so does an item whose element is not its own', (t) =>
  withRuntime(async () => {
    const view = await open(MixedLive)
    await t.rejects(view.renderHook('show', { hasNameless: true }), /a child of the stream users has no id: <li>no id/)
    const Renamed = LiveView.define<{ streams: { users: LiveStream<User> } }>({
      mount: (_params, _session, socket) => stream(socket, 'users', [chris]),
      render: ({ streams }) =>
        html`<ul id="users" phx-update="stream">${each(streams.users, ({ id }) => html`<li id=${`u${id}`}></li>`)}</ul>`,
    })
    await t.rejects(open(Renamed), /the item users-1 of a stream is nowhere on the page/)
  }),
)

// ── Beside other things that change ──

const FruitsLive = LiveView.define<{ streams: { items: LiveStream<User> }; kind: string; rows: readonly string[] }>({
  mount: (_params, _session, socket) => {
    stream(socket, 'items', [])
    startAsync(socket, 'load', () => named('a', 'b', 'c'))
  },
  handleAsync: {
    load: (result, socket) => {
      if (result.type === 'ok') stream(socket, 'items', result.value as User[])
    },
  },
  handleParams: ({ kind = 'fruits' }, _uri, socket) => {
    socket.assign({ kind, rows: kind === 'fruits' ? ['apple', 'pear', 'plum'] : ['plum', 'leek', 'apple'] })
    if (kind === 'herbs') stream(socket, 'items', named('h', 'b'), { reset: true })
  },
  render: ({ streams, kind, rows }) =>
    html`<h1>${kind}</h1>${[1].map(
      (n) => html`<section title=${n}><ul id="items" phx-update="stream">${each(streams.items, itemOf)}</ul></section>`,
    )}<ol id="rows">${each(rows, String, (row) => html`<li id=${`rows-${row}`}>${row}</li>`)}</ol>`,
})

t.test('LV-118 a stream in a list gets what a task brings, and a reset goes with a list that changes beside it', (t) =>
  withRuntime(async () => {
    const view = await open(FruitsLive)
    t.equal(lettersIn(String(await view.renderAsync()), 'items'), 'a b c')
    await view.renderPatch('/?kind=herbs')
    const page = await view.render()
    t.equal(lettersIn(page, 'items'), 'h b')
    t.same(lettersIn(page, 'rows'), 'plum leek apple')
    await view.renderPatch('/?kind=fruits')
    t.equal(lettersIn(await view.render(), 'items'), 'h b', 'what the page keeps stays')
    t.equal(lettersIn(await view.render(), 'rows'), 'apple pear plum')
  }),
)

const HiddenLive = LiveView.define<{ streams: { users: LiveStream<User> }; isShown: boolean }>({
  mount: (_params, _session, socket) => {
    stream(socket, 'users', [])
    socket.assign({ isShown: true })
  },
  handleEvent: {
    show: ({ isShown }, socket) => socket.assign({ isShown }),
    insert: (user, socket) => streamInsert(socket, 'users', user),
  },
  render: ({ streams, isShown }) =>
    html`<main>${isShown && html`<ul id="users" phx-update="stream">${each(streams.users, itemOf)}</ul>`}</main>`,
})

t.test('LV-119 the first message of an empty stream has statics and no entries', (t) =>
  withRuntime(async () => {
    const { rendered } = await joined(HiddenLive)
    t.same(rendered[0], {
      r: 1,
      s: ['<ul id="users" phx-update="stream">', '</ul>'],
      0: { s: ['', ''], k: { kc: 0 }, stream: ['0', [], []] },
    })
  }),
)

t.test('LV-119 a container that comes back has only what is inserted then', (t) =>
  withRuntime(async () => {
    const view = await open(HiddenLive)
    const users = async () => lettersIn(await view.render(), 'users')
    t.equal(await users(), '')
    await view.renderHook('insert', a)
    await view.renderHook('insert', b)
    t.equal(await users(), 'a b')
    await view.renderHook('show', { isShown: false })
    await view.renderHook('insert', c)
    await view.renderHook('show', { isShown: true })
    t.equal(await users(), '')
    await view.renderHook('insert', e)
    t.equal(await users(), 'e')
  }),
)
