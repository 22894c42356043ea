import { self, sendInterval } from 'beamish'
import { type Form, form, html, LiveView, type LiveViewSocket, toForm } from 'beamish/live-view'
import type { AnySocket } from '../evaluations.ts'
import { selectOptions } from './select-options.ts'

// A select with several choices: it follows the server, but not while it has the focus.
// https://github.com/phoenixframework/phoenix_live_view/issues/3083

const OPTIONS = [1, 2, 3, 4, 5]

/** Chooses these options. */
export const choose = (socket: AnySocket, ids: readonly number[]) => socket.assign({ ids: toForm({ ids }) })

const anyTwo = () => OPTIONS.toSorted(() => Math.random() - 0.5).slice(0, 2)

/** With `?auto=false` it chooses nothing by itself. */
export const Issue3083Live = LiveView.define({
  module: 'Issue3083Live',
  mount: ({ auto }, _session, socket: LiveViewSocket<{ ids: Form }>) => {
    if (socket.connected && auto !== 'false') sendInterval(self(), 'tick', 1000)
    choose(socket, [])
  },
  handleInfo: (_tick: 'tick', socket) => choose(socket, anyTwo()),
  handleEvent: { validate: () => {} },
  render: ({ ids }) => {
    const { id, name, value } = ids.field('ids')
    return form(
      { for: ids, id: 'form', 'phx-change': 'validate' },
      () => html`
        <select id=${id} name=${`${name}[]`} multiple>${selectOptions(OPTIONS, value as number[])}</select>
        <input type="text" placeholder="focus me!">`,
    )
  },
})
