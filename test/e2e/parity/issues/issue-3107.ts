import { form, html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A select that is in use keeps its choice when something beside it changes.
// https://github.com/phoenixframework/phoenix_live_view/issues/3107

export const Issue3107Live = LiveView.define({
  module: 'Issue3107Live',
  mount: (_params, _session, socket: LiveViewSocket<{ isDisabled: boolean }>) => socket.assign({ isDisabled: true }),
  handleEvent: {
    validate: (_value, socket) => socket.assign({ isDisabled: false }),
  },
  render: ({ isDisabled }) =>
    form(
      { 'phx-change': 'validate', style: 'display: flex;' },
      html`
        <select><option value="ONE">ONE</option><option value="TWO">TWO</option></select>
        <button disabled=${isDisabled}>OK</button>`,
    ),
})
