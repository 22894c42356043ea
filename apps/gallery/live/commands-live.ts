import { each, focusWrap, html, JS, LiveView } from 'beamish/live-view'

const TABS = [
  { id: 'wood', text: 'Warm, quiet, swells in the rain.' },
  { id: 'stone', text: 'Cold, heavy, there for ever.' },
  { id: 'glass', text: 'Lets everything through but the wind.' },
]

/** Chains of commands: written on the server, performed by the page at once. */
const openDialog = JS.pushFocus()
  .show({ to: '#dialog', transition: ['fading', 'faded', 'shown'], display: 'grid' })
  .focusFirst({ to: '#dialog-content' })
const closeDialog = JS.hide({ to: '#dialog', transition: ['fading', 'shown', 'faded'] }).popFocus()

const showTab = (id: string) =>
  JS.setAttribute(['aria-selected', 'false'], { to: '[role=tab]' })
    .setAttribute(['aria-selected', 'true'], { to: `#tab-${id}` })
    .hide({ to: '[role=tabpanel]' })
    .show({ to: `#panel-${id}` })

export const CommandsLive = LiveView.define<{ pushed: number }>({
  module: 'CommandsLive',

  mount: (_params, _session, socket) => socket.assign({ pushed: 0 }),

  handleEvent: { confirmed: (_value, socket) => socket.update('pushed', (pushed) => pushed + 1) },

  render: ({ pushed }) => html`<section class="card stack">
    <h2>Tabs</h2>
    <div class="tabs" role="tablist">${each(
      TABS,
      ({ id }) => id,
      ({ id }) => html`<button role="tab" id=${`tab-${id}`} aria-controls=${`panel-${id}`}
        aria-selected=${String(id === 'wood')} phx-click=${showTab(id)}>${id}</button>`,
    )}</div>
    ${each(
      TABS,
      ({ id }) => id,
      ({ id, text }) => html`<p role="tabpanel" id=${`panel-${id}`} aria-labelledby=${`tab-${id}`}
        style=${id !== 'wood' && 'display: none'}>${text}</p>`,
    )}
    <h2>A dialog, and a menu</h2>
    <div class="row">
      <button phx-click=${openDialog}>Open the dialog</button>
      <div class="dropdown">
        <button class="quiet" aria-haspopup="true" phx-click=${JS.toggle({ to: '#more' })}>More ▾</button>
        <ul id="more" hidden phx-click-away=${JS.hide()}>
          <li><button class="quiet" phx-click=${JS.toggleClass('spun', { to: '#star' }).hide({ to: '#more' })}>Turn the star</button></li>
          <li><button class="quiet" phx-click=${JS.transition('shaking', { to: '#star', timeMs: 400 }).hide({ to: '#more' })}>Shake it</button></li>
        </ul>
      </div>
      <span id="star" aria-hidden="true">★</span>
    </div>
    <p class="hint">Confirmed <output id="pushed">${pushed}</output> times: only that went to the server.</p>
  </section>
  <div id="dialog" class="dialog" style="display: none" phx-window-keydown=${closeDialog} phx-key="escape">
    ${focusWrap(
      {
        id: 'dialog-content',
        class: 'card stack',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-labelledby': 'dialog-title',
        'phx-click-away': closeDialog,
      },
      html`
      <h2 id="dialog-title">Are you sure?</h2>
      <p>The tab key stays in here, escape closes it, and so does a click beside it.</p>
      <div class="row">
        <button phx-click=${closeDialog.push('confirmed')}>Yes</button>
        <button class="quiet" phx-click=${closeDialog}>No</button>
      </div>`,
    )}
  </div>`,
})
