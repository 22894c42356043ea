import { html, LiveComponent, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A hook at the root of a component that pushes several events at once: patches of the locked root are kept for its unlock.
// https://github.com/phoenixframework/phoenix_live_view/issues/4088

const preScript = html`<script>
  window.hooks.EagerHook = {
    mounted() {
      for (let i = 0; i < 3; i++) this.pushEventTo(this.el, 'my_update', {})
    },
  }
</script>`

const Eager = LiveComponent.define<{ test: string | number }>({
  module: 'Issue4088.Eager',
  mount: (socket) => socket.assign({ test: 'value' }),
  handleEvent: {
    my_update: (_value, socket) => socket.assign({ test: Math.random() }),
  },
  render: ({ test, myself }) => html`<div id="foo" phx-hook="EagerHook" phx-target=${myself}>${test}</div>`,
})

export const Issue4088Live = LiveView.define({
  module: 'Issue4088Live',
  mount: (_params, _session, socket: LiveViewSocket<{ preScript: unknown }>) => socket.assign({ preScript }),
  render: () => html`${Eager.use({ id: 'lc' })}`,
})
