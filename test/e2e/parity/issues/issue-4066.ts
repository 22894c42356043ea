import { html, LiveComponent, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A hook that pushes an event to its component after both are gone from the page: nobody gets it.
// https://github.com/phoenixframework/phoenix_live_view/issues/4066

const preScript = html`<script>
  window.hooks.LateHook = {
    mounted() {
      const push = () => {
        this.pushEventTo(this.el, 'late', { value: 100 })
        this.liveSocket.js().setAttribute(document.body, 'data-pushed', 'yes')
      }
      this.el.addEventListener('input', () => setTimeout(push, Number(this.el.dataset.delay)))
    },
  }
</script>`

const LateInput = LiveComponent.define<{ delay: string }>({
  module: 'Issue4066.LateInput',
  handleEvent: { late: () => {} },
  render: ({ id, delay, myself }) =>
    html`<input id=${id} phx-hook="LateHook" data-delay=${delay} phx-target=${myself}>`,
})

interface Assigns {
  readonly mountedAt: string
  readonly delay: string
  readonly isShown: boolean
  readonly preScript: unknown
}

export const Issue4066Live = LiveView.define({
  module: 'Issue4066Live',
  mount: ({ delay = '3000' }, _session, socket: LiveViewSocket<Assigns>) =>
    socket.assign({ mountedAt: new Date().toISOString(), delay, isShown: true, preScript }),
  handleEvent: {
    toggle: (_value, socket) => socket.update('isShown', (isShown) => !isShown),
  },
  render: ({ mountedAt, delay, isShown }) => html`
    <p id="render-time">${mountedAt}</p>
    <button phx-click="toggle">Toggle</button>
    ${isShown && LateInput.use({ id: 'foo', delay })}`,
})
