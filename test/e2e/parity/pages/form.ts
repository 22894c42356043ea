import { type Pid, receive, self, send, sendInterval } from 'beamish'
import {
  attachHook,
  cont,
  each,
  html,
  JS,
  type JsCommand,
  LiveComponent,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  liveRender,
  portal,
  pushPatch,
  type Rendered,
  reply,
  stream,
  streamInsert,
  type TextValue,
} from 'beamish/live-view'
import { evaluationHook, type ServerEvaluations, type ViewEvaluations } from '../evaluations.ts'

/** The values of the fields, and attributes of the form: from the query, with all that stands in it. */
type FormParams = Readonly<Record<string, string | JsCommand | undefined>>

interface Form {
  readonly params: FormParams
  readonly isSubmitted: boolean
}

const DEFAULTS: FormParams = { a: 'foo', b: 'bar', c: 'baz', id: 'test-form', 'phx-change': 'validate' }

function paramsFrom(given: FormParams): FormParams {
  const params = { ...DEFAULTS, ...given }
  if ('no-id' in given) return { ...params, id: undefined }
  if ('no-change-event' in given) return { ...params, 'phx-change': undefined }
  if ('js-change' in given) return { ...params, 'phx-change': JS.push('validate') }
  return params
}

const merge = (more: FormParams) => (form: Form) => ({ params: { ...form.params, ...more } })

// biome-ignore lint/suspicious/noExplicitAny: the events are the same for the view and its component
type FormSocket = any

const formEvents = {
  validate: (value: FormParams, socket: FormSocket) => socket.assign(merge(value)),
  save: (_value: unknown, socket: FormSocket) => socket.assign({ isSubmitted: true }),
  'custom-recovery': (_value: unknown, socket: FormSocket) => socket.assign(merge({ b: 'custom value from server' })),
  'patch-recovery': (_value: unknown, socket: FormSocket) => pushPatch(socket, { to: '/form?patched=true' }),
  'button-test': () => {},
}

function testForm(params: FormParams, target?: TextValue): Rendered {
  const { id } = params
  return html`
    <form
      id=${id} class="myformclass" phx-submit="save" phx-change=${params['phx-change']} phx-target=${target}
      phx-auto-recover=${params['phx-auto-recover']} phx-no-unused-field=${params['phx-no-unused-field-form']}
    >
      <fieldset disabled=${params['disabled-fieldset']}>
        <input type="text" name="a" readonly value=${params['a']}>
        <input type="text" name="b" value=${params['b']}>
      </fieldset>
      <input type="text" name="c" value=${params['c']} phx-no-unused-field=${params['phx-no-unused-field-input']}>
      <select name="d">${['foo', 'bar', 'baz'].map(
        (name) => html`<option value=${name} selected=${name === params['d']}>${name}</option>`,
      )}</select>
      ${id !== undefined && html`<input type="text" name="e" form=${id} value=${params['e']}>`}
      <button type="submit" phx-disable-with="Submitting" phx-click=${JS.dispatch('test')}>Submit with JS</button>
      <button id="submit" type="submit" phx-disable-with="Submitting">Submit</button>
      <button type="button" phx-click="button-test" phx-disable-with="Loading">Non-form Button</button>
    </form>
    ${id !== undefined && html`<input type="text" name="f" form=${id} value=${params['f']}>`}`
}

const FormComponent = LiveComponent.define<Form, { params: FormParams }>({
  module: 'FormComponent',
  mount: (socket) => socket.assign({ isSubmitted: false }),
  handleEvent: formEvents,
  render: ({ params, isSubmitted, myself }) => html`<div>
    ${testForm(params, myself)}
    ${isSubmitted && html`<p>LC Form was submitted!</p>`}
  </div>`,
})

function formPage({ params, isSubmitted }: Form): Rendered {
  const content = 'live-component' in params ? FormComponent.use({ id: 'form-component', params }) : testForm(params)
  return html`
    ${'portal' in params && html`<h1>Form</h1>`}
    ${'portal' in params ? portal({ id: 'form-portal', target: 'body' }, content) : content}
    ${isSubmitted && html`<p>Form was submitted!</p>`}`
}

/** A form whose attributes come from the query, in the view, a component or a portal. */
export const FormLive = LiveView.define({
  module: 'FormLive',
  mount: (params, _session, socket: LiveViewSocket<Form>) =>
    socket.assign({ params: paramsFrom(params), isSubmitted: false }),
  handleParams: () => {},
  handleEvent: formEvents,
  render: formPage,
})

const waiting = new Map<string, Pid>()

/** The specs hold back the events of a view, and let each go when they say so. */
export const formEvaluations: ViewEvaluations = {
  '<<"#PID"::binary, pid::binary>> = inspect(self()) …': () => {
    const id = String(self().id)
    waiting.set(id, self())
    return { lv_pid: ['0', id, '0'] }
  },
  'attach_hook(socket, :sync, :handle_event, …)': (socket) =>
    attachHook(socket, 'sync', 'handleEvent', async (event) => {
      if (event !== 'ping') await receive((message): message is Sync => (message as Partial<Sync>)?.sync === event)
      return cont()
    }),
}

interface Sync {
  readonly sync: string
}

export const formServerEvaluations: ServerEvaluations = {
  'send(IEx.Helpers.pid(0, …, 0), {:sync, "…"}); nil': (id, event) => {
    const pid = waiting.get(id!)
    if (pid !== undefined) send(pid, { sync: event! } satisfies Sync)
  },
}

/** The same in a view that stands in another one: its parameters are its session. */
const FormInside = LiveView.define({
  module: 'FormInside',
  onMount: [evaluationHook(formEvaluations)],
  mount: (_params, session, socket: LiveViewSocket<Form>) =>
    socket.assign({ params: paramsFrom(session), isSubmitted: false }),
  handleEvent: formEvents,
  render: formPage,
})

/** Around it. */
export const NestedFormLive = LiveView.define({
  module: 'NestedFormLive',
  mount: (params, _session, socket: LiveViewSocket<{ params: FormParams }>) => socket.assign({ params }),
  render: ({ params }) => html`${liveRender(FormInside, { id: 'nested', session: params })}`,
})

interface FormStream {
  readonly count: number
  readonly last: number
  readonly streams: { readonly items: LiveStream<{ readonly id: number }> }
}

function oneMore(_value: unknown, socket: LiveViewSocket<FormStream>): void {
  const id = socket.assigns.last + 1
  socket.assign(({ count }) => ({ count: count + 1, last: id }))
  streamInsert(socket, 'items', { id })
}

/** A form with a stream and hooks in it, which changes all the time. */
export const FormStreamLive = LiveView.define({
  module: 'FormStreamLive',
  mount: (_params, _session, socket: LiveViewSocket<FormStream>) => {
    if (socket.connected) sendInterval(self(), 'tick', 100)
    socket.assign({ count: 0, last: 3 })
    stream(socket, 'items', [{ id: 1 }, { id: 2 }, { id: 3 }])
  },
  handleInfo: (_tick, socket) => socket.update('count', (count) => count + 1),
  handleEvent: { ping: () => reply({}), validate: oneMore, save: oneMore },
  render: ({ count, streams }) => html`
    ${count}
    <form id="test-form" phx-change="validate" phx-submit="save">
      <input name="myname" value=${count}>
      <input id="other" name="other" value=${count}>
      <div id="form-stream-hook" phx-hook="FormHook" phx-update="ignore"></div>
      <ul id="form-stream" phx-update="stream">${each(
        streams.items,
        ({ id }, domId) => html`<li id=${domId} phx-hook="FormStreamHook">*%{id: ${id}}</li>`,
      )}</ul>
      <button id="submit" phx-disable-with="Saving...">Submit</button>
    </form>`,
})
