import t from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import {
  each,
  html,
  type LiveStream,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  stream,
  streamConfigure,
  streamDelete,
  streamDeleteByDomId,
  streamInsert,
} from '../../src/live-view/index.ts'
import { LiveViewTest, type TestView, withRuntime } from '../../src/testing/index.ts'
import { itemsIn } from '../support/items-in.ts'

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
function usersLive(mount: Do): LiveViewModule {
  return LiveView.define<Streaming>({
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

const UsersLive = usersLive((socket) => {
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
      usersLive((socket) => {
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
