import type { FormField, FormParams } from './form.ts'
import { isMap, UNUSED } from './params.ts'

/**
 * Whether somebody has used the input of a field: touched, changed or sent it.
 *
 * The client marks each input that nobody has used yet, with a second one whose name has `_unused_` in it: a field is used when the
 * page sent it without such a mark; one that holds fields, when one of them is. Of a page without a client all inputs are used.
 * Semantics: Phoenix.Component.used_input?/1.
 */
export function usedInput({ form, field }: FormField): boolean {
  return isUsed(form.params, field)
}

function isUsed(params: FormParams, name: string): boolean {
  if (name.startsWith(UNUSED) || !Object.hasOwn(params, name) || Object.hasOwn(params, UNUSED + name)) return false
  return isUsedValue(params[name])
}

function isUsedValue(value: unknown): boolean {
  if (isMap(value)) return Object.keys(value).some((name) => isUsed(value, name))
  // The entries of a list that was cast; any other list is a value.
  if (Array.isArray(value) && value.length > 0 && value.every(isMap)) return value.some(isUsedValue)
  return true
}

/**
 * What is wrong with a field, as far as its user should see it yet: nothing before the input was used.
 *
 * ```ts
 * import { type FormField, html, usedErrors } from 'beamish/live-view'
 *
 * export const input = (field: FormField) => html`
 *   <input id=${field.id} name=${field.name} value=${field.value}>
 *   ${usedErrors(field).map((error) => html`<p class="error">${error}</p>`)}`
 * ```
 * Semantics: the `input` that Phoenix generates, with Phoenix.Component.used_input?/1.
 */
export function usedErrors(field: FormField): readonly string[] {
  return usedInput(field) ? field.errors : []
}
