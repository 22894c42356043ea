import { html, LiveView } from 'beamish/live-view'

/** A click, a key, and a value that comes along. */
export const CounterLive = LiveView.define<{ count: number }>({
  module: 'CounterLive',

  mount: (_params, _session, socket) => socket.assign({ count: 0 }),

  handleEvent: {
    add: ({ by }, socket) => socket.update('count', (count) => count + Number(by)),
    key: ({ key }, socket) => {
      if (key === 'ArrowUp') socket.update('count', (count) => count + 1)
      if (key === 'ArrowDown') socket.update('count', (count) => count - 1)
    },
    reset: (_value, socket) => socket.assign({ count: 0 }),
  },

  render: ({ count }) => html`<section class="card centred" phx-window-keydown="key">
    <output class="huge">${count}</output>
    <div class="row">
      <button phx-click="add" phx-value-by="-1" aria-label="One less">−</button>
      <button phx-click="add" phx-value-by="1" aria-label="One more">+</button>
      <button phx-click="add" phx-value-by="10">+10</button>
      <button class="quiet" phx-click="reset" disabled=${count === 0}>Reset</button>
    </div>
    <p class="hint">The arrow keys work too: ↑ and ↓.</p>
  </section>`,
})
