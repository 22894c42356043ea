import {
  type Form,
  type FormParams,
  form,
  html,
  inputsFor,
  JS,
  LiveView,
  type LiveViewSocket,
  toForm,
} from 'beamish/live-view'

interface DynamicInputs {
  readonly form: Form
  readonly hasCheckboxes: boolean
  readonly isSubmitted: boolean
}

/** The form sends the users by their index, with the indices of those to sort and to drop. */
const formOf = (params: FormParams): Form => toForm(params, { as: 'my_form', id: 'my-form', lists: ['users'] })

/** A list of inputs that grows and shrinks with what the form sends: with buttons, or with `?checkboxes=1`. */
export const FormDynamicInputsLive = LiveView.define({
  module: 'FormDynamicInputsLive',
  mount: ({ checkboxes }, _session, socket: LiveViewSocket<DynamicInputs>) =>
    socket.assign({ form: formOf({}), hasCheckboxes: checkboxes === '1', isSubmitted: false }),
  handleEvent: {
    validate: ({ my_form }, socket) => socket.assign({ form: formOf(my_form) }),
    save: ({ my_form }, socket) => socket.assign({ form: formOf(my_form), isSubmitted: true }),
  },
  render: ({ form: data, hasCheckboxes, isSubmitted }) => html`
    ${form({ for: data, 'phx-change': 'validate', 'phx-submit': 'save' }, (data) => {
      const name = data.field('name')
      return html`
        <fieldset>
          <input type="text" id=${name.id} name=${name.name} value=${name.value} placeholder="name">
          ${inputsFor(data.field('users'), (user) => userInputs(user, hasCheckboxes))}
        </fieldset>
        <input type="hidden" name="my_form[users_drop][]">
        ${
          hasCheckboxes
            ? html`<label><input type="checkbox" name="my_form[users_sort][]"> add more</label>`
            : html`<button type="button" name="my_form[users_sort][]" value="new" phx-click=${JS.dispatch('change')}>
                add more
              </button>`
        }`
    })}
    ${isSubmitted && html`<p>Form was submitted!</p>`}`,
})

function userInputs(user: Form, hasCheckboxes: boolean) {
  const name = user.field('name')
  return html`<div>
    <input type="hidden" name="my_form[users_sort][]" value=${user.index}>
    <input type="text" id=${name.id} name=${name.name} value=${name.value} placeholder="name">
    ${
      hasCheckboxes
        ? html`<label><input type="checkbox" name="my_form[users_drop][]" value=${user.index}> Remove</label>`
        : html`<button type="button" name="my_form[users_drop][]" value=${user.index} phx-click=${JS.dispatch('change')}>
            Remove
          </button>`
    }
  </div>`
}
