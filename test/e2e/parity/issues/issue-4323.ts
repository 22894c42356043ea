import { html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// What has the focus is left alone by patches, unless it says phx-patch-focused: for inputs and for elements that behave as such.
// https://github.com/phoenixframework/phoenix_live_view/issues/4323

const renderInRoot = () => html`<script>
  customElements.define('issue-4323-face', class extends HTMLElement {
    static formAssociated = true
    constructor() {
      super()
      this.attachInternals()
    }
  })
  customElements.define('issue-4323-delegates-face', class extends HTMLElement {
    static formAssociated = true
    constructor() {
      super()
      this.attachInternals()
      this.attachShadow({ mode: 'open', delegatesFocus: true }).innerHTML = '<input type="text"><slot></slot>'
    }
  })
</script>`

export const Issue4323Live = LiveView.define({
  module: 'Issue4323Live',
  mount: (_params, _session, socket: LiveViewSocket<{ counter: number; renderInRoot: unknown }>) =>
    socket.assign({ counter: 0, renderInRoot }),
  render: ({ counter }) => html`<form id="test-form">
    <issue-4323-face id="face-default" tabindex="0"><span id="face-default-child">count:${counter}</span></issue-4323-face>
    <issue-4323-face id="face-opt-in" tabindex="0" phx-patch-focused><span id="face-opt-in-child">count:${counter}</span></issue-4323-face>
    <issue-4323-delegates-face id="face-delegates" phx-patch-focused><span id="face-delegates-child">count:${counter}</span></issue-4323-delegates-face>
    <input id="native-default" value=${counter}>
    <input id="native-opt-in" value=${counter} phx-patch-focused>
  </form>`,
})
