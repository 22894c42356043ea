import { self, send } from 'beamish'
import { html, LiveView, type LiveViewSocket, pushEvent } from 'beamish/live-view'

// A hook inside another one that is locked: when a patch takes it away, it is destroyed, and asks for nothing more.
// https://github.com/phoenixframework/phoenix_live_view/issues/3651

/** More events than that come from hooks that are no longer on the page. */
const MOST_EVENTS = 4096

const preScript = html`<script>
  window.hooks.OuterHook = {
    mounted() { this.pushEvent('outer') },
  }
  window.hooks.InnerHook = {
    mounted() {
      this.handleEvent('again', () => setTimeout(() => this.pushEvent('reload', {}), 50))
    },
    destroyed() {
      document.getElementById('notice').innerHTML = ''
    },
  }
</script>`

export const Issue3651Live = LiveView.define({
  module: 'Issue3651Live',
  mount: (_params, _session, socket: LiveViewSocket<{ number: number; count: number; preScript: unknown }>) => {
    if (socket.connected) send(self(), 'renumber')
    socket.assign({ number: 1, count: 0, preScript })
    pushEvent(socket, 'again')
  },
  handleInfo: (_renumber: 'renumber', socket) => socket.assign({ number: 2 }),
  handleEvent: {
    outer: () => {},
    reload: (_value, socket) => {
      if (socket.assigns.count >= MOST_EVENTS) throw new Error('the events of this page grow without an end')
      pushEvent(socket, 'again').update('count', (count) => count + 1)
    },
  },
  render: ({ number, count }) => html`
    <div id="main" phx-hook="OuterHook">
      <div id=${`id-${number}`} phx-hook="InnerHook"></div>
      One hook in another one.
    </div>
    <div id="counter">Events: <span id="total">${count}</span></div>
    <div id="notice" phx-update="ignore">Gone as soon as the first inner hook is destroyed.</div>`,
})
