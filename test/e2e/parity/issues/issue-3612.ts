import { html, LiveView, link, liveRender, pushNavigate } from 'beamish/live-view'

// A sticky view that navigates the page with pushNavigate stays connected.
// https://github.com/phoenixframework/phoenix_live_view/issues/3612

const StickyLive = LiveView.define({
  module: 'Issue3612.StickyLive',
  layout: false,
  handleEvent: {
    navigate: ({ to }, socket) => {
      pushNavigate(socket, { to })
    },
  },
  render: () => html`<div>
    ${link({ 'phx-click': 'navigate', 'phx-value-to': '/issues/3612/a' }, 'Go to page A')}
    ${link({ 'phx-click': 'navigate', 'phx-value-to': '/issues/3612/b' }, 'Go to page B')}
  </div>`,
})

const pageNamed = (name: string) =>
  LiveView.define({
    module: `Issue3612${name}Live`,
    render: () => html`${liveRender(StickyLive, { id: 'sticky', sticky: true })}<h1>Page ${name}</h1>`,
  })

export const Issue3612ALive = pageNamed('A')
export const Issue3612BLive = pageNamed('B')
