import { type Form, form, html, LiveView, type LiveViewSocket, portal, toForm } from 'beamish/live-view'

// A portal inside a form that is patched while it is locked: what stands at the target is still there.
// https://github.com/phoenixframework/phoenix_live_view/issues/4095

export const Issue4095Live = LiveView.define({
  module: 'Issue4095Live',
  mount: (_params, _session, socket: LiveViewSocket<{ choice: Form }>) =>
    socket.assign({ choice: toForm({ 'show?': 'yes' }) }),
  handleEvent: {
    validate: (params, socket) => socket.assign({ choice: toForm(params) }),
  },
  render: ({ choice }) => html`
    ${form({ for: choice, 'phx-change': 'validate' }, (form) => {
      const { id, name, value } = form.field('show?')
      return html`
        <input type="text" id=${id} name=${name} value=${value}>
        ${portal(
          { id: 'portal', target: '#portal_target' },
          html`<div>${value !== undefined && html`<button>Show?</button>`}</div>`,
        )}`
    })}
    <div id="portal_target"></div>`,
})
