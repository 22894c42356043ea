import { html, LiveView, pushEvent, reply } from 'beamish/live-view'

interface Dot {
  readonly x: number
  readonly y: number
}

/**
 * A canvas is the script's: the server keeps the dots and never touches the element (`phx-update="ignore"`). The hook `Canvas` is in
 * `browser/hooks.ts`: it pushes each dot, gets an answer, and draws what the view pushes.
 */
export const HooksLive = LiveView.define<{ dots: readonly Dot[] }>({
  module: 'HooksLive',

  mount: (_params, _session, socket) => socket.assign({ dots: [] }),

  handleEvent: {
    dot: ({ x, y }, socket) => {
      const dots = [...socket.assigns.dots, { x: Number(x), y: Number(y) }]
      socket.assign({ dots })
      return reply({ number: dots.length })
    },
    mirror: (_value, socket) => {
      const dots = socket.assigns.dots.map(({ x, y }) => ({ x: 1 - x, y }))
      socket.assign({ dots })
      pushEvent(socket, 'dots', { dots })
    },
    clear: (_value, socket) => pushEvent(socket.assign({ dots: [] }), 'dots', { dots: [] }),
  },

  render: ({ dots }) => html`<section class="card stack">
    <canvas id="canvas" phx-hook="Canvas" phx-update="ignore" aria-label="A place to draw dots"></canvas>
    <div class="row">
      <button phx-click="mirror" disabled=${dots.length === 0}>Mirror</button>
      <button class="quiet" phx-click="clear" disabled=${dots.length === 0}>Clear</button>
      <p class="hint">The server knows <output>${dots.length}</output> dots. Click into the field.</p>
    </div>
  </section>`,
})
