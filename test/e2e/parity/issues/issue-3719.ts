import { html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// Which field changed: the path to it, for plain names and for names in brackets.
// https://github.com/phoenixframework/phoenix_live_view/issues/3719

export const Issue3719Live = LiveView.define({
  module: 'Issue3719Live',
  mount: (_params, _session, socket: LiveViewSocket<{ target: readonly string[] }>) => socket.assign({ target: [] }),
  handleEvent: {
    changed: ({ _target: target }, socket) => socket.assign({ target }),
  },
  render: ({ target }) => html`
    <form phx-change="changed">
      <input id="a" type="text" name="foo">
      <input id="b" type="text" name="foo[bar]">
    </form>
    <span id="target">[${target.map((name) => JSON.stringify(name)).join(', ')}]</span>`,
})
