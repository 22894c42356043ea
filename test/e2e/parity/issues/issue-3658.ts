import { html, JS, LiveView, link, liveRender } from 'beamish/live-view'

// What has a phx-remove in a sticky view stays when the page goes to another view.
// https://github.com/phoenixframework/phoenix_live_view/issues/3658

const StickyLive = LiveView.define({
  module: 'Issue3658.StickyLive',
  layout: false,
  render: () => html`<div><div id="foo" phx-remove=${JS.dispatch('my-event')}>Hi</div></div>`,
})

export const Issue3658Live = LiveView.define({
  module: 'Issue3658Live',
  render: () => html`
    ${link({ navigate: '/issues/3658?navigated=true' }, 'Link 1')}
    ${liveRender(StickyLive, { id: 'sticky', sticky: true })}`,
})
