import type { Handler } from 'beamish/endpoint'
import {
  each,
  html,
  type LiveLayout,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  link,
  pushNavigate,
  pushPatch,
  type Rendered,
  renderPage,
  stream,
} from 'beamish/live-view'
import { uniqueNumber } from './unique.ts'

/** Links to all of these pages, and a box that forbids to leave. */
export const navigationLayout: LiveLayout = ({ innerContent }) => html`
  <script src="/assets/phoenix/phoenix.min.js"></script>
  <script type="module">
    import { LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'

    window.liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
      params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
      reloadJitterMin: 50,
      reloadJitterMax: 500,
    })
    window.liveSocket.connect()
    window.addEventListener('phx:before-navigate', (event) => {
      if (document.getElementById('prevent-navigation-toggle')?.checked) event.preventDefault()
    })
    window.addEventListener('phx:navigate', ({ detail }) => console.log('navigate event', JSON.stringify(detail)))
  </script>
  <style>
    body { margin: 0; font: 1rem sans-serif; }
    nav { position: fixed; width: 20rem; padding: 1rem; }
    nav > * { display: block; padding: 0.5rem; }
    main { margin-left: 22rem; padding: 2rem; }
  </style>
  <nav>
    <label><input id="prevent-navigation-toggle" type="checkbox"> Prevent navigation</label>
    ${link({ navigate: '/navigation/a' }, 'LiveView A')}
    ${link({ navigate: '/navigation/b' }, 'LiveView B')}
    ${link({ navigate: '/stream' }, 'LiveView (other session)')}
    ${link({ navigate: '/navigation/dead' }, 'Dead View')}
  </nav>
  <main>${innerContent}</main>`

/** A page whose patches bring a new address each time. */
export const NavigationA = LiveView.define({
  module: 'NavigationA',
  handleParams: ({ param }, _uri, socket: LiveViewSocket<{ current: string | undefined; next: number }>) =>
    socket.assign({ current: param, next: uniqueNumber() }),
  handleEvent: { server_navigate: (_value, socket) => pushNavigate(socket, { to: '/navigation/b' }) },
  render: ({ current, next }) => html`
    <h1>This is page A</h1>
    <p>Current param: ${current}</p>
    ${link({ patch: `/navigation/a?param=${next}` }, 'Patch this LiveView')}
    ${link({ patch: `/navigation/a?param=${next}`, replace: true }, 'Patch (Replace)')}
    ${link({ navigate: '/navigation/b#items-item-42' }, 'Navigate to 42')}
    <button type="button" phx-click="server_navigate">Server Navigate</button>`,
})

interface Item {
  readonly id: string
  readonly name: number
}

interface Listing {
  readonly hasContainer: boolean
  readonly id: string
  readonly streams: { readonly items: LiveStream<Item> }
}

/** A long list, in the page or in a box that scrolls, and one of its items. */
export const NavigationB = LiveView.define({
  module: 'NavigationB',
  handleParams: ({ container, id }, _uri, socket: LiveViewSocket<Listing>) => {
    socket.assign({ hasContainer: container !== undefined })
    if (socket.assigns.liveAction === 'show') socket.assign({ id })
    else stream(socket, 'items', hundredItems())
  },
  render: ({ liveAction, hasContainer, id, streams }) => html`
    <h1>This is page B</h1>
    <a href="#items-item-42">Go to 42.</a>
    ${liveAction === 'index' && itemList(streams.items, hasContainer)}
    ${liveAction === 'show' && html`<div><p>Item ${id}</p></div>`}`,
})

function hundredItems(): Item[] {
  return Array.from({ length: 100 }, (_, index) => ({ id: `item-${index + 1}`, name: index + 1 }))
}

function itemList(items: LiveStream<Item>, hasContainer: boolean): Rendered {
  const style = ['border: 1px solid #e2e8f0', 'position: relative', hasContainer && 'height: 85vh; overflow-y: scroll']
  return html`<div id="my-scroll-container" style=${style}>
    <ul id="items" phx-update="stream">${each(
      items,
      ({ id, name }, domId) => html`<li id=${domId} style="padding: 0.5rem">
        ${link({ patch: `/navigation/b/${id}` }, `Item ${name}`)}
      </li>`,
    )}</ul>
  </div>`
}

/** A page in the same layout without a view. */
export const deadPage: Handler = (request, conn) =>
  renderPage(request, conn, navigationLayout({ innerContent: html`<h1>Dead view</h1>` }))

/** A page that patches to itself without end, until it is joined at that address. */
export const RedirectLoop = LiveView.define({
  module: 'RedirectLoop',
  mount: ({ loop }, _session, socket: LiveViewSocket<{ message: string; isLooping: boolean }>) =>
    socket.assign({ message: loop ? 'Too many redirects' : '', isLooping: !loop }),
  handleParams: ({ loop }, _uri, socket) => {
    if (loop && socket.assigns.isLooping) pushPatch(socket, { to: '/navigation/redirectloop?loop=true' })
  },
  render: ({ message }) => html`
    ${message !== '' && html`<div id="message">${message}</div>`}
    ${link({ patch: '/navigation/redirectloop?loop=true' }, 'Redirect Loop')}`,
})
