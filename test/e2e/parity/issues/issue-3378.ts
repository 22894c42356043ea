import { each, html, type LiveStream, LiveView, type LiveViewSocket, liveRender, stream } from 'beamish/live-view'

// A stream in a view in a view: all of them join again after a lost connection.
// https://github.com/phoenixframework/phoenix_live_view/issues/3378

const NotificationsLive = LiveView.define({
  module: 'Issue3378.NotificationsLive',
  mount: (_params, _session, socket: LiveViewSocket<{ streams: { notifications: LiveStream<{ id: number }> } }>) => {
    stream(socket, 'notifications', [{ id: 1 }])
  },
  render: ({ streams }) => html`<div>
    <ul id="notifications_list" phx-update="stream">
      ${each(streams.notifications, (_notification, domId) => html`<li id=${domId}><p>big!</p></li>`)}
    </ul>
  </div>`,
})

const AppBarLive = LiveView.define({
  module: 'Issue3378.AppBarLive',
  render: () => html`<div>${liveRender(NotificationsLive, { id: 'notifications' })}</div>`,
})

export const Issue3378Live = LiveView.define({
  module: 'Issue3378Live',
  render: () => html`${liveRender(AppBarLive, { id: 'appbar' })}`,
})
