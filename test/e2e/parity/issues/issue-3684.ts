import { each, form, html, LiveComponent, LiveView } from 'beamish/live-view'

// A choice in a form that is locked by its own change, and by the click on what the choice stands in.
// https://github.com/phoenixframework/phoenix_live_view/issues/3684

const TYPES = ['huey', 'dewey']

const BadgeForm = LiveComponent.define<{ type: string }, object>({
  module: 'Issue3684.BadgeForm',
  mount: (socket) => socket.assign({ type: 'huey' }),
  handleEvent: {
    'change-type': ({ type }, socket) => socket.assign({ type }),
  },
  render: ({ type: chosen, myself }) => html`<div>
    ${form(
      { id: 'foo', 'phx-change': 'change', 'phx-submit': 'submit' },
      html`<fieldset>
        <legend>Choose one:</legend>
        ${each(
          TYPES,
          String,
          (type) => html`<div phx-click="change-type" phx-value-type=${type} phx-target=${myself}>
            <input type="radio" id=${type} name="type" value=${type} checked=${type === chosen}>
            <label for=${type}>${type}</label>
          </div>`,
        )}
      </fieldset>`,
    )}
  </div>`,
})

export const Issue3684Live = LiveView.define({
  module: 'Issue3684Live',
  handleEvent: { change: () => {}, submit: () => {} },
  render: () => html`${BadgeForm.use({ id: 'badge_form' })}`,
})
