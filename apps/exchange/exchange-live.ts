import { self } from 'beamish'
import { html, LiveView, type LiveViewSocket, pushEvent } from 'beamish/live-view'
import { CLIENTS, type Client, Clients, ForPage } from './clients.ts'

interface Exchange {
  /** Who this browser is, once it has said so. */
  readonly client: Client | null
}

/**
 * A page whose script talks to those of other browsers. The view itself shows nothing of it: it carries what its script says to the
 * process that knows all views, and what comes from there to its script.
 */
export const ExchangeLive = LiveView.define<Exchange>({
  module: 'ExchangeLive',

  mount: (_params, _session, socket) => {
    socket.assign({ client: null })
  },

  handleEvent: {
    client_helo: async ({ id, name }, socket) => {
      const client: Client = { id: String(id), name: String(name) }
      socket.assign({ client })
      await Clients.call(CLIENTS, 'helo', { client, view: self() })
    },

    direct: ({ to, text }, socket) => {
      const { client } = socket.assigns
      if (client === null) return // it has not said who it is
      Clients.cast(CLIENTS, 'direct', {
        to: String(to),
        event: 'message',
        payload: { from: client, text: String(text) },
      })
    },

    /** The answer to a newcomer goes to that one alone. */
    client_response: ({ to }, socket) => {
      const { client } = socket.assigns
      if (client !== null) Clients.cast(CLIENTS, 'direct', { to: String(to), event: 'response', payload: client })
    },
  },

  handleInfo: (message, socket: LiveViewSocket<Exchange>) => {
    if (message instanceof ForPage) pushEvent(socket, message.event, message.payload)
  },

  render: ({ client }) => html`<main class="card">
    <h1>Exchange</h1>
    <p>You are <strong id="me">${client === null ? '…' : client.name}</strong>. Open this page in other browsers: they find one another.</p>
    <div id="exchange" phx-hook="Exchange" phx-update="ignore">
      <h2>Here too</h2>
      <ul id="others" aria-live="polite"></ul>
      <h2>Heard</h2>
      <ol id="log" aria-live="polite"></ol>
    </div>
  </main>`,
})
