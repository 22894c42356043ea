import { sleep } from 'beamish'
import {
  type AsyncResult,
  assignAsync,
  asyncResult,
  cancelAsync,
  error,
  html,
  LiveView,
  type LiveViewSocket,
  ok,
} from 'beamish/live-view'

interface Forecast {
  readonly degrees: number
  readonly sky: string
}

const SKIES = ['clear', 'cloudy', 'a little rain']

/** What another server would answer, in its own time. */
async function fetchForecast(attempt: number): Promise<Forecast> {
  await sleep(900)
  return { degrees: 14 + ((attempt * 5) % 11), sky: SKIES[attempt % SKIES.length] ?? '' }
}

type Async = { forecast: AsyncResult<Forecast>; attempt: number }

export const AsyncLive = LiveView.define<Async>({
  module: 'AsyncLive',

  mount: (_params, _session, socket) => {
    socket.assign({ attempt: 0 })
    load(socket)
  },

  handleEvent: {
    again: (_value, socket) => load(socket),
    fail: (_value, socket) =>
      assignAsync(socket, 'forecast', async () => error('the weather station does not answer'), { reset: true }),
    cancel: (_value, socket) => cancelAsync(socket, 'forecast', 'you cancelled it'),
  },

  render: ({ forecast }) => html`<section class="card centred" aria-busy=${forecast.loading !== null && 'true'}>
    ${asyncResult(
      forecast,
      {
        loading: html`<p class="huge waiting">…</p><p>Asking the weather station</p>`,
        failed: ({ reason }) => html`<p class="huge">–</p><p class="error">Sorry: ${String(reason)}.</p>`,
      },
      ({ degrees, sky }) => html`<p class="huge">${degrees}°</p><p>${sky}</p>`,
    )}
    <div class="row">
      <button phx-click="again" disabled=${forecast.loading !== null}>Again</button>
      <button class="quiet" phx-click="fail">Fail</button>
      <button class="quiet" phx-click="cancel" disabled=${forecast.loading === null}>Cancel</button>
    </div>
  </section>`,
})

/** The function runs in a process of its own: it can be slow, or crash, and the view cannot. */
function load(socket: LiveViewSocket<Async>): void {
  const attempt = socket.assigns.attempt + 1
  socket.assign({ attempt })
  assignAsync(socket, 'forecast', async () => ok({ forecast: await fetchForecast(attempt) }), { reset: true })
}
