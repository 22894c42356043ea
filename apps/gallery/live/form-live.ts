import { each, type Form, type FormField, form, html, LiveView, putFlash, toForm, usedErrors } from 'beamish/live-view'
import * as v from 'valibot'

const Booking = v.object({
  name: v.pipe(v.string(), v.trim(), v.minLength(2, 'at least two letters')),
  email: v.pipe(v.string(), v.email('an address such as ada@example.com')),
  seats: v.pipe(
    v.string(),
    v.toNumber(),
    v.integer('a whole number'),
    v.minValue(1, 'at least one'),
    v.maxValue(6, 'at most six'),
  ),
})
type Booking = v.InferOutput<typeof Booking>

interface Bookings {
  form: Form<Booking>
  bookings: readonly Booking[]
}

const bookingForm = (params: object): Form<Booking> =>
  toForm({ seats: '1', ...params }, { as: 'booking', schema: Booking })

/**
 * A form with a schema (here of valibot; zod, arktype and others do as well). Each booking has a form of its own id: of the next one
 * nobody has used a field yet.
 */
export const FormLive = LiveView.define<Bookings>({
  module: 'FormLive',

  mount: (_params, _session, socket) => socket.assign({ form: bookingForm({}), bookings: [] }),

  handleEvent: {
    validate: ({ booking }, socket) => socket.assign({ form: bookingForm(booking) }),
    save: ({ booking }, socket) => {
      const form = bookingForm(booking)
      const { output } = form
      if (output === undefined) return socket.assign({ form }) // with what is wrong
      putFlash(socket, 'info', `Thank you, ${output.name}.`)
      return socket.assign({ form: bookingForm({}), bookings: [...socket.assigns.bookings, output] })
    },
  },

  render: ({ form: booking, bookings }) => html`<section class="card">
    ${form(
      {
        for: booking,
        id: `booking-${bookings.length}`,
        'phx-change': 'validate',
        'phx-submit': 'save',
        class: 'stack',
      },
      (f) => html`
      ${input(f.field('name'), 'Name')} ${input(f.field('email'), 'Email', 'email')} ${input(f.field('seats'), 'Seats', 'number')}
      <button phx-disable-with="Booking…">Book</button>`,
    )}
    ${
      bookings.length > 0 &&
      html`<h2>Booked</h2><ul class="rows">${each(
        bookings,
        (_booking, index) => index,
        ({ name, email, seats }) => html`<li>${seats} for ${name}, ${email}</li>`,
      )}</ul>`
    }
  </section>`,
})

/** A function component: what every field looks like. */
const input = (field: FormField, label: string, type = 'text') => html`<label class="field">${label}
  <input id=${field.id} name=${field.name} type=${type} value=${field.value} aria-invalid=${usedErrors(field).length > 0 && 'true'} phx-debounce="200">
  ${usedErrors(field).map((error) => html`<small class="error">${error}</small>`)}</label>`
