import { html, LiveComponent, LiveView, type LiveViewSocket } from 'beamish/live-view'

// The root of a component gets another id: its hook is mounted anew, and what is inside is shown.
// https://github.com/phoenixframework/phoenix_live_view/issues/4334

const preScript = html`<script>
  window.hooks.RootChange = {
    mounted() { console.log('MyHook mounted') },
    updated() { console.log('MyHook updated') },
  }
</script>`

const Changing = LiveComponent.define<{ isChanged: boolean }>({
  module: 'Issue4334.Changing',
  mount: (socket) => socket.assign({ isChanged: false }),
  handleEvent: {
    'change-root-id': (_value, socket) => socket.assign({ isChanged: true }),
  },
  render: ({ isChanged, myself }) => html`<section id=${isChanged ? 'new-root' : 'old-root'} phx-hook="RootChange">
    <button id="change-root" phx-click="change-root-id" phx-target=${myself}>Change component root ID</button>
    <p id=${isChanged ? 'new-child' : 'old-child'}>${isChanged ? 'NEW CHILD SHOULD REMAIN VISIBLE' : 'The old child'}</p>
  </section>`,
})

export const Issue4334Live = LiveView.define({
  module: 'Issue4334Live',
  mount: (_params, _session, socket: LiveViewSocket<{ preScript: unknown }>) => socket.assign({ preScript }),
  render: () => html`<main>${Changing.use({ id: 'demo-component' })}</main>`,
})
