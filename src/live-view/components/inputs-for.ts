import { checkKeys } from '../../core/check-keys.ts'
import { BadArgumentError } from '../../core/errors.ts'
import { type Form, FormField, type NestedOptions } from '../forms/form.ts'
import { html } from '../template/html.ts'
import { type Comprehension, each } from '../template/lists.ts'
import { hiddenInputs } from './hidden-inputs.ts'
import { fill, type Slot } from './slot.ts'

/** What `inputsFor` knows beside what its forms are made of. */
export interface InputsForOptions extends NestedOptions {
  /** Whether the hidden fields of each entry are left to the content: see `form.hidden`. Default false. */
  readonly skipHidden?: boolean
}

const OPTIONS: readonly string[] = [
  'id',
  'as',
  'default',
  'prepend',
  'append',
  'hidden',
  'skipPersistentId',
  'skipHidden',
] satisfies (keyof InputsForOptions)[]

/**
 * The inputs of the entries in a field: one form for each of a list, or one for a map.
 *
 * An entry keeps its id wherever it stands: a hidden field says which it is, and the ids of its inputs are made of that. So what
 * somebody has typed stays with it when others come, go or change places. How they do is for two params beside the field, which
 * `toForm(…, { lists: ['emails'] })` carries out:
 *
 * ```ts
 * import { type Form, html, inputsFor, JS } from 'beamish/live-view'
 *
 * const change = JS.dispatch('change')
 * export const emails = (list: Form) => html`
 *   ${inputsFor(list.field('emails'), (email) => html`
 *     <input type="hidden" name="list[emails_sort][]" value=${email.index}>
 *     <input id=${email.field('at').id} name=${email.field('at').name} value=${email.field('at').value}>
 *     <button type="button" name="list[emails_drop][]" value=${email.index} phx-click=${change}>Delete</button>`)}
 *   <input type="hidden" name="list[emails_drop][]">
 *   <button type="button" name="list[emails_sort][]" value="new" phx-click=${change}>Add</button>`
 * ```
 * @param content - what stands for each entry; a function gets its form.
 * @throws {BadArgumentError} for what is no field of a form, and unknown options. Semantics: Phoenix.Component.inputs_for/1.
 */
export function inputsFor(field: FormField, content: Slot<Form>): Comprehension
export function inputsFor(field: FormField, options: InputsForOptions, content: Slot<Form>): Comprehension
export function inputsFor(field: FormField, ...rest: [Slot<Form>] | [InputsForOptions, Slot<Form>]): Comprehension {
  const [options, content] = rest.length === 1 ? [{}, rest[0]] : rest
  if (!(field instanceof FormField)) throw new BadArgumentError('inputsFor', "form.field('name')", field)
  checkKeys('inputsFor', options, OPTIONS)
  return each(
    field.forms(options),
    (form) => form.id,
    (form) => html`${options.skipHidden ? '' : hiddenInputs(form)}${fill(content, form)}`,
  )
}
