import { self, sendInterval } from 'beamish'
import { html, LiveView, link, liveRender } from 'beamish/live-view'

/** A view that stands in another one. Its session comes from there; its process is its own. */
const ClockLive = LiveView.define<{ city: string; offset: number; seconds: number }>({
  module: 'ClockLive',
  mount: (_params, session, socket) => {
    if (socket.connected) sendInterval(self(), 'tick', 1000)
    socket.assign({ city: String(session['city']), offset: Number(session['offset']), seconds: 0 })
  },
  handleEvent: {
    crash: () => {
      throw new Error('a clock was asked to crash')
    },
  },
  handleInfo: (_tick, socket) => socket.update('seconds', (seconds) => seconds + 1),
  render: ({ city, offset, seconds }) => html`<div class="card clock">
    <h2>${city}</h2><time>${new Date(Date.now() + offset * 3_600_000).toISOString().slice(11, 19)}</time>
    <small>alive for <output>${seconds}</output> s</small>
    <button class="quiet" phx-click="crash">Crash</button></div>`,
})

/** Sticky: it lives on while the page goes from view to view, as long as each of them shows it. */
const CountingLive = LiveView.define<{ count: number }>({
  module: 'CountingLive',
  mount: (_params, _session, socket) => socket.assign({ count: 0 }),
  handleEvent: { count: (_value, socket) => socket.update('count', (count) => count + 1) },
  render: ({ count }) => html`<div class="card row">
    <button phx-click="count">Count</button> <p>Sticky: <output>${count}</output></p></div>`,
})

export const NestedLive = LiveView.define({
  module: 'NestedLive',
  mount: () => {},
  render: ({ liveAction }) => html`
    <div class="clocks">
      ${liveRender(ClockLive, { id: 'lisbon', session: { city: 'Lisbon', offset: 0 } })}
      ${liveRender(ClockLive, { id: 'tokyo', session: { city: 'Tokyo', offset: 9 } })}
    </div>
    ${liveRender(CountingLive, { id: 'counting', sticky: true })}
    <p>${
      liveAction === 'elsewhere'
        ? html`You are elsewhere. ${link({ navigate: '/nested' }, 'Go back')}: the count comes along, the clocks begin anew.`
        : html`${link({ navigate: '/nested/elsewhere' }, 'Go elsewhere')}: the count comes along, the clocks begin anew.`
    }</p>`,
})
