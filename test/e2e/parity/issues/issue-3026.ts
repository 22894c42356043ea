import { self, send, sleep } from 'beamish'
import { html, LiveComponent, LiveView, type LiveViewSocket } from 'beamish/live-view'
import { selectOptions } from './select-options.ts'

// A component that leaves the page and is back before the browser has said that it is gone.
// https://github.com/phoenixframework/phoenix_live_view/issues/3026

const STATUSES = ['connecting', 'loading', 'connected', 'loaded']

interface Person {
  readonly name: string
  readonly email: string
}

interface Assigns extends Person {
  readonly status: string
}

const PersonForm = LiveComponent.define<Person>({
  module: 'Issue3026.PersonForm',
  render: ({ name, email }) => html`<div>
    <form phx-change="validate" phx-submit="submit">
      <input name="name" type="text" value=${name}>
      <input name="email" type="text" value=${email}>
      <button type="submit">Submit</button>
    </form>
  </div>`,
})

const content = ({ status, name, email }: Assigns) =>
  status === 'loaded' ? PersonForm.use({ id: 'my-form', name, email }) : html`<div class="status">${status}</div>`

export const Issue3026Live = LiveView.define({
  module: 'Issue3026Live',
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) => {
    if (socket.connected) send(self(), 'load')
    socket.assign({ status: socket.connected ? 'loading' : 'connecting', name: '', email: '' })
  },
  handleInfo: async (_load: 'load', socket) => {
    await sleep(200)
    socket.assign({ status: 'loaded', name: 'John', email: '' })
  },
  handleEvent: {
    change_status: ({ status }, socket) => socket.assign({ status }),
    validate: ({ name, email }, socket) => socket.assign({ name, email }),
    submit: (_value, socket) => {
      send(self(), 'load')
      socket.assign({ status: 'loading' })
    },
  },
  render: (assigns) => html`
    <form phx-change="change_status">
      <select name="status">
        ${selectOptions(STATUSES, [assigns.status])}
      </select>
    </form>
    ${content(assigns)}`,
})
