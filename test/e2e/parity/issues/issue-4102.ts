import { type Form, form, html, LiveView, type LiveViewSocket, toForm } from 'beamish/live-view'

// A debounced field that belongs to a form in which it does not stand.
// https://github.com/phoenixframework/phoenix_live_view/issues/4102

export const Issue4102Live = LiveView.define({
  module: 'Issue4102Live',
  mount: (_params, _session, socket: LiveViewSocket<{ person: Form }>) =>
    socket.assign({ person: toForm({ name: 'Test' }) }),
  handleEvent: {
    validate: ({ name }, socket) => socket.assign({ person: toForm({ name }) }),
    submit: ({ name }, socket) => socket.assign({ person: toForm({ name }) }),
  },
  render: ({ person }) => {
    const { id, name, value } = person.field('name')
    return html`<div>
      <input type="text" form="my-form" id=${id} name=${name} value=${value} phx-debounce="500">
      ${form(
        { for: person, id: 'my-form', 'phx-change': 'validate', 'phx-submit': 'submit' },
        html`<button type="submit" phx-disable-with="Submitting...">Submit</button>`,
      )}
    </div>`
  },
})
