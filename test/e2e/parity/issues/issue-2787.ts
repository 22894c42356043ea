import { type Form, type FormField, form, html, LiveView, type LiveViewSocket, toForm } from 'beamish/live-view'
import { selectOptions } from './select-options.ts'

// What a select offers depends on another one. When the form is submitted, both are empty again.
// https://github.com/phoenixframework/phoenix_live_view/issues/2787

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  greetings: ['hello', 'hallo', 'hei'],
  goodbyes: ['goodbye', 'auf wiedersehen', 'ha det bra'],
}

interface Assigns {
  readonly demo: Form
  readonly choices: readonly string[]
}

const select = ({ id, name, value }: FormField, values: readonly string[]) => html`<div>
  <label for=${id}>${name}</label>
  <select id=${id} name=${name}><option value="">Select</option>${selectOptions(values, [value])}</select>
</div>`

const input = ({ id, name, value }: FormField) => html`<div>
  <label for=${id}>${name}</label> <input type="text" id=${id} name=${name} value=${value}>
</div>`

export const Issue2787Live = LiveView.define({
  module: 'Issue2787Live',
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) =>
    socket.assign({ demo: toForm({}, { as: 'demo' }), choices: [] }),
  handleEvent: {
    updated: ({ demo }, socket) =>
      socket.assign({ demo: toForm(demo, { as: 'demo' }), choices: CHOICES[demo.select1] ?? [] }),
    submitted: (_value, socket) => socket.assign({ demo: toForm({}, { as: 'demo' }), choices: [] }),
  },
  render: ({ demo, choices }) =>
    form(
      { for: demo, 'phx-change': 'updated', 'phx-submit': 'submitted' },
      () => html`
        ${select(demo.field('select1'), Object.keys(CHOICES))}
        ${select(demo.field('select2'), choices)}
        ${input(demo.field('dummy'))}
        <button type="submit">Submit</button>`,
    ),
})
