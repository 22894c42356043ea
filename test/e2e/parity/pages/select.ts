import { cancelTimer, self, sendAfter, sendInterval, type TimerRef } from 'beamish'
import {
  type Form,
  type FormField,
  type FormParams,
  form,
  html,
  LiveView,
  type LiveViewSocket,
  toForm,
  usedErrors,
} from 'beamish/live-view'

interface Selects {
  readonly tick: number
  readonly ticking: TimerRef | undefined
  readonly countdowns: Readonly<Record<Counted, number | undefined>>
  readonly form: Form
  readonly options2: readonly number[]
  readonly value4: string
}

type Counted = 'select2' | 'select4'

type Message = { readonly type: 'tick' } | { readonly type: 'countdown'; readonly select: Counted }

const TO_TEN = Array.from({ length: 10 }, (_, index) => index + 1)

function validated(params: FormParams): Form {
  const isValid = Number(params['select3']) > 5
  const errors = isValid ? {} : { select3: ['must be greater than 5'] }
  return toForm(params, { as: 'select_form', errors, action: 'validate' })
}

/** Selects whose options and values change while they may be open. */
export const SelectLive = LiveView.define({
  module: 'SelectLive',
  mount: (_params, _session, socket: LiveViewSocket<Selects>) =>
    socket.assign({
      tick: 0,
      ticking: undefined,
      countdowns: { select2: undefined, select4: undefined },
      form: toForm({ select3: '2' }, { as: 'select_form' }),
      options2: TO_TEN,
      value4: '1',
    }),
  handleInfo: (message: Message, socket) => {
    if (message.type === 'tick') socket.update('tick', (tick) => tick + 1)
    else countDown(socket, message.select)
  },
  handleEvent: {
    validate: ({ select_form }, socket) => socket.assign({ form: validated(select_form) }),
    'toggle-tick': (_value, socket) => {
      const { ticking } = socket.assigns
      if (ticking !== undefined) cancelTimer(ticking)
      socket.assign({ ticking: ticking === undefined ? sendInterval(self(), { type: 'tick' }, 1000) : undefined })
    },
    schedule: ({ select }, socket) => startCountdown(socket, select),
  },
  render: ({ tick, ticking, countdowns, form: data, options2, value4 }) => html`
    <style>
      * { font-size: unset; }
      .has-error { border: 5px solid red; }
    </style>
    <h1>Selects</h1>
    Tick: ${tick}
    <button phx-click="toggle-tick">${ticking === undefined ? 'Enable' : 'Disable'} ticking</button>
    ${schedule('select2', countdowns)} ${schedule('select4', countdowns)}
    ${form(
      { for: data, 'phx-change': 'validate' },
      (data) => html`
        <h2>Select 1</h2> ${select(data.field('select1'), ['these options', 'are fixed'])}
        <h2>Select 2</h2> ${select(data.field('select2'), options2)}
        <h2>Select 3</h2> ${select(data.field('select3'), TO_TEN)}
        <h2>Select 4</h2> ${select(data.field('select4'), TO_TEN, value4)}`,
    )}`,
})

function startCountdown(socket: LiveViewSocket<Selects>, select: Counted): void {
  socket.update('countdowns', (countdowns) => ({ ...countdowns, [select]: 5 }))
  sendAfter(self(), { type: 'countdown', select }, 1000)
}

function countDown(socket: LiveViewSocket<Selects>, select: Counted): void {
  const left = socket.assigns.countdowns[select] ?? 0
  socket.update('countdowns', (countdowns) => ({ ...countdowns, [select]: left === 0 ? undefined : left - 1 }))
  if (left > 0) sendAfter(self(), { type: 'countdown', select }, 1000)
  else if (select === 'select2') socket.update('options2', (options) => [...options, options.length + 1])
  else socket.assign({ value4: String(1 + Math.floor(Math.random() * 10)) })
}

function schedule(select: Counted, { [select]: left }: Selects['countdowns']) {
  return left === undefined
    ? html`<button phx-click="schedule" phx-value-select=${select}>Schedule ${select} update</button>`
    : html`<span>${select} will update in ${left}s</span>`
}

function select(field: FormField, options: readonly (string | number)[], value = field.value) {
  const hasErrors = usedErrors(field).length > 0
  return html`<div><select id=${field.id} name=${field.name} class=${hasErrors && 'has-error'}>${options.map(
    (option) => html`<option value=${option} selected=${String(option) === String(value)}>${option}</option>`,
  )}</select></div>`
}
