import { form, html, LiveView, pushNavigate, toForm } from 'beamish/live-view'

// A field that waits for its blur, in a form whose submit leads to another view: that view gets nothing of it.
// https://github.com/phoenixframework/phoenix_live_view/issues/3194

const { id, name } = toForm({}, { as: 'foo' }).field('store_number')

export const Issue3194Live = LiveView.define({
  module: 'Issue3194Live',
  handleEvent: {
    submit: (_value, socket) => {
      pushNavigate(socket, { to: '/issues/3194/other' })
    },
    validate: () => {},
  },
  render: () =>
    form(
      { 'phx-change': 'validate', 'phx-submit': 'submit' },
      html`<input id=${id} name=${name} type="text" phx-debounce="blur">`,
    ),
})

export const Issue3194OtherLive = LiveView.define({
  module: 'Issue3194OtherLive',
  render: () => html`<h2>Another view</h2>`,
})
