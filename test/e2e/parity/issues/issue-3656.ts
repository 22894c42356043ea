import { html, LiveView, link, liveRender } from 'beamish/live-view'

// A link in a sticky view shows that it is clicked until the navigation is over, and no longer.
// https://github.com/phoenixframework/phoenix_live_view/issues/3656

const StickyLive = LiveView.define({
  module: 'Issue3656.StickyLive',
  layout: false,
  render: () => html`<nav>${link({ navigate: '/issues/3656?navigated=true' }, 'Link 1')}</nav>`,
})

export const Issue3656Live = LiveView.define({
  module: 'Issue3656Live',
  render: () => html`${liveRender(StickyLive, { id: 'sticky', sticky: true })}`,
})
