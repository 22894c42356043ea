import { attachHook, cont, each, html, JS, LiveView, type LiveViewSocket, pushNavigate } from 'beamish/live-view'

// The old page stays in sight while its elements go away slowly: its events are not for the view that follows.
// https://github.com/phoenixframework/phoenix_live_view/issues/4290

export const Issue4290ALive = LiveView.define({
  module: 'Issue4290ALive',
  handleEvent: {
    navigate: (_value, socket) => {
      pushNavigate(socket, { to: '/issues/4290/b' })
    },
    validate: () => {},
  },
  render: () => html`
    <h1>A</h1>
    <div id="slow-remove" phx-remove=${JS.transition('fade-out', { timeMs: 1500 })}>goes away slowly</div>
    <form id="form" phx-change="validate"><input type="text" name="name"></form>
    <button phx-click="navigate">Navigate</button>`,
})

export const Issue4290BLive = LiveView.define({
  module: 'Issue4290BLive',
  mount: (_params, _session, socket: LiveViewSocket<{ events: readonly string[] }>) => {
    socket.assign({ events: [] })
    attachHook(socket, 'all', 'handleEvent', (event, _value, socket) => {
      socket.update('events', (events) => [...events, event])
      return cont()
    })
  },
  render: ({ events }) => html`
    <h1>B</h1>
    <span id="event-count">${events.length}</span>
    ${each(
      events,
      (_event, index) => index,
      (event, index) => html`<div id=${`event-${index}`}>${event}</div>`,
    )}`,
})
