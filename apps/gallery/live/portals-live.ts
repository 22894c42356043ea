import { each, html, LiveView, portal } from 'beamish/live-view'

const PLANETS = ['Mercury', 'Venus', 'Earth', 'Mars', 'Jupiter', 'Saturn', 'Uranus', 'Neptune']

interface Planets {
  chosen: string | null
  visited: readonly string[]
}

/**
 * The panel belongs to this view: its buttons send their events here. It is shown in `#overlays`, at the end of the document, because the
 * box that it stands in cuts off what is larger.
 */
export const PortalsLive = LiveView.define<Planets>({
  module: 'PortalsLive',

  mount: (_params, _session, socket) => socket.assign({ chosen: null, visited: [] }),

  handleEvent: {
    choose: ({ name }, socket) => socket.assign({ chosen: name }),
    close: (_value, socket) => socket.assign({ chosen: null }),
    visit: ({ name }, socket) => socket.assign({ chosen: null, visited: [...socket.assigns.visited, name] }),
  },

  render: ({ chosen, visited }) => html`<section class="card stack">
    <div class="clipped">
      <ul class="rows">${each(
        PLANETS,
        (name) => name,
        (name) => html`<li><span>${name}</span>
          <button class="quiet" aria-label=${`Look at ${name}`} phx-click="choose" phx-value-name=${name}>Look</button></li>`,
      )}</ul>
      ${
        chosen !== null &&
        portal(
          { id: 'planet', target: '#overlays', class: 'dialog' },
          html`<div class="card stack" role="dialog" aria-label=${chosen} phx-click-away="close">
            <h2>${chosen}</h2><p>This stands inside of a box that scrolls, and is shown outside of it.</p>
            <div class="row"><button phx-click="visit" phx-value-name=${chosen}>Visit</button>
              <button class="quiet" phx-click="close">Close</button></div></div>`,
        )
      }
    </div>
    <p class="hint">Visited: <output>${visited.length === 0 ? 'none yet' : visited.join(', ')}</output></p>
  </section>`,
})
