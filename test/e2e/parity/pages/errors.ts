import { link as linkProcesses, type Pid, receive, self, send } from 'beamish'
import { getConnectParams, html, type LiveLayout, LiveView, type LiveViewSocket, liveRender } from 'beamish/live-view'

/** The script of the page gives up and tries again sooner than usual. */
const layout: LiveLayout = ({ innerContent }) => html`
  <script src="/assets/phoenix/phoenix.min.js"></script>
  <script type="module">
    import { LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'

    window.liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
      params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
      reloadJitterMax: 50,
      reloadJitterMin: 50,
      maxReloads: 5,
      failsafeJitter: 1000,
      maxChildJoinTries: 3,
      rejoinAfterMs: () => 50,
    })
    window.liveSocket.connect()
  </script>
  ${innerContent}`

const boom = (): never => {
  throw new Error('boom')
}

/** What the view around it tells a child that is being mounted. */
interface Order {
  readonly type: 'order'
  readonly crash: boolean
  readonly link: boolean
}

interface ChildMounted {
  readonly type: 'childMounted'
  readonly child: Pid<Order>
}

const isOrder = (message: unknown): message is Order => (message as Partial<Order> | null)?.type === 'order'

/** Tells the view around it that it is being mounted, and does what that one says. */
const ErrorChildLive = LiveView.define({
  module: 'ErrorChildLive',
  mount: async (_params, _session, socket: LiveViewSocket<{ state: string }>) => {
    socket.assign({ state: socket.connected ? 'Child connected' : 'Child rendered (dead)' })
    if (!socket.connected || socket.parentPid === undefined) return
    send(socket.parentPid, { type: 'childMounted', child: self() } satisfies ChildMounted)
    const order = await receive(isOrder)
    if (order.link) linkProcesses(socket.parentPid)
    if (order.crash) boom()
  },
  handleEvent: { boom },
  render: ({ state }) => html`
    ${state}
    <p id="child-render-time">child rendered at: ${now()}</p>
    <button phx-click="boom">Crash child</button>
    ${marks()}`,
})

const now = () => `${new Date().toISOString()} ${performance.now()}`

/** Each is seen while the view has the class that it is named after. */
const marks = () => html`
  <p class="if-phx-error">Error</p>
  <p class="if-phx-client-error">Client Error</p>
  <p class="if-phx-server-error">Server Error</p>
  <p class="if-phx-disconnected">Disconnected</p>
  <p class="if-phx-loading">Loading</p>`

interface Failing {
  readonly hasChild: boolean
  /** How many times the child is to crash while it is mounted. */
  readonly wanted: number
  readonly had: number
  /** Whether the child is linked to this view. */
  readonly links: boolean
}

/** Fails while it is made or mounted, or has a child that does: as the query says. */
export const ErrorLive = LiveView.define({
  module: 'ErrorLive',
  layout,
  mount: (params, _session, socket: LiveViewSocket<Failing>) => {
    if (params['dead-mount'] === 'raise') boom()
    if (params['connected-mount'] === 'raise' && socket.connected) boom()
    const crashes = params['connected-child-mount-raise']
    const isLinked = crashes === 'link'
    // One crash is enough: this view always mounts, so that its client would try again for ever.
    const isFirst = Number(getConnectParams(socket)?.['_mounts']) === 0
    socket.assign({
      hasChild: crashes !== undefined || 'child' in params,
      wanted: isLinked ? Number(isFirst) : Number(crashes ?? 0),
      had: 0,
      links: isLinked,
    })
  },
  handleEvent: { boom },
  handleInfo: ({ child }: ChildMounted, socket) => {
    const { had, wanted, links } = socket.assigns
    const crash = had < wanted
    send(child, { type: 'order', crash, link: links })
    if (crash) socket.assign({ had: had + 1 })
  },
  render: ({ hasChild }) => html`
    <p id="render-time">main rendered at: ${now()}</p>
    <button phx-click="boom">Crash main</button>
    ${marks()}
    <div>${hasChild && liveRender(ErrorChildLive, { id: 'child' })}</div>
    <style>
      [data-phx-session] > [class^="if-phx-"] { display: none; }
      .phx-error > .if-phx-error, .phx-client-error > .if-phx-client-error, .phx-server-error > .if-phx-server-error,
      .phx-disconnected > .if-phx-disconnected, .phx-loading > .if-phx-loading { display: block; }
    </style>`,
})
