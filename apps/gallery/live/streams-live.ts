import { each, html, type LiveStream, LiveView, type LiveViewSocket, stream, streamDelete } from 'beamish/live-view'

interface Entry {
  readonly id: number
  readonly text: string
}

interface Streams {
  streams: { entries: LiveStream<Entry> }
  /** The pages of entries that are on the page now. */
  first: number
  last: number
}

const PAGE_SIZE = 20
const LAST_PAGE = 49

/** What a database would answer. */
const entriesOn = (page: number): Entry[] =>
  Array.from({ length: PAGE_SIZE }, (_, index) => page * PAGE_SIZE + index + 1).map((id) => ({
    id,
    text: `Entry ${id}`,
  }))

/** A list that is scrolled without end, in both directions: what leaves the view at one end is taken off the page. */
export const StreamsLive = LiveView.define<Streams>({
  module: 'StreamsLive',

  mount: (_params, _session, socket) => {
    socket.assign({ first: 0, last: 0 })
    stream(socket, 'entries', entriesOn(0))
  },

  handleEvent: {
    down: (_value, socket) => show(socket, socket.assigns.last + 1),
    up: (value, socket) => (value['_overran'] ? show(socket, 0) : show(socket, socket.assigns.first - 1)),
    remove: ({ id }, socket) => streamDelete(socket, 'entries', { id: Number(id), text: '' }),
  },

  render: ({ streams, first, last }) => html`<section class="card">
    <ul id="entries" class="rows scrolls" phx-update="stream" tabindex="0" aria-label="Entries"
      phx-viewport-top=${first > 0 && 'up'} phx-viewport-bottom=${last < LAST_PAGE && 'down'}>${each(
        streams.entries,
        ({ id, text }, domId) => html`<li id=${domId}><span>${text}</span>
          <button class="quiet" aria-label=${`Remove ${text}`} phx-click="remove" phx-value-id=${id}>×</button></li>`,
      )}</ul>
    <p class="hint">Entries ${first * PAGE_SIZE + 1} to ${(last + 1) * PAGE_SIZE} of ${(LAST_PAGE + 1) * PAGE_SIZE} are on the page.</p>
  </section>`,
})

/** Puts one more page of entries at its end of the list. Three of them stay. */
function show(socket: LiveViewSocket<Streams>, page: number): void {
  const { first, last } = socket.assigns
  if (page < 0 || page > LAST_PAGE) return
  if (page > last) {
    stream(socket, 'entries', entriesOn(page), { at: -1, limit: -3 * PAGE_SIZE })
    socket.assign({ last: page, first: Math.max(first, page - 2) })
  } else if (page < first) {
    const entries = entriesOn(page).reverse() // each goes to the front
    const isNext = page === first - 1
    stream(socket, 'entries', entries, { at: 0, limit: 3 * PAGE_SIZE, reset: !isNext })
    socket.assign({ first: page, last: isNext ? Math.min(last, page + 2) : page })
  }
}
