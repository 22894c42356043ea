import { each, html, LiveView } from 'beamish/live-view'

interface Bird {
  readonly id: number
  readonly name: string
}

const NAMES = ['Blackbird', 'Kingfisher', 'Nightingale', 'Wren', 'Swift', 'Robin', 'Nuthatch', 'Goldcrest']

interface Lists {
  birds: readonly Bird[]
  nextId: number
}

/**
 * Rows with keys: one that moves is told to the page as a number. The notes are the page's own (`phx-update="ignore"`): the server
 * knows nothing of them, and they go along with their rows.
 */
export const ListsLive = LiveView.define<Lists>({
  module: 'ListsLive',

  mount: (_params, _session, socket) => {
    const birds = NAMES.slice(0, 4).map((name, index) => ({ id: index + 1, name }))
    socket.assign({ birds, nextId: 5 })
  },

  handleEvent: {
    add: (_value, socket) => {
      const { birds, nextId } = socket.assigns
      const name = NAMES[(nextId - 1) % NAMES.length] ?? ''
      socket.assign({ birds: [...birds, { id: nextId, name }], nextId: nextId + 1 })
    },
    remove: ({ id }, socket) => socket.update('birds', (birds) => birds.filter((bird) => bird.id !== Number(id))),
    reverse: (_value, socket) => socket.update('birds', (birds) => birds.toReversed()),
    sort: (_value, socket) => socket.update('birds', (birds) => birds.toSorted((a, b) => a.name.localeCompare(b.name))),
  },

  render: ({ birds }) => html`<section class="card stack">
    <div class="row">
      <button phx-click="add">Add</button>
      <button class="quiet" phx-click="reverse">Reverse</button>
      <button class="quiet" phx-click="sort">Sort</button>
    </div>
    <ul class="rows">${each(
      birds,
      (bird) => bird.id,
      ({ id, name }) => html`<li id=${`bird-${id}`}>
        <span>${name}</span> <input class="note" id=${`note-${id}`} phx-update="ignore" aria-label=${`A note on ${name}`} placeholder="a note">
        <button class="quiet" aria-label=${`Remove ${name}`} phx-click="remove" phx-value-id=${id}>×</button></li>`,
    )}</ul>
    ${birds.length === 0 && html`<p class="hint">No birds left.</p>`}
  </section>`,
})
