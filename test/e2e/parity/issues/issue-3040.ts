import { focusWrap, form, html, JS, LiveView, type LiveViewSocket, link } from 'beamish/live-view'

// A modal that closes on a click beside it: not on the submit of its form, nor when the mouse is only dragged out of it.
// https://github.com/phoenixframework/phoenix_live_view/issues/3040

const ADDRESS = '/issues/3040'
const MODAL = { to: '#my-modal' }
const BACKDROP = { to: '#my-modal-bg' }
const BOX = { to: '#my-modal-container' }

const open = JS.show(MODAL)
  .show({ ...BACKDROP, transition: ['eased', 'clear', 'opaque'] })
  .show({ ...BOX, transition: ['eased', 'clear', 'opaque'] })
  .addClass('still', { to: 'body' })
  .focusFirst({ to: '#my-modal-content' })

const close = JS.hide({ ...BACKDROP, transition: ['eased', 'opaque', 'clear'] })
  .hide({ ...BOX, timeMs: 200, transition: ['eased', 'opaque', 'clear'] })
  .hide({ ...MODAL, transition: ['shown', 'shown', 'hidden'] })
  .removeClass('still', { to: 'body' })
  .popFocus()

const cancel = JS.exec('data-cancel', MODAL)

/** The box lies in the middle of the page, and nothing of it in its outer parts, where the specs click. */
const STYLE = html`<style>
  .layer { position: fixed; inset: 0; z-index: 50; }
  .hidden { display: none; }
  .shown { display: block; }
  .still { overflow: hidden; }
  .eased { transition: opacity 200ms; }
  .clear { opacity: 0; }
  .opaque { opacity: 1; }
  .middle { display: flex; min-height: 100%; align-items: center; justify-content: center; }
  .box { width: 48rem; padding: 3.5rem; background: lightgray; position: relative; }
  .corner { position: absolute; top: 1rem; right: 1rem; }
  #my-modal-bg { background: whitesmoke; }
</style>`

const modal = (content: unknown) => html`<div
  id="my-modal" class="hidden" phx-mounted=${open} phx-remove=${close} data-cancel=${JS.patch(ADDRESS).exec('phx-remove')}
>
  <div id="my-modal-bg" class="layer" aria-hidden="true"></div>
  <div class="layer" role="dialog" aria-modal="true" tabindex="0">
    <div class="middle">
      ${focusWrap(
        {
          id: 'my-modal-container',
          class: 'box hidden',
          'phx-window-keydown': cancel,
          'phx-key': 'escape',
          'phx-click-away': cancel,
        },
        html`
          <button class="corner" type="button" phx-click=${cancel} aria-label="close">x</button>
          <div id="my-modal-content">${content}</div>`,
      )}
    </div>
  </div>
</div>`

export const Issue3040Live = LiveView.define({
  module: 'Issue3040Live',
  mount: (_params, _session, socket: LiveViewSocket<{ isOpen: boolean; isSubmitted: boolean }>) =>
    socket.assign({ isOpen: false, isSubmitted: false }),
  handleParams: (params, _uri, socket) => socket.assign({ isOpen: 'modal' in params }),
  handleEvent: {
    submit: (_value, socket) => socket.assign({ isSubmitted: true }),
  },
  render: ({ isOpen, isSubmitted }) => html`
    ${STYLE}
    ${link({ patch: `${ADDRESS}?modal=true` }, 'Add new')}
    ${
      isOpen &&
      modal(
        form(
          { 'phx-submit': 'submit' },
          html`<input type="text" name="name">${isSubmitted && html`<p>Form was submitted!</p>`}`,
        ),
      )
    }`,
})
