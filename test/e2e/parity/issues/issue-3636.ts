import { focusWrap, html, LiveView } from 'beamish/live-view'

// The focus that comes to a focus wrap from behind goes to the first thing in it.
// https://github.com/phoenixframework/phoenix_live_view/issues/3636

export const Issue3636Live = LiveView.define({
  module: 'Issue3636Live',
  render: () => html`
    <style>.spaced > button { margin-left: 2rem; }</style>
    <div>
      <button>Outside 1</button>
      ${focusWrap(
        { id: 'focus-wrap', class: 'spaced' },
        html`<button id="first">One</button> <button id="second">Two</button> <button id="third">Three</button>`,
      )}
      <button>Outside 2</button>
    </div>`,
})
