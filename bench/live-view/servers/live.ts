import { Supervisor } from 'beamish'
import { Endpoint, Router } from 'beamish/endpoint'
import { html, LiveSocket, LiveView } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { ECHO } from '../../fanout/payload.ts'
import { type FanoutServer, serve } from '../../fanout/servers/server.ts'

// Live views through their doors: a small page, whose event changes one assign of it.

const PUBSUB = 'bench'
/** So long that no client of the load must send heartbeats. */
const SILENCE_MS = 3_600_000

let connections = 0

interface Small {
  readonly title: string
  readonly s: string
  readonly x: string
  readonly isOn: boolean
}

const SmallLive = LiveView.define<Small>({
  module: 'SmallLive',
  mount: (_params, _session, socket) => {
    if (socket.connected) connections++
    socket.assign({ title: 'A small page', s: 'nothing yet', x: '', isOn: true })
  },
  // A number may come twice: each event changes the page, and each change is as long.
  handleEvent: {
    [ECHO]: ({ s }, socket) => socket.update('s', (before) => s + (before.endsWith('.') ? ',' : '.')),
  },
  terminate: () => {
    connections--
  },
  render: ({ title, s, x, isOn }) => html`<main>
    <h1>${title}</h1>
    <p id="s" class=${isOn && 'on'}>${s}</p>
    <button phx-click="${ECHO}" phx-value-x=${x}>again</button>
  </main>`,
})

const BenchEndpoint = Endpoint.define({
  name: 'bench',
  port: 0,
  pubsub: PUBSUB,
  secretKeyBase: 'of the bench, and long enough for what is signed with it: sixty-four bytes or more',
  router: Router.define((route) => route.live('/', SmallLive)),
  sockets: { '/live': { socket: LiveSocket, websocket: { timeoutMs: SILENCE_MS } } },
})

async function start(): Promise<FanoutServer> {
  await Supervisor.startLink([PubSub.child({ name: PUBSUB }), BenchEndpoint], { strategy: 'restForOne' })
  const { port } = await BenchEndpoint.serverInfo()
  return { port, prepare: () => {}, broadcast: () => {}, connections: () => connections }
}

await serve(start)
