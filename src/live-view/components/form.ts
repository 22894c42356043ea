import { BadArgumentError } from '../../core/errors.ts'
import { Form, type FormParams } from '../forms/form.ts'
import type { FormErrors } from '../forms/form-issues.ts'
import { toForm } from '../forms/to-form.ts'
import { html, type Rendered } from '../template/html.ts'
import { attrs } from '../template/values.ts'
import { hiddenInputs } from './hidden-inputs.ts'
import { tokenOf } from './link.ts'
import { type AttributeValue, fill, type Slot } from './slot.ts'

/** What a form is for and where it goes, and further attributes of its element (`phx-change`, `class` …). */
export interface FormAttributes<Output = unknown> {
  /** A form of `toForm`, or params. Default: no params. */
  readonly for?: Form<Output> | FormParams | null | undefined
  /** As in `toForm`, over what the form says. */
  readonly as?: string | undefined
  /** Its id, and what the ids of its inputs begin with. A form with `phx-change` needs one to be recovered after a reconnect. */
  readonly id?: string | undefined
  /** As in `toForm`, over what the form says. */
  readonly errors?: FormErrors | undefined
  /** Where it is sent over HTTP. Without it the form has neither method nor token: the live view handles it. */
  readonly action?: string | undefined
  /** With `action`: default `'post'`. What no browser can send goes as a field `_method`, with `post`. */
  readonly method?: string | undefined
  /** With `action`, for `post`: the page's token (true, the default), another one, or none (false). */
  readonly csrfToken?: boolean | string | undefined
  /** Whether files travel with it over HTTP. Default false. */
  readonly multipart?: boolean | undefined
  readonly [attribute: string]: AttributeValue | object
}

/**
 * A form: its element, and what it needs to be sent.
 *
 * ```ts
 * import { type Form, form, html, LiveView, type LiveViewSocket, toForm, usedErrors } from 'beamish/live-view'
 *
 * export const SignUpLive = LiveView.define({
 *   mount: (_params, _session, socket: LiveViewSocket<{ form: Form }>) => void socket.assign({ form: toForm({}, { as: 'user' }) }),
 *   handleEvent: {
 *     validate: ({ user }, socket) => socket.assign({ form: toForm(user, { as: 'user' }) }),
 *   },
 *   render: ({ form: user }) =>
 *     form({ for: user, id: 'sign-up', 'phx-change': 'validate', 'phx-submit': 'save' }, (f) => html`
 *       <input id=${f.field('email').id} name=${f.field('email').name} value=${f.field('email').value}>
 *       ${usedErrors(f.field('email'))}<button>Sign up</button>`),
 * })
 * ```
 * @param content - what stands in it; a function gets the form.
 * @throws {BadArgumentError} as `toForm`. Semantics: Phoenix.Component.form/1.
 */
export function form<Output = unknown>(attributes: FormAttributes<Output>, content?: Slot<Form<Output>>): Rendered {
  const { for: given, as, id, errors, action, method, csrfToken: token = true, multipart, ...rest } = attributes
  const changes = { ...(as !== undefined && { as }), ...(id !== undefined && { id }), ...(errors && { errors }) }
  const shown = (given instanceof Form ? toForm(given, changes) : toForm(given ?? {}, changes)) as Form<Output> // its own type
  const sending = action === undefined ? { method, hiddenMethod: undefined } : methodOf(method)
  const csrf = action !== undefined && sending.method === 'post' ? tokenOf('form', token) : null
  const enctype = multipart ? 'multipart/form-data' : null
  return html`<form id=${shown.parts.elementId} action=${action} method=${sending.method} enctype=${enctype} ${attrs(rest)}>${
    sending.hiddenMethod && html`<input name="_method" type="hidden" hidden value=${sending.hiddenMethod}>`
  }${csrf && html`<input name="_csrf_token" type="hidden" hidden value=${csrf}>`}${hiddenInputs(shown)}${fill(content, shown)}</form>`
}

/** What a browser can send, and what is meant. */
function methodOf(method: unknown = 'post'): { readonly method: string; readonly hiddenMethod: string | undefined } {
  if (typeof method !== 'string' || method === '')
    throw new BadArgumentError('form: method', 'a method of HTTP', method)
  const lower = method.toLowerCase()
  if (lower === 'get' || lower === 'post') return { method: lower, hiddenMethod: undefined }
  return { method: 'post', hiddenMethod: method }
}
