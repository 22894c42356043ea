import { html, LiveView, link, redirect } from 'beamish/live-view'

// A patch whose handleParams leads elsewhere.
// https://github.com/phoenixframework/phoenix_live_view/issues/4094

export const Issue4094Live = LiveView.define({
  module: 'Issue4094Live',
  handleParams: ({ foo }, _uri, socket) => {
    if (foo === 'bar') redirect(socket, { to: '/navigation/a' })
  },
  render: () => html`${link({ patch: '/issues/4094?foo=bar' }, 'Patch')}`,
})
