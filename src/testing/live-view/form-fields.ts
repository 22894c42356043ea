import { attributeOf, type Element, elementsIn, hasAttribute, rawTextOf } from './dom.ts'
import { wrong } from './failure.ts'

// What a browser sends of a form. Source: HTML standard, "constructing the entry list".

/** Values of a form by name, as they are written in a test: strings, and maps and lists of them. */
export type FormValues = { readonly [name: string]: FormValue }
/** One of them. */
export type FormValue = string | number | boolean | null | FormValues | readonly FormValue[]

/** Name and value, as they are sent. */
export type Entry = readonly [name: string, value: string]

/** `{ user: { name: 'a', tags: ['x'] } }` → `user[name]=a`, `user[tags][]=x`. */
export function flatten(values: FormValues): Entry[] {
  return Object.entries(values).flatMap(([name, value]) => entriesOf(name, value))
}

function entriesOf(name: string, value: FormValue): Entry[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap((item: FormValue) => entriesOf(`${name}[]`, item))
  if (typeof value !== 'object') return [[name, String(value)]]
  return Object.entries(value as FormValues).flatMap(([key, inner]) => entriesOf(`${name}[${key}]`, inner))
}

/** Entries as they travel. */
export function encode(entries: readonly Entry[]): string {
  return new URLSearchParams(entries.map(([name, value]): [string, string] => [name, value])).toString()
}

/** The controls of a form, those of the `form` attribute included. */
export function controlsOf(form: Element, page: Parameters<typeof elementsIn>[0]): Element[] {
  const id = attributeOf(form, 'id')
  const inside = elementsIn(form)
  const outside = elementsIn(page).filter((element) => id !== undefined && attributeOf(element, 'form') === id)
  const names = new Set(['input', 'select', 'textarea', 'button'])
  return [...inside, ...outside.filter((element) => !inside.includes(element))].filter(({ tagName }) =>
    names.has(tagName),
  )
}

/** What the form sends as it stands on the page. */
export function entriesIn(controls: readonly Element[], submitter?: Element): Entry[] {
  return controls.flatMap((control): Entry[] => {
    const name = attributeOf(control, 'name')
    if (name === undefined || name === '' || hasAttribute(control, 'disabled')) return []
    return valuesOf(control, submitter).map((value) => [name, value])
  })
}

function valuesOf(control: Element, submitter: Element | undefined): string[] {
  if (control.tagName === 'textarea') return [rawTextOf(control).replace(/^\n/, '')]
  if (control.tagName === 'select') return selectedIn(control)
  const type = typeOf(control)
  if (control.tagName === 'button' || type === 'submit' || type === 'image')
    return control === submitter ? [attributeOf(control, 'value') ?? ''] : []
  if (type === 'button' || type === 'reset' || type === 'file') return []
  if (type === 'checkbox' || type === 'radio')
    return hasAttribute(control, 'checked') ? [attributeOf(control, 'value') ?? 'on'] : []
  return [attributeOf(control, 'value') ?? '']
}

export function typeOf(control: Element): string {
  return (attributeOf(control, 'type') ?? 'text').toLowerCase()
}

function selectedIn(select: Element): string[] {
  const options = optionsOf(select)
  const selected = options.filter((option) => hasAttribute(option, 'selected'))
  if (hasAttribute(select, 'multiple')) return selected.map(optionValue)
  const chosen = selected.at(-1) ?? options.find((option) => !hasAttribute(option, 'disabled'))
  return chosen === undefined ? [] : [optionValue(chosen)]
}

function optionsOf(select: Element): Element[] {
  return elementsIn(select).filter(({ tagName }) => tagName === 'option')
}

function optionValue(option: Element): string {
  return attributeOf(option, 'value') ?? rawTextOf(option).trim()
}

/**
 * The entries of a form that somebody filled in.
 * @throws {AssertionError} for a field that is not there, one that nobody can fill in, or a choice that there is not.
 */
export function filledIn(controls: readonly Element[], values: FormValues, submitter?: Element): Entry[] {
  const given = new Map<string, string[]>()
  for (const [name, value] of flatten(values)) given.set(name, [...(given.get(name) ?? []), value])
  for (const [name, wanted] of given) checkField(controls, name, wanted)
  const kept = entriesIn(controls, submitter).filter(([name]) => !given.has(name))
  const hidden = entriesIn(controls).filter(([name, value]) => given.has(name) && isHidden(controls, name, value))
  const filled = [...given].flatMap(([name, wanted]): Entry[] => wanted.map((value) => [name, value]))
  return [...kept, ...hidden, ...filled]
}

/** The hidden input before a checkbox says what it is worth unchecked: it is sent too, and what comes later wins. */
function isHidden(controls: readonly Element[], name: string, value: string): boolean {
  const same = controls.filter((control) => attributeOf(control, 'name') === name)
  const hasOther = same.some((control) => typeOf(control) !== 'hidden')
  return (
    hasOther && same.some((control) => typeOf(control) === 'hidden' && (attributeOf(control, 'value') ?? '') === value)
  )
}

function checkField(controls: readonly Element[], name: string, wanted: readonly string[]): void {
  const fields = controls.filter((control) => attributeOf(control, 'name') === name && typeOf(control) !== 'hidden')
  if (fields.length === 0) {
    const names = [...new Set(controls.map((control) => attributeOf(control, 'name')).filter(Boolean))]
    const hidden = controls.some((control) => attributeOf(control, 'name') === name)
    throw wrong(
      hidden
        ? `the field ${name} is hidden: nobody can fill it in. Give it to renderSubmit or renderChange.`
        : `the form has no field ${name}. It has ${names.join(', ') || 'none'}.`,
    )
  }
  if (fields.every((field) => hasAttribute(field, 'disabled'))) throw wrong(`the field ${name} is disabled.`)
  for (const value of wanted) checkChoice(fields, name, value)
}

function checkChoice(fields: readonly Element[], name: string, value: string): void {
  const field = fields[0] as Element // somebody asked for them
  const type = typeOf(field)
  if (field.tagName !== 'select' && type !== 'checkbox' && type !== 'radio') return
  const choices =
    field.tagName === 'select'
      ? optionsOf(field)
          .filter((option) => !hasAttribute(option, 'disabled'))
          .map(optionValue)
      : fields.filter((one) => !hasAttribute(one, 'disabled')).map((one) => attributeOf(one, 'value') ?? 'on')
  // An unchecked checkbox is worth what its hidden input says.
  if (choices.includes(value) || (type === 'checkbox' && value === 'false')) return
  throw wrong(`the field ${name} cannot be ${JSON.stringify(value)}. It can be ${choices.join(', ')}.`)
}
