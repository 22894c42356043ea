import { sleep } from 'beamish'
import {
  type Form,
  type FormField,
  form,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  sendUpdate,
  toForm,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// Components in components that leave the page and are back in the next message, with another record: all of them show it.
// https://github.com/phoenixframework/phoenix_live_view/issues/3169

interface Entry {
  readonly id: number
  readonly name: string
}

const innerInput = ({ value }: FormField) => html`<div>${value} <input type="text" value=${value}></div>`

const outerInput = (field: FormField) =>
  html`<div>${field.value} <input type="text" value=${field.value}> ${innerInput(field)}</div>`

const Column = LiveComponent.define<{ form: Form }>({
  module: 'Issue3169.Column',
  render: ({ form }) => html`<div>
    FormColumn (c3) <input type="text" value=${form.field('name').value}>
    ${outerInput(form.field('name'))}
  </div>`,
})

const Core = LiveComponent.define<{ record: Entry }>({
  module: 'Issue3169.Core',
  render: ({ record }) => html`<div>
    FormCore (c2)
    ${form({ for: toForm({ ...record }) }, (form) => html`${Column.use({ id: `column-${record.id}`, form })}`)}
  </div>`,
})

interface LoaderProps {
  readonly selected?: string | undefined
  readonly load?: string
}

const Loader = LiveComponent.define<{ record: Entry | undefined }, LoaderProps>({
  module: 'Issue3169.Loader',
  mount: (socket) => socket.assign({ record: undefined }),
  update: async ({ id, selected, load }, socket) => {
    if (load !== undefined) {
      await sleep(50)
      socket.assign({ record: { id: Math.random(), name: `Record ${load}` } })
    } else if (selected !== undefined) {
      sendUpdate(Loader, { id, load: selected })
      socket.assign({ record: undefined })
    }
  },
  render: ({ record }) => html`<div>
    FormComponent (c1)
    ${record !== undefined && html`<div>${Core.use({ id: 'core', record })}</div>`}
    <hr>
  </div>`,
})

export const Issue3169Live = LiveView.define({
  module: 'Issue3169Live',
  layout: liveLayout,
  mount: (_params, _session, socket: LiveViewSocket<{ selected: string | undefined }>) =>
    socket.assign({ selected: undefined }),
  handleEvent: {
    select: ({ name }, socket) => socket.assign({ selected: name }),
  },
  render: ({ selected }) => html`
    ${Loader.use({ id: 'form_view', selected })}
    <button id="select-a" phx-click="select" phx-value-name="a">Select A</button>
    <button id="select-b" phx-click="select" phx-value-name="b">Select B</button>
    <button id="select-z" phx-click="select" phx-value-name="z">Select Z</button>`,
})
