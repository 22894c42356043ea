import { clearFlash, html, LiveView, pushNavigate, putFlash } from 'beamish/live-view'

/** The layout shows `flash['info']` and `flash['error']`; here they are put there. */
export const FlashLive = LiveView.define({
  module: 'FlashLive',

  mount: () => {},

  handleEvent: {
    good: (_value, socket) => putFlash(socket, 'info', 'Everything is saved.'),
    bad: (_value, socket) => putFlash(socket, 'error', 'The printer is on fire.'),
    clear: (_value, socket) => clearFlash(socket),
    leave: (_value, socket) =>
      pushNavigate(putFlash(socket, 'info', 'You came from the page about flashes.'), { to: '/counter' }),
  },

  render: () => html`<section class="card row">
    <button phx-click="good">Good news</button>
    <button class="bad" phx-click="bad">Bad news</button>
    <button class="quiet" phx-click="clear">Clear</button>
    <button class="quiet" phx-click="leave">Say it on the next page</button>
  </section>`,
})
