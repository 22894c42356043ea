import { form, html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A form that is submitted over HTTP after its event: with the button that submitted it.
// https://github.com/phoenixframework/phoenix_live_view/issues/3814

export const Issue3814Live = LiveView.define({
  module: 'Issue3814Live',
  mount: (_params, _session, socket: LiveViewSocket<{ isTriggered: boolean }>) => socket.assign({ isTriggered: false }),
  handleEvent: {
    submit: (_value, socket) => socket.assign({ isTriggered: true }),
  },
  render: ({ isTriggered }) =>
    form(
      { 'phx-submit': 'submit', 'phx-trigger-action': isTriggered, action: '/submit', method: 'post' },
      html`
        <input type="hidden" name="greeting" value="hello">
        <button type="submit" name="i-am-the-submitter" value="submitter-value">Submit</button>`,
    ),
})
