import { html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A hook in the document around the view is mounted once, however often the view connects.
// https://github.com/phoenixframework/phoenix_live_view/issues/4147

const preScript = html`<script>
  window.hooks.HookOutside = {
    mounted() { console.log('HookOutside mounted') },
  }
</script>`

const renderInRoot = () => html`<div id="foobar" phx-hook="HookOutside"></div>`

export const Issue4147Live = LiveView.define({
  module: 'Issue4147Live',
  mount: (_params, _session, socket: LiveViewSocket<{ preScript: unknown; renderInRoot: unknown }>) =>
    socket.assign({ preScript, renderInRoot }),
  render: () => html`<h1>Inside</h1>`,
})
