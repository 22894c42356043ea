import { ancestorsOf, attributeOf, type Element, elementsIn, hasAttribute, isElement, rawTextOf } from './dom.ts'
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
    if (name === undefined || name === '' || isDisabled(control)) return []
    return valuesOf(control, submitter).map((value) => [name, value])
  })
}

/** Whether nobody can use it: it says so, or a fieldset around it does, whose first legend it is not in. */
export function isDisabled(control: Element): boolean {
  if (hasAttribute(control, 'disabled')) return true
  const around = ancestorsOf(control)
  return around.some((fieldset, at) => {
    if (fieldset.tagName !== 'fieldset' || !hasAttribute(fieldset, 'disabled')) return false
    const legend = fieldset.childNodes.find((child) => isElement(child) && child.tagName === 'legend')
    return legend === undefined || !around.slice(0, at).includes(legend as Element)
  })
}

function valuesOf(control: Element, submitter: Element | undefined): string[] {
  if (control.tagName === 'textarea') return [rawTextOf(control).replace(/^\n/, '')]
  if (control.tagName === 'select') return selectedIn(control)
  const type = typeOf(control)
  if (control.tagName === 'button' || type === 'submit' || type === 'image')
    return control === submitter ? [attributeOf(control, 'value') ?? ''] : []
  if (type === 'button' || type === 'reset' || type === 'file') return []
  if (isChoice(control)) return hasAttribute(control, 'checked') ? [choiceValue(control)] : []
  return [attributeOf(control, 'value') ?? '']
}

export function typeOf(control: Element): string {
  return (attributeOf(control, 'type') ?? 'text').toLowerCase()
}

function isButton(control: Element): boolean {
  return control.tagName === 'button' || /^(?:submit|image|button|reset)$/.test(typeOf(control))
}

function isChoice(control: Element): boolean {
  return control.tagName === 'input' && /^(?:checkbox|radio)$/.test(typeOf(control))
}

function choiceValue(control: Element): string {
  return attributeOf(control, 'value') ?? 'on'
}

function selectedIn(select: Element): string[] {
  const options = choicesIn(select)
  const selected = options.filter((option) => hasAttribute(option, 'selected'))
  if (hasAttribute(select, 'multiple')) return selected.map(optionValue)
  const isMenu = Number(attributeOf(select, 'size') ?? 1) <= 1
  const chosen = selected.at(-1) ?? (isMenu ? options[0] : undefined)
  return chosen === undefined ? [] : [optionValue(chosen)]
}

/** The options that can be chosen. */
function choicesIn(select: Element): Element[] {
  const isOff = (element: Element) => hasAttribute(element, 'disabled')
  const options = elementsIn(select).filter(({ tagName }) => tagName === 'option')
  return options.filter(
    (option) => !isOff(option) && !ancestorsOf(option).some((group) => group.tagName === 'optgroup' && isOff(group)),
  )
}

function optionValue(option: Element): string {
  return attributeOf(option, 'value') ?? rawTextOf(option).trim()
}

/**
 * The entries of a form that somebody filled in, in the order of the page.
 * @throws {AssertionError} for a field that is not there, one that nobody can fill in, or a choice that there is not.
 */
export function filledIn(controls: readonly Element[], values: FormValues, submitter?: Element): Entry[] {
  const given = new Map<string, string[]>()
  for (const [name, value] of flatten(values)) given.set(name, [...(given.get(name) ?? []), value])
  for (const [name, wanted] of given) checkField(controls, name, wanted)
  return controls.flatMap((control): Entry[] => {
    const name = attributeOf(control, 'name') ?? ''
    const wanted = given.get(name)
    if (wanted === undefined || typeOf(control) === 'hidden' || isButton(control))
      return entriesIn([control], submitter)
    if (isDisabled(control)) return []
    return taken(control, wanted).map((value) => [name, value])
  })
}

/** What a control takes of the values for its name. What an unchecked checkbox is worth says the hidden input before it. */
function taken(control: Element, wanted: string[]): string[] {
  if (control.tagName !== 'select') {
    const isWanted = isChoice(control) ? (value: string) => value === choiceValue(control) : () => true
    const at = wanted.findIndex(isWanted)
    return at < 0 ? [] : wanted.splice(at, 1)
  }
  const choices = choicesIn(control).map(optionValue)
  const chosen = hasAttribute(control, 'multiple')
    ? choices.filter((choice) => wanted.includes(choice))
    : wanted.slice(-1)
  wanted.length = 0
  return chosen
}

function checkField(controls: readonly Element[], name: string, wanted: readonly string[]): void {
  const same = controls.filter((control) => attributeOf(control, 'name') === name)
  const fields = same.filter((control) => typeOf(control) !== 'hidden')
  if (fields.length === 0) checkUnseen(controls, same, name, wanted)
  else if (fields.every(isDisabled)) throw wrong(`the field ${name} is disabled.`)
  for (const value of wanted) if (fields.length > 0) checkChoice(fields, name, value)
}

/** Who fills a hidden field in with what it is worth says nothing new. */
function checkUnseen(
  controls: readonly Element[],
  hidden: readonly Element[],
  name: string,
  wanted: readonly string[],
): void {
  if (hidden.length === 0) {
    const names = [...new Set(controls.map((control) => attributeOf(control, 'name')).filter(Boolean))]
    throw wrong(`the form has no field ${name}. It has ${names.join(', ') || 'none'}.`)
  }
  const worth = hidden.map((field) => attributeOf(field, 'value') ?? '')
  if (wanted.every((value) => worth.includes(value))) return
  throw wrong(`the field ${name} is hidden: nobody can fill it in. Give it to renderSubmit or renderChange.`)
}

function checkChoice(fields: readonly Element[], name: string, value: string): void {
  const field = fields[0] as Element // somebody asked for them
  if (isButton(field)) throw wrong(`the field ${name} is a button: putSubmitter says that it is pressed.`)
  if (field.tagName !== 'select' && !isChoice(field)) return
  const choices =
    field.tagName === 'select'
      ? choicesIn(field).map(optionValue)
      : fields.filter((one) => !isDisabled(one)).map(choiceValue)
  // An unchecked checkbox is worth what its hidden input says.
  if (choices.includes(value) || (typeOf(field) === 'checkbox' && value === 'false')) return
  throw wrong(`the field ${name} cannot be ${JSON.stringify(value)}. It can be ${choices.join(', ')}.`)
}
