import { html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A hook that sets the id of its element to what it is: the element stays the same one.
// https://github.com/phoenixframework/phoenix_live_view/issues/4325

const preScript = html`<script>
  window.issue4325Lifecycle = { mounted: 0, updated: 0, destroyed: 0 }
  const seen = (step) => { window.issue4325Lifecycle[step]++ }
  window.hooks.IdPassthrough = {
    mounted() {
      seen('mounted')
      this.js().setAttribute(this.el, 'id', this.el.id)
    },
    updated() { seen('updated') },
    destroyed() { seen('destroyed') },
  }
</script>`

export const Issue4325Live = LiveView.define({
  module: 'Issue4325Live',
  mount: (_params, _session, socket: LiveViewSocket<{ count: number; preScript: unknown }>) =>
    socket.assign({ count: 0, preScript }),
  handleEvent: {
    increment: (_value, socket) => socket.update('count', (count) => count + 1),
  },
  render: ({ count }) => html`
    <button phx-click="increment">Increment</button>
    <div id="hooked" phx-hook="IdPassthrough">count is ${count}</div>`,
})
