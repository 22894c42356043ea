import { send, sleep } from 'beamish'
import { html, LiveComponent, LiveView, type LiveViewSocket, liveRender, sendUpdate } from 'beamish/live-view'

// A hook's element is locked while its event waits for an inner view. What changes in it meanwhile is not seen before the unlock.
// https://github.com/phoenixframework/phoenix_live_view/issues/4209

const preScript = html`<script>
  window.hooks.LockedPanel = {
    mounted() {
      const start = this.el.querySelector('#start-locked-update')
      start.addEventListener('click', () => this.pushEventTo('#slow-target-child', 'hold-lock', {}))
    },
  }
</script>`

const Label = LiveComponent.define<{ label: string }>({
  module: 'Issue4209.Label',
  render: ({ label }) => html`<div id="locked-child-content"><span id="locked-child-label">${label}</span></div>`,
})

const SlowLive = LiveView.define({
  module: 'Issue4209.SlowLive',
  handleEvent: {
    'hold-lock': async (_value, socket) => {
      if (socket.parentPid !== undefined) send(socket.parentPid, 'change')
      await sleep(800)
    },
  },
  render: () => html`<div id="slow-target-child">a view that takes its time</div>`,
})

export const Issue4209Live = LiveView.define({
  module: 'Issue4209Live',
  mount: (_params, _session, socket: LiveViewSocket<{ outsideCount: number; preScript: unknown }>) =>
    socket.assign({ outsideCount: 0, preScript }),
  handleInfo: (_change: 'change', socket) => {
    sendUpdate(Label, { id: 'locked-child', label: 'child 1' })
    socket.update('outsideCount', (count) => count + 1)
  },
  render: ({ outsideCount }) => html`
    <div id="outside-count">${outsideCount}</div>
    <div id="locked-panel" phx-hook="LockedPanel">
      ${Label.use({ id: 'locked-child', label: 'child 0' })}
      <button id="start-locked-update" type="button">Start locked update</button>
    </div>
    <div id="slow-target">${liveRender(SlowLive, { id: 'slow-target-live' })}</div>`,
})
