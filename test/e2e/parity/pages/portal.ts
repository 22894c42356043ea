import { self, send, sendInterval } from 'beamish'
import {
  csrfMetaTag,
  each,
  focusWrap,
  html,
  JS,
  LiveComponent,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  liveRender,
  mounted,
  portal,
  type Rendered,
  type RootLayout,
  stream,
  streamInsert,
} from 'beamish/live-view'
import type { ViewEvaluations } from '../evaluations.ts'
import { uniqueNumber } from './unique.ts'

/** The document: its hooks show and hide tips, and tell what they see. */
export const portalDocument: RootLayout = ({ innerContent, conn }) => html`<!doctype html>
  <html lang="en">
    <head>
      ${csrfMetaTag(conn)}
      <script src="/assets/phoenix/phoenix.min.js"></script>
      <style>
        [data-phx-session], [data-phx-teleported-src], .contents { display: contents; }
        .hidden { display: none; }
        .fixed { position: fixed; inset: 0; }
        .dialog-box { position: relative; max-width: 40rem; margin: 2rem auto; padding: 3.5rem; background: white; }
        .bg-gray-300 { position: absolute; top: 0; right: 0; width: 24rem; height: 24rem; background: lightgray; }
        #inner-red-box { position: absolute; top: 0; right: 0; width: 8rem; height: 8rem; background: red; }
        #teleported-menu-content { position: fixed; top: 0; left: 0; z-index: 100; background: white; }
        [role="tooltip"] { position: absolute; z-index: 50; background: lightblue; }
      </style>
      <script type="module">
        import { LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'
        import { hooks as colocatedHooks } from '/assets/colocated/index.js'

        const Tip = {
          mounted() {
            const activator = this.el.querySelector('[data-activator]')
            const later = (command, delayMs) => () => {
              clearTimeout(this.timer)
              this.timer = setTimeout(() => this.exec(command), delayMs)
            }
            for (const name of ['focusin', 'mouseover']) activator.addEventListener(name, later('show', 200))
            for (const name of ['focusout', 'mouseout']) activator.addEventListener(name, later('hide', 50))
            this.el.addEventListener('phx:hide-tooltip', () => this.exec('hide'))
          },
          exec(command) { this.liveSocket.execJS(this.el, this.el.dataset[command]) },
        }
        const InsidePortal = { mounted() { this.js().setAttribute(this.el, 'data-portalhook-mounted', 'true') } }
        const TeleportedButton = {
          mounted() { this.el.addEventListener('click', () => this.pushEventTo(this.el, 'prepend')) },
        }
        window.liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
          params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
          hooks: { ...colocatedHooks, Tip, InsidePortal, TeleportedButton },
        })
        window.liveSocket.connect()
      </script>
    </head>
    <body>
      <main style="padding: 2rem">${innerContent}</main>
      <div id="root-portal"></div>
    </body>
  </html>`

interface Portals {
  readonly param: string | undefined
  readonly next: number
  readonly count: number
  readonly hasModal: boolean
  readonly hasNested: boolean
  readonly clicks: number
}

const tick = (_value: unknown, socket: LiveViewSocket<Portals>) => socket.update('count', (count) => count + 1)

/** Parts of the page that stand elsewhere in the document than in the view. */
export const PortalLive = LiveView.define({
  module: 'PortalLive',
  mount: (params, _session, socket: LiveViewSocket<Portals>) => {
    if (params['tick'] !== 'false' && socket.connected) sendInterval(self(), 'tick', 1000)
    socket.assign({ count: 0, hasModal: true, hasNested: true, clicks: 0 })
    return mounted({ layout: ({ innerContent }) => html`${innerContent}<div id="app-portal"></div>` })
  },
  handleParams: ({ param }, _uri, socket) => socket.assign({ param, next: uniqueNumber() }),
  handleInfo: tick,
  handleEvent: {
    tick,
    toggle_modal: (_value, socket) => socket.update('hasModal', (has) => !has),
    toggle_nested_portals: (_value, socket) => socket.update('hasNested', (has) => !has),
    nested_portal_click: (_value, socket) => socket.update('clicks', (clicks) => clicks + 1),
  },
  render: ({ param, next, count, hasModal, hasNested, clicks }) => html`
    <h1>Modal example</h1>
    <p>Current param: ${param}</p>
    ${button(JS.patch(`/portal?param=${next}`), 'Patch this LiveView')}
    ${button(showModal('my-modal'), 'Open modal')}
    ${button('toggle_modal', 'Toggle modal render')}
    ${button(showModal('my-modal-2').show({ to: '#inner-red-box' }), 'Open second modal')}
    ${button(JS.push('tick'), 'Tick')}
    ${button(JS.navigate('/form'), 'Live navigate')}
    ${hasModal && portal({ id: 'portal-source', target: '#root-portal' }, firstModal(count, next))}
    ${portal({ id: 'portal-source-2', target: '#app-portal' }, secondModal())}
    ${portal({ id: 'portal-with-live-component', target: '#root-portal' }, StreamInPortal.use({ id: 'lc' }))}
    ${liveRender(NestedLive, { id: 'nested' })}
    ${tip('tooltip-example-portal', 'Hover me', count, (id, content) => portal({ id, target: 'body' }, content))}
    ${tip('tooltip-example-no-portal', 'Hover me (no portal)', count, (_id, content) => content)}
    <h2>Nested Portal Test</h2>
    ${button('toggle_nested_portals', 'Toggle nested portals')}
    <p>Nested portal count: <span id="nested-portal-count">${clicks}</span></p>
    ${hasNested && portal({ id: 'nested-portal-source', target: '#root-portal' }, nestedPortals(count))}
    ${modal('non-teleported-modal', modalWithMenu())}
    ${button(showModal('non-teleported-modal'), 'Open non-teleported modal')}`,
})

export const portalEvaluations: ViewEvaluations = { 'send(self(), :tick)': () => send(self(), 'tick') }

const button = (click: unknown, label: string) => html`<button phx-click=${click}>${label}</button>`

function firstModal(count: number, next: number): Rendered {
  const content = html`
    This is a modal.
    <p>DOM patching works as expected: ${count}</p>
    ${button(JS.patch(`/portal?param=${next}`), 'Patch this LiveView')}`
  return html`${modal('my-modal', content)}
    <div id="hook-test" phx-hook="InsidePortal">This should get a data attribute</div>`
}

/** A portal in a portal, and one in that. */
function secondModal(): Rendered {
  const target = '#my-modal-2-content'
  const box = html`<div id="inner-red-box" phx-click-away=${JS.hide()}>test</div>`
  const inner = html`<div class="bg-gray-300">${portal({ id: 'modal-2-inner-portal-2', target, class: 'contents' }, box)}</div>`
  return modal(
    'my-modal-2',
    html`This is a second modal. ${portal({ id: 'modal-2-inner-portal', target, class: 'contents' }, inner)}`,
  )
}

function nestedPortals(count: number): Rendered {
  const inner = html`<div id="inner-portal">
    <p id="nested-portal-content">Tick count: ${count}</p>
    ${button('nested_portal_click', 'Click nested portal button')}
  </div>`
  return html`<div id="outer-portal">
    <h3>Outer Portal</h3>
    ${portal({ id: 'inner-portal-source', target: 'body' }, inner)}
  </div>`
}

function modalWithMenu(): Rendered {
  const menu = html`<div id="teleported-menu-content" class="hidden">
    ${button(JS.hide({ to: '#teleported-menu-content' }), 'Close menu')}
  </div>`
  return html`
    The menu is elsewhere. A click in it is no click away.
    ${button(JS.show({ to: '#teleported-menu-content' }), 'Open menu')}
    ${portal({ id: 'teleported-menu', target: 'body' }, menu)}`
}

function modal(id: string, content: unknown): Rendered {
  const cancel = JS.exec('data-cancel', { to: `#${id}` })
  const box = html`
    <button phx-click=${cancel} type="button" aria-label="close">x</button>
    <div id=${`${id}-content`}>${content}</div>`
  return html`<div id=${id} phx-remove=${hideModal(id)} data-cancel=${JS.exec('phx-remove')} class="hidden">
    <div id=${`${id}-bg`} class="fixed" aria-hidden="true"></div>
    <div class="fixed" role="dialog" aria-modal="true" tabindex="0">${focusWrap(
      {
        id: `${id}-container`,
        class: 'dialog-box hidden',
        'phx-window-keydown': cancel,
        'phx-key': 'escape',
        'phx-click-away': cancel,
      },
      box,
    )}</div>
  </div>`
}

const showModal = (id: string) =>
  JS.show({ to: `#${id}` })
    .show({ to: `#${id}-bg`, timeMs: 300, transition: ['transition-all', 'opacity-0', 'opacity-100'] })
    .show({ to: `#${id}-container`, timeMs: 300, transition: ['transition-all', 'opacity-0', 'opacity-100'] })
    .addClass('overflow-hidden', { to: 'body' })
    .focusFirst({ to: `#${id}-content` })

const hideModal = (id: string) =>
  JS.hide({ to: `#${id}-bg`, transition: ['transition-all', 'opacity-100', 'opacity-0'] })
    .hide({ to: `#${id}-container`, timeMs: 200, transition: ['transition-all', 'opacity-100', 'opacity-0'] })
    .hide({ to: `#${id}`, transition: ['block', 'block', 'hidden'] })
    .removeClass('overflow-hidden', { to: 'body' })
    .popFocus()

/** A button that a tip belongs to, which stands wherever `place` puts it. */
function tip(id: string, label: string, count: number, place: (id: string, content: Rendered) => unknown): Rendered {
  const show = JS.show({ to: `#${id}`, display: 'block', timeMs: 200, transition: 'ease-out', blocking: false })
  const hide = JS.hide({ to: `#${id}`, timeMs: 100, transition: 'ease-in', blocking: false })
  const content = html`<div id=${id} phx-mounted=${JS.ignoreAttributes('style')} role="tooltip" class="hidden">
    Hey there! ${count}
  </div>`
  return html`<div
    id=${`${id}-wrapper`} style="display: inline-block" phx-hook="Tip" data-show=${show} data-hide=${hide}
    phx-window-keydown=${JS.dispatch('phx:hide-tooltip')} phx-key="escape"
  >
    <div aria-describedby=${id} data-activator><button>${label}</button></div>
    ${place(`${id}-portal`, content)}
  </div>`
}

interface Row {
  readonly id: number
}

const StreamInPortal = LiveComponent.define<{ streams: { items: LiveStream<Row> } }>({
  module: 'StreamInPortal',
  update: (_assigns, socket) => stream(socket, 'items', [{ id: 1 }, { id: 2 }]),
  handleEvent: { prepend: (_value, socket) => streamInsert(socket, 'items', { id: 1000 + uniqueNumber() }, { at: 0 }) },
  render: ({ streams, myself }) => html`<div id="teleported-lc">
    <ul id="stream-in-lc" phx-update="stream">${each(
      streams.items,
      ({ id }, domId) => html`<li id=${domId}>Item ${id}</li>`,
    )}</ul>
    <button phx-click="prepend" phx-target=${myself}>Prepend item</button>
    ${portal(
      { id: 'teleported-from-lc-button', target: 'body' },
      html`<button id="lcbtn" phx-hook="TeleportedButton">Prepend item (teleported)</button>`,
    )}
  </div>`,
})

const NestedLive = LiveView.define({
  module: 'NestedLive',
  mount: (_params, _session, socket: LiveViewSocket<{ count: number }>) => socket.assign({ count: 0 }),
  handleEvent: { event: (_value, socket) => socket.update('count', (count) => count + 1) },
  render: ({ count }) => html`<div>
    <h1>Nested LiveView</h1>
    <p id="nested-event-count">${count}</p>
    ${button('event', 'Trigger event in nested LV')}
    ${portal({ id: 'nested-lv-button', target: 'body' }, button('event', 'Trigger event in nested LV (from teleported button)'))}
    ${portal({ id: 'nested-lv', target: 'body' }, liveRender(NestedTeleportedLive, { id: 'nested-teleported' }))}
  </div>`,
})

const NestedTeleportedLive = LiveView.define({
  module: 'NestedTeleportedLive',
  handleEvent: { event: () => {} },
  render: () => html`<h1>Nested teleport LiveView</h1>${button('event', 'Toggle event in teleported LV')}`,
})
