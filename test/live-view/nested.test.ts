import t from 'tap'
import { Router, session } from '../../src/endpoint/index.ts'
import { monitor, type Pid, send } from '../../src/index.ts'
import { each, html, LiveView, type LiveViewModule, liveRender } from '../../src/live-view/index.ts'
import { assertReceive, LiveViewTest, type LiveVisitor, type TestView, withRuntime } from '../../src/testing/index.ts'
import { SECRET, SESSION } from '../support/live-endpoint.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test's socket is of any view
type Run = (socket: any) => unknown

/** A view that does what it is told. */
const runs = { handleInfo: (run: Run, socket: unknown) => void run(socket) }

const ClockLive = LiveView.define<{ zone: string; hour: number; connected: boolean }>({
  module: 'nested.ClockLive',
  container: ['section', { class: 'clock' }],
  mount: (_params, { zone = 'UTC' }, socket) => {
    socket.assign({ zone, hour: 12, connected: socket.connected })
  },
  handleEvent: {
    later: (_value, socket) => socket.update('hour', (hour) => hour + 1),
    crash: () => {
      throw new Error('as asked')
    },
  },
  ...runs,
  render: ({ zone, hour, connected }) =>
    html`<p>${zone} ${hour}:00 ${connected ? 'connected' : 'alone'}</p><button id=${`later-${zone}`} phx-click="later">+</button>`,
})

interface Home {
  zones: readonly string[]
  n: number
  at: unknown
}

const HomeLive = LiveView.define<Home>({
  module: 'nested.HomeLive',
  mount: (_params, _session, socket) => socket.assign({ zones: ['Oslo', 'Rome'], n: 0 }),
  handleParams: (params, _uri, socket) => socket.assign({ at: params['at'] ?? 'start' }),
  ...runs,
  render: ({ zones, n, at }) =>
    html`<h1 class=${`n${n}`}>${n} at ${at}</h1><ul>${each(
      zones,
      (zone) => zone,
      (zone) => html`<li>${liveRender(ClockLive, { id: `clock-${zone}`, session: { zone } })}</li>`,
    )}</ul>`,
})

function visitor(views: Readonly<Record<string, LiveViewModule>>): LiveVisitor {
  const router = Router.define((route) =>
    route.scope('/', { pipe: [session(SESSION)] }, (r) => {
      for (const [path, view] of Object.entries(views)) r.live(path, view)
    }),
  )
  return LiveViewTest.visit({ router, secretKeyBase: SECRET, session: SESSION })
}

async function tell(view: TestView, run: Run): Promise<string> {
  send(view.pid, run)
  return await view.render()
}

async function ended(pid: Pid, act: () => unknown): Promise<unknown> {
  const ref = monitor(pid)
  await act()
  return ((await assertReceive({ type: 'down', ref })) as { reason: unknown }).reason
}

t.test('LV-133 over HTTP a view stands in the page of another one, with a static token and no session', (t) =>
  withRuntime(async () => {
    const page = await (await visitor({ '/': HomeLive }).get('/')).text()
    const main = /id="(phx-[\w-]+)"/.exec(page)?.[1]
    t.match(page, /<h1 class="n0">0 at start<\/h1>/)
    const child = new RegExp(
      `<li><section class="clock" id="clock-Oslo" data-phx-session="" data-phx-static="[\\w.-]+" data-phx-parent-id="${main}"><p>Oslo 12:00 alone</p>`,
    )
    t.match(page, child)
  }),
)

t.test('LV-133 connected, each view joins on its own topic and has its own process', (t) =>
  withRuntime(async () => {
    const home = await visitor({ '/': HomeLive }).live('/')
    const [oslo, rome] = await home.liveChildren()
    t.match(await home.render(), /Oslo 12:00 connected.*Rome 12:00 connected/)
    t.same([oslo?.id, rome?.id, new Set([home.pid, oslo?.pid, rome?.pid]).size], ['clock-Oslo', 'clock-Rome', 3])
    await (await home.findLiveChild('clock-Rome')).element('#later-Rome').renderClick()
    t.match(await home.render(), /Oslo 12:00 connected.*Rome 13:00 connected/)
    t.match(await tell(home, (socket) => socket.assign({ n: 5 })), /<h1 class="n5">5 at start<\/h1>.*Rome 13:00/)
    await t.rejects(home.findLiveChild('clock-Paris'), {
      message: /no live child clock-Paris. It has clock-Oslo, clock-Rome/,
    })
  }),
)

t.test('LV-133 two views of one id are a mistake that tests find', (t) =>
  withRuntime(async () => {
    const home = await visitor({ '/': HomeLive }).live('/')
    const twice = LiveView.define({
      module: 'nested.Twice',
      render: () => html`${liveRender(ClockLive, { id: 'a' })}${liveRender(ClockLive, { id: 'a' })}`,
    })
    t.ok(await home.render())
    const view = await visitor({ '/': twice }).live('/')
    await t.rejects(view.render(), { message: /two elements of the page have the id a/ })
  }),
)

t.test('LV-134 a view stays, however the one around it renders, until it is taken away', (t) =>
  withRuntime(async () => {
    const home = await visitor({ '/': HomeLive }).live('/')
    const rome = await home.findLiveChild('clock-Rome')
    const oslo = await home.findLiveChild('clock-Oslo')
    const { pid } = rome
    await rome.renderClick('later')
    await tell(home, (socket) => socket.assign({ zones: ['Rome', 'Bonn', 'Oslo'], n: 1 }))
    t.match(await home.render(), /Rome 13:00 connected.*Bonn 12:00 connected.*Oslo 12:00/)
    t.equal((await home.findLiveChild('clock-Rome')).pid, pid)
    t.same(await ended(oslo.pid, () => tell(home, (socket) => socket.assign({ zones: ['Rome'] }))), {
      type: 'shutdown',
      detail: 'left',
    })
    t.same(
      (await home.liveChildren()).map(({ id }) => id),
      ['clock-Rome'],
    )
    await tell(home, (socket) => socket.assign({ zones: ['Rome', 'Oslo'] }))
    t.match(await home.render(), /Rome 13:00 connected.*Oslo 12:00 connected/, 'added later, it joins')
  }),
)

t.test('LV-134 other attributes of the element reach the page, and the view stays', (t) =>
  withRuntime(async () => {
    const Around = LiveView.define<{ kind: string; zone: string }>({
      module: 'nested.Around',
      mount: (_params, _session, socket) => socket.assign({ kind: 'a', zone: 'Oslo' }),
      ...runs,
      render: ({ kind, zone }) =>
        html`${liveRender(ClockLive, { id: 'c', session: { zone }, container: ['div', { class: kind }] })}`,
    })
    const view = await visitor({ '/': Around }).live('/')
    const { pid } = await view.findLiveChild('c')
    const token = () => /data-phx-session="([^"]+)"/.exec(view.html())?.[1]
    const before = token()
    t.match(await tell(view, (socket) => socket.assign({ kind: 'b' })), /<div class="b" id="c"/)
    t.equal(token(), before, 'the same token')
    await tell(view, (socket) => socket.assign({ zone: 'Rome' }))
    t.not(token(), before, 'for another session another one, for when it is joined again')
    t.equal((await view.findLiveChild('c')).pid, pid)
    t.match(view.html(), /Oslo 12:00 connected/)
  }),
)

t.test('a view in another one is given an id, and what it may be given', (t) =>
  withRuntime(async () => {
    const options = [
      { id: 'a b' },
      { id: '' },
      { session: [] },
      { session: () => ({}) },
      { container: 'p' },
      { sticky: 1 },
      { x: 1 },
      5,
    ]
    for (const wrong of options) t.throws(() => liveRender(ClockLive, wrong as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => liveRender({} as never), { message: /a live view \(LiveView\.define\)/ })
    const Nameless = LiveView.define({ module: 'nested.Nameless', render: () => html`${liveRender(ClockLive)}` })
    const response = await visitor({ '/': Nameless }).get('/')
    t.equal(response.status, 500)
  }),
)
