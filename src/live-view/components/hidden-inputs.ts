import type { Form } from '../forms/form.ts'
import { html } from '../template/html.ts'
import { type Comprehension, each } from '../template/lists.ts'

/** The fields of a form that travel unseen, as inputs: one for each value of a list. */
export function hiddenInputs(form: Form): Comprehension | string {
  const inputs = Object.entries(form.hidden).flatMap(([field, value]) => inputsOf(form.field(field).name, value))
  if (inputs.length === 0) return ''
  return each(
    inputs,
    ({ key }) => key,
    ({ name, value }) => html`<input type="hidden" name=${name} value=${value}>`,
  )
}

interface HiddenInput {
  readonly key: string
  readonly name: string
  readonly value: unknown
}

function inputsOf(name: string, value: unknown): HiddenInput[] {
  if (!Array.isArray(value)) return [{ key: name, name, value: value ?? '' }]
  return value.map((item, at) => ({ key: `${name} ${at}`, name: `${name}[]`, value: item }))
}
