import { form, html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A form without fields: there is nothing to recover, and the page is ready after a reconnect.
// https://github.com/phoenixframework/phoenix_live_view/issues/3819

export const Issue3819Live = LiveView.define({
  module: 'Issue3819Live',
  mount: (_params, _session, socket: LiveViewSocket<{ isBack: boolean }>) => socket.assign({ isBack: false }),
  handleEvent: {
    validate: () => {},
    save: () => {},
    reconnected: (_value, socket) => socket.assign({ isBack: true }),
  },
  render: ({ isBack }) => html`
    ${form({ id: 'recover', 'phx-change': 'validate', 'phx-submit': 'save' }, html`<button>Submit</button>`)}
    ${isBack && html`<p id="reconnected">Back again</p>`}`,
})
