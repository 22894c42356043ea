import t from 'tap'
import { Router } from '../../src/endpoint/index.ts'
import { formatReport, GenServer, Process, type Report, self, send } from '../../src/index.ts'
import {
  each,
  html,
  LiveComponent,
  LiveView,
  type LiveViewModule,
  type LiveViewSocket,
  pushEvent,
  pushNavigate,
  pushPatch,
  redirect,
  reply,
  sendUpdate,
  sendUpdateAfter,
} from '../../src/live-view/index.ts'
import { LiveViewTest, type TestView, withRuntime } from '../../src/testing/index.ts'
import { startLive } from '../support/live-endpoint.ts'
import { connectPage, joinPage, loadPage } from '../support/raw-page.ts'

function open(view: LiveViewModule): Promise<TestView> {
  return LiveViewTest.visit({ router: Router.define((route) => route.live('/', view)) }).live('/')
}

let renders = 0

const Item = LiveComponent.define<{ count: number; name: string }>({
  module: 'Item',
  mount: (socket) => socket.assign({ count: 0, name: '' }),
  handleEvent: {
    more: (_value, socket) => socket.update('count', (count) => count + 1),
    tell: (_value, socket) => {
      socket.update('count', (count) => count + 1)
      pushEvent(socket, 'item', { id: socket.assigns.id })
      send(self(), { type: 'told', id: socket.assigns.id })
    },
    own: (_value, socket) => reply({ self: socket.cid.number, pid: String(self()) }),
  },
  render: ({ id, count, name, myself }) =>
    html`<li id=${`item-${id}`} class="item" phx-click="more" phx-target=${myself} phx-hook="I">${id} ${name} ${count}</li>`,
})

const Group = LiveComponent.define<{ ids: readonly string[] }>({
  module: 'Group',
  render: ({ id, ids }) => html`<ul id=${id}>${each(ids, String, (item) => Item.use({ id: item }))}</ul>`,
})

const GroupsLive = LiveView.define({
  module: 'GroupsLive',
  mount: (_params, _session, socket: LiveViewSocket<{ groups: Record<string, string[]>; n: number; told: string }>) =>
    void socket.assign({ groups: { one: ['a', 'b'], two: ['c'] }, n: 0, told: '' }),
  handleEvent: {
    set: ({ groups }, socket) => socket.assign({ groups }),
    more: (_value, socket) => socket.update('n', (n) => n + 1),
    update: ({ id, name, how }, socket) => {
      if (how === 'later') sendUpdateAfter(Item, { id, name }, 10)
      else sendUpdate(Item, { id, name })
      socket.assign({})
    },
  },
  handleInfo: (message, socket) => {
    if (message.type === 'told') pushEvent(socket.assign({ told: message.id }), 'view', {})
  },
  render: ({ groups, n, told }) => {
    renders++
    return html`<main id="main" phx-click="more">${n} ${told}${each(
      Object.entries(groups),
      ([id]) => id,
      ([id, ids]) => html`<section>${Group.use({ id, ids })}</section>`,
    )}</main>`
  },
})

t.test('LV-060 an event with a target goes to that component alone, and nothing else is rendered', (t) =>
  withRuntime(async () => {
    const view = await open(GroupsLive)
    const before = renders
    t.match(await view.element('#item-c').renderClick(), /id="item-c"[^>]*>c {2}1<\/li>/)
    t.equal(renders, before)
    t.match(await view.element('#item-a').render(), />a {2}0<\/li>/)
  }),
)

t.test('LV-060 the answer holds the component and no more, however deep it stands', (t) =>
  withRuntime(async () => {
    const { port } = await startLive((route) => route.live('/', GroupsLive))
    const page = await loadPage(port, '/')
    const client = await connectPage(port, page)
    await joinPage(client, page, `http://127.0.0.1:${port}/`)
    client.send('1', '2', `lv:${page.id}`, 'event', { type: 'click', event: 'more', value: {}, cid: 5 })
    t.same((await client.next())[4], { status: 'ok', response: { diff: { c: { 5: { 4: '1' } } } } })
    client.close()
  }),
)

t.test('LV-061 a selector as target means whoever owns what it finds, each once for every match', (t) =>
  withRuntime(async () => {
    const view = await open(GroupsLive)
    await view.element('#item-a').withTarget('.item').renderClick()
    for (const id of ['a', 'b', 'c']) t.match(await view.element(`#item-${id}`).render(), />[abc] {2}1<\/li>/)
    await view.element('#item-a').withTarget('#main').renderClick()
    t.match(await view.render(), /<main[^>]*>1 /, 'an element of the view means the view')
    t.match(await view.element('#item-a').render(), />a {2}1<\/li>/)
  }),
)

t.test('LV-062 an event for a component that is not there is answered with nothing, and the view lives', (t) =>
  withRuntime(async () => {
    const { port } = await startLive((route) => route.live('/', GroupsLive))
    const page = await loadPage(port, '/')
    const client = await connectPage(port, page)
    await joinPage(client, page, `http://127.0.0.1:${port}/`)
    const before = renders
    for (const cid of [99, 0, -1]) {
      client.send('1', '2', `lv:${page.id}`, 'event', { type: 'click', event: 'more', value: {}, cid })
      t.same((await client.next())[4], { status: 'ok', response: {} }, String(cid))
    }
    t.equal(renders, before)
    client.send('1', '3', `lv:${page.id}`, 'event', { type: 'click', event: 'more', value: {} })
    t.same((await client.next())[4], { status: 'ok', response: { diff: { 0: '1' } } })
    client.close()
  }),
)

const Leaver = LiveComponent.define<{ count: number }>({
  module: 'Leaver',
  mount: (socket) => socket.assign({ count: 0 }),
  handleEvent: {
    leave: ({ how }, socket) => {
      socket.update('count', (count) => count + 1)
      if (how === 'patch') pushPatch(socket, { to: '/?at=2' })
      else if (how === 'navigate') pushNavigate(socket, { to: '/other' })
      else redirect(socket, { to: '/other' })
    },
  },
  render: ({ count }) => html`<p>${count}</p>`,
})

const LeavingLive = LiveView.define({
  module: 'LeavingLive',
  handleParams: (params, _uri, socket: LiveViewSocket<{ at: string }>) => void socket.assign({ at: params.at ?? '1' }),
  render: ({ at }) => html`<main>${at} ${Leaver.use({ id: 'leaver' })}</main>`,
})

t.test('LV-068 a component goes elsewhere as its view does, and what it changed comes first', (t) =>
  withRuntime(async () => {
    const { port } = await startLive((route) => route.live('/', LeavingLive))
    for (const [how, after] of [
      [
        'patch',
        [
          [null, 'live_patch', { to: '/?at=2', kind: 'push' }],
          ['2', 'phx_reply', { status: 'ok', response: { diff: { 0: '2' } } }],
        ],
      ],
      [
        'navigate',
        [
          ['2', 'phx_reply', { status: 'ok', response: { live_redirect: { to: '/other', kind: 'push' } } }],
          ['1', 'phx_close', {}],
        ],
      ],
      [
        'redirect',
        [
          ['2', 'phx_reply', { status: 'ok', response: { redirect: { to: '/other', status: 302 } } }],
          ['1', 'phx_close', {}],
        ],
      ],
    ] as const) {
      const page = await loadPage(port, '/')
      const client = await connectPage(port, page)
      await joinPage(client, page, `http://127.0.0.1:${port}/`)
      client.send('1', '2', `lv:${page.id}`, 'event', { type: 'click', event: 'leave', value: { how }, cid: 1 })
      const frames = [await client.next(), await client.next(), await client.next()]
      const told = frames.map(([, ref, , event, payload]) => [ref, event, payload])
      t.same(told, [[null, 'diff', { c: { 1: { 0: '1' } } }], ...after], how)
      client.close()
    }
  }),
)

t.test('LV-063 a component that left the page is gone when the client says so', (t) =>
  withRuntime(async () => {
    const view = await open(GroupsLive)
    await view.element('#item-c').renderClick()
    await view.renderClick('set', { groups: { one: ['a', 'b'] } })
    t.notOk(await view.hasElement('#item-c'))
    await view.renderClick('set', { groups: { one: ['a', 'b'], two: ['c'] } })
    t.match(await view.element('#item-c').render(), />c {2}0<\/li>/, 'its state is gone')
  }),
)

t.test(
  'LV-064 one that is shown again in time keeps its state, and one that is only not shown still hears events',
  (t) =>
    withRuntime(async () => {
      const { port } = await startLive((route) => route.live('/', GroupsLive))
      const page = await loadPage(port, '/')
      const client = await connectPage(port, page)
      const topic = `lv:${page.id}`
      await joinPage(client, page, `http://127.0.0.1:${port}/`)
      let ref = 1
      const ask = async (event: string, payload: object) => {
        client.send('1', String(++ref), topic, event, payload)
        return ((await client.next())[4] as { response: { diff?: { c?: object } } }).response
      }
      const set = (groups: object) => ask('event', { type: 'click', event: 'set', value: { groups } })
      const more = (cid: number) => ask('event', { type: 'click', event: 'more', value: {}, cid })
      await more(5)
      await set({ one: ['a', 'b'] })
      t.same(await more(5), { diff: { c: { 5: { 4: '2' } } } }, 'nobody has said that it is gone')
      t.same(await ask('cids_will_destroy', { cids: [2, 5, 77] }), {})
      const shown = await set({ one: ['a', 'b'], two: ['c'] })
      t.match(shown.diff?.c, { 2: { 0: ' id="two"' }, 5: { 0: ' id="item-c"', 2: 'c', 4: '2' } }, 'it comes whole')
      t.same(await ask('cids_destroyed', { cids: [2, 5] }), { cids: [] })
      await set({ one: ['a', 'b'] })
      await ask('cids_will_destroy', { cids: [2, 5] })
      t.same(await ask('cids_destroyed', { cids: [2, 5, 77] }), { cids: [2, 5] })
      t.same(await more(5), {}, 'LV-062: an event for what is gone')
      client.close()
    }),
)

t.test('LV-066 anybody can update a component, and only that is rendered', (t) =>
  withRuntime(async ({ clock }) => {
    const view = await open(GroupsLive)
    const before = renders
    await view.renderClick('update', { id: 'a', name: 'by its view' })
    t.match(await view.element('#item-a').render(), />a by its view 0</)
    sendUpdate(Item, { id: 'b', name: 'by another process' }, view.pid)
    t.match(await view.element('#item-b').render(), />b by another process 0</)
    await view.renderClick('update', { id: 'c', name: 'later', how: 'later' })
    t.match(await view.element('#item-c').render(), />c {2}0</)
    await clock.advance(10)
    t.match(await view.element('#item-c').render(), />c later 0</)
    t.equal(renders, before)
  }),
)

t.test('LV-066 a component is updated by its myself too', (t) =>
  withRuntime(async () => {
    const Own = LiveComponent.define<{ text: string }>({
      module: 'Own',
      mount: (socket) => socket.assign({ text: 'new' }),
      handleEvent: { go: (_value, socket) => sendUpdate(socket.assigns.myself, { text: 'updated' }) },
      render: ({ text, myself }) => html`<p id="own" phx-click="go" phx-target=${myself}>${text}</p>`,
    })
    const view = await open(
      LiveView.define({ module: 'OwnLive', render: () => html`<div>${Own.use({ id: 1 })}</div>` }),
    )
    await view.element('#own').renderClick()
    t.match(await view.element('#own').render(), />updated</)
  }),
)

t.test('LV-067 an update of what is not there is nothing, and one without an id is refused where it is made', (t) =>
  withRuntime(async ({ reports }) => {
    const view = await open(GroupsLive)
    sendUpdate(Item, { id: 'nobody', name: 'x' }, view.pid)
    await view.render()
    t.same(
      reports.filter(({ level }) => level === 'warning' || level === 'error'),
      [],
    )
    t.match(reports.at(-1), {
      type: 'componentGone',
      level: 'debug',
      module: 'GroupsLive',
      pid: view.pid,
      component: 'the component "nobody" of Item',
    })
    t.match(
      formatReport(reports.at(-1) as Report),
      /GroupsLive #Pid<.*>: an update of the component "nobody" of Item, which is not on its page, was dropped/,
    )
    t.throws(() => sendUpdate(Item, { name: 'x' } as never, view.pid), { code: 'BEAMISH_BAD_ARGUMENT', message: /id/ })
    t.throws(() => sendUpdate({}, { id: 1 }, view.pid), { code: 'BEAMISH_BAD_ARGUMENT', message: /a live component/ })
    t.throws(() => sendUpdate(Item, { id: 1 }, 'nobody' as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /pid/ })
  }),
)

t.test('LV-075 what components tell the page comes before what their view tells', (t) =>
  withRuntime(async () => {
    const { port } = await startLive((route) =>
      route.live(
        '/',
        LiveView.define({
          module: 'TellersLive',
          handleEvent: {
            go: (_value, socket) => {
              pushEvent(socket, 'view', {})
              pushEvent(socket, 'early', { n: 1 }, { dispatch: 'before' })
              socket.assign({ n: 1 })
            },
          },
          render: ({ n = 0 }) => html`<main>${Teller.use({ id: 'a', n })}${Teller.use({ id: 'b', n })}</main>`,
        }),
      ),
    )
    const page = await loadPage(port, '/')
    const client = await connectPage(port, page)
    await joinPage(client, page, `http://127.0.0.1:${port}/`)
    client.send('1', '2', `lv:${page.id}`, 'event', { type: 'click', event: 'go', value: {} })
    t.match((await client.next())[4], {
      response: {
        diff: {
          e: [
            ['item', { id: 'a' }],
            ['item', { id: 'b' }],
            ['view', {}],
            ['early', { n: 1 }, true],
          ],
        },
      },
    })
    client.close()
  }),
)

const Teller = LiveComponent.define<{ n: number }>({
  module: 'Teller',
  update: (assigns, socket) => {
    socket.assign(assigns)
    if (assigns.n === 1) pushEvent(socket, 'item', { id: assigns.id })
  },
  render: ({ n }) => html`<p>${n}</p>`,
})

t.test('LV-076 several pushes of one click arrive one by one, each at its owner', (t) =>
  withRuntime(async () => {
    const { JS } = await import('../../src/live-view/index.ts')
    const Pusher = LiveView.define({
      module: 'Pusher',
      mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
      handleEvent: { more: ({ by = 1 }, socket) => socket.update('n', (n) => n + by) },
      render: ({ n }) => html`<main>${n}
        <button id="go" phx-click=${JS.push('more', { target: '#item-x' })
          .push('more')
          .push('more', { value: { by: 10 } })}></button>
        ${Item.use({ id: 'x' })}</main>`,
    })
    const view = await open(Pusher)
    const outcome = await view.element('#go').renderClick()
    t.match(outcome, /<main>11\s/)
    t.match(outcome, />x {2}1<\/li>/)
  }),
)

t.test('a component runs in the process of its view, and crashes with it', (t) =>
  withRuntime(async () => {
    const view = await open(GroupsLive)
    await view.element('#item-a').renderHook('own')
    t.match(await view.assertReply(), { self: 3, pid: String(view.pid) })
    await view.element('#item-a').renderHook('tell')
    t.same(await view.assertPushEvent('item'), { id: 'a' })
    t.same(await view.assertPushEvent('view'), {})
    t.match(await view.render(), /<main[^>]*>0 a/)
    const { pid } = view
    await t.rejects(view.element('#item-a').renderHook('unknown'), /crashed/)
    t.notOk(Process.isAlive(pid))
    t.ok(GenServer)
  }),
)
