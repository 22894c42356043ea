import { self, send, sleep } from 'beamish'
import { html, LiveView, liveRender, pushNavigate } from 'beamish/live-view'

// A view goes elsewhere while the view inside it joins.
// https://github.com/phoenixframework/phoenix_live_view/issues/4359

const ChildLive = LiveView.define({
  module: 'Issue4359.ChildLive',
  render: () => html`child`,
})

export const Issue4359Live = LiveView.define({
  module: 'Issue4359Live',
  mount: ({ done }, _session, socket) => {
    if (socket.connected && done !== '1') send(self(), 'go')
  },
  handleInfo: async (_go: 'go', socket) => {
    await sleep(2000) // the inner view joins, and waits for this one
    pushNavigate(socket, { to: '/issues/4359?done=1' })
  },
  render: () => html`${liveRender(ChildLive, { id: 'child' })}`,
})
