import { each, type Form, form, html, JS, LiveView, type LiveViewSocket, toForm } from 'beamish/live-view'

// The focus goes to a field of a form that is locked; when the form is patched, it stays there.
// https://github.com/phoenixframework/phoenix_live_view/issues/3448

const VALUES = ['settings', 'content']

const toggle = JS.dispatch('input').focus({ to: '#search' })

export const Issue3448Live = LiveView.define({
  module: 'Issue3448Live',
  mount: (_params, _session, socket: LiveViewSocket<{ choices: Form }>) =>
    socket.assign({ choices: toForm({ a: [] }) }),
  handleEvent: {
    validate: (params, socket) => socket.assign({ choices: toForm(params) }),
    search: () => {},
  },
  render: ({ choices }) => {
    const { name, value } = choices.field('a')
    const chosen = (value ?? []) as readonly string[]
    return form(
      { for: choices, id: 'my_form', 'phx-change': 'validate' },
      () => html`
        <div>
          ${each(chosen, String, (choice) => html`<div>${choice}</div>`)}
          <input id="search" type="search" name="value" phx-change="search">
        </div>
        ${each(
          VALUES,
          String,
          (choice) =>
            html`<input type="checkbox" name=${`${name}[]`} value=${choice} checked=${chosen.includes(choice)} phx-click=${toggle}>`,
        )}`,
    )
  },
})
