import { self, send } from 'beamish'
import { each, html, LiveComponent, LiveView, type Rendered } from 'beamish/live-view'

const FRUIT = [
  { id: 'apple', cents: 40 },
  { id: 'pear', cents: 55 },
  { id: 'quince', cents: 90 },
]

/** A live component: it keeps its own count and handles its own events, because they are sent to `myself`. */
const Picker = LiveComponent.define<{ count: number; cents: number }>({
  module: 'Picker',
  mount: (socket) => socket.assign({ count: 0 }),
  handleEvent: {
    pick: ({ by }, socket) => {
      const { id, cents } = socket.assigns
      const count = Math.max(0, socket.assigns.count + Number(by))
      socket.assign({ count })
      send(self(), { type: 'picked', id, cents: count * cents }) // the view's process is the component's too
    },
  },
  render: ({ id, count, cents, myself }) => html`<li>
    <span>${id}</span> <small>${price(cents)}</small>
    <button class="quiet" aria-label=${`Less ${id}`} phx-click="pick" phx-value-by="-1" phx-target=${myself} disabled=${count === 0}>−</button>
    <output>${count}</output>
    <button class="quiet" aria-label=${`More ${id}`} phx-click="pick" phx-value-by="1" phx-target=${myself}>+</button></li>`,
})

/** A function component with a slot: no state, no events, only markup. */
const titled = (title: string, content: Rendered): Rendered => html`<h2>${title}</h2>${content}`

export const ComponentsLive = LiveView.define<{ sums: Readonly<Record<string, number>> }>({
  module: 'ComponentsLive',

  mount: (_params, _session, socket) => socket.assign({ sums: {} }),

  handleInfo: ({ id, cents }, socket) => socket.update('sums', (sums) => ({ ...sums, [id]: cents })),

  render: ({ sums }) => html`<section class="card">
    ${titled(
      'Fruit',
      html`<ul class="rows">${each(
        FRUIT,
        ({ id }) => id,
        (fruit) => Picker.use(fruit),
      )}</ul>`,
    )}
    <p class="total">Together <output id="total">${price(Object.values(sums).reduce((sum, cents) => sum + cents, 0))}</output></p>
  </section>`,
})

const price = (cents: number): string => `€${(cents / 100).toFixed(2)}`
