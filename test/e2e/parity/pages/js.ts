import { html, JS, LiveView, type LiveViewSocket } from 'beamish/live-view'

const to = '#my-modal'

const show = JS.show({ to, transition: 'fade-in', timeMs: 50 })
  .setAttribute(['aria-expanded', 'true'], { to })
  .setAttribute(['open', 'true'], { to })
const hide = JS.hide({ to, transition: 'fade-out', timeMs: 50 })
  .setAttribute(['aria-expanded', 'false'], { to })
  .removeAttribute('open', { to })
const toggle = JS.toggle({ to, in: 'fade-in', out: 'fade-out', timeMs: 50 })
  .toggleAttribute(['aria-expanded', 'true', 'false'], { to })
  .toggleAttribute(['open', 'true'], { to })

/** Commands without the server, and an element whose attributes a patch leaves alone. */
export const JsLive = LiveView.define({
  module: 'JsLive',
  mount: (_params, _session, socket: LiveViewSocket<{ count: number }>) => socket.assign({ count: 0 }),
  handleEvent: { increment: (_value, socket) => socket.update('count', (count) => count + 1) },
  render: ({ count }) => html`
    <div id="my-modal" aria-expanded="false" style="display: none;">Test</div>
    <button phx-click=${show}>show modal</button>
    <button phx-click=${hide}>hide modal</button>
    <button phx-click=${toggle}>toggle modal</button>
    <details phx-mounted=${JS.ignoreAttributes(['open'])}>
      <summary>Details</summary>
      <button phx-click="increment">${count}</button>
    </details>`,
})
