import type { FormIssue } from './form-issues.ts'
import { isMap } from './params.ts'

/** The values of a form, as an event brings them: strings, and maps and lists of them. */
export type FormParams = Readonly<Record<string, unknown>>

/** Fields that hold lists of entries: `['emails']`, or `{ emails: true, people: ['phones'] }` where entries hold lists as well. */
export type FormLists = readonly string[] | { readonly [field: string]: true | FormLists }

/** What a form is made of. */
export interface FormParts<Output> {
  /** Around the names of its inputs: `user` in `user[email]`. */
  readonly name: string | undefined
  /** Before the ids of its inputs: `user` in `user_email`. */
  readonly id: string | undefined
  /** Of the `<form>` itself, where it was given. */
  readonly elementId?: string | undefined
  readonly params: FormParams
  readonly data: FormParams
  readonly issues: readonly FormIssue[]
  readonly hidden: FormParams
  readonly action: string | undefined
  readonly lists: FormLists
  readonly index?: number | undefined
  readonly output?: Output | undefined
}

/**
 * A form as templates use it: `form.field('email')` has what an input needs. Made by `toForm`; those of the entries in it by
 * {@link FormField.forms}. Immutable. Semantics: Phoenix.HTML.Form.
 */
export class Form<Output = unknown> {
  readonly parts: FormParts<Output>

  constructor(parts: FormParts<Output>) {
    this.parts = parts
  }

  /** Around the names of its inputs; `undefined`: they stand alone. */
  get name(): string | undefined {
    return this.parts.name
  }

  /** Before the ids of its inputs; `undefined`: nothing. */
  get id(): string | undefined {
    return this.parts.id
  }

  /** What the page sent. */
  get params(): FormParams {
    return this.parts.params
  }

  /** What it shows where the page sent nothing. */
  get data(): FormParams {
    return this.parts.data
  }

  /** Fields that travel unseen. */
  get hidden(): FormParams {
    return this.parts.hidden
  }

  /** What is being done with it: `'validate'`, `'save'`, whatever its author says. */
  get action(): string | undefined {
    return this.parts.action
  }

  /** Which entry it is, from 0; `undefined` for a form of its own. */
  get index(): number | undefined {
    return this.parts.index
  }

  /** Everything that is wrong, with the path to it. */
  get issues(): readonly FormIssue[] {
    return this.parts.issues
  }

  /** Whether nothing is wrong. */
  get isValid(): boolean {
    return this.issues.length === 0
  }

  /** What is wrong with it as a whole, with no field of its own. */
  get errors(): readonly string[] {
    return this.issues.filter(({ path }) => path.length === 0).map(({ message }) => message)
  }

  /** What its schema made of the params; `undefined` when something is wrong, and without a schema. */
  get output(): Output | undefined {
    return this.parts.output
  }

  /** A field by its name, whether the page sent it or not. */
  field(name: string): FormField {
    return new FormField(this, name)
  }
}

/** One field of a form: what its input needs. Semantics: Phoenix.HTML.FormField. */
export class FormField {
  readonly form: Form
  /** Its name in the form. */
  readonly field: string

  constructor(form: Form, field: string) {
    this.form = form
    this.field = field
  }

  /** For the input: `user_email`. */
  get id(): string {
    const { id } = this.form
    return id === undefined ? this.field : `${id}_${this.field}`
  }

  /** For the input: `user[email]`. */
  get name(): string {
    const { name } = this.form
    return name === undefined ? this.field : `${name}[${this.field}]`
  }

  /** What the page sent, else what the form's data has. */
  get value(): unknown {
    const { params, data } = this.form
    return Object.hasOwn(params, this.field) ? params[this.field] : data[this.field]
  }

  /** What is wrong with it. Which of it to show: `usedErrors`. */
  get errors(): readonly string[] {
    const own = this.form.issues.filter(({ path }) => path.length === 1 && path[0] === this.field)
    return own.map(({ message }) => message)
  }

  /**
   * The forms in it: one for each entry of a list, or one for a map.
   * @returns as `inputsFor` shows them.
   */
  forms(options: NestedOptions = {}): Form[] {
    const nested = entriesOf(this, options).map((entry, index) => nestedForm(this, options, { ...entry, index }))
    return options.skipPersistentId ? nested : withPersistentIds(nested, this.idBefore(options))
  }

  private idBefore({ id }: NestedOptions): string {
    const before = id ?? this.form.id
    return before === undefined ? this.field : `${before}_${this.field}`
  }
}

/** How the forms inside a field are made. Semantics: Phoenix.Component.inputs_for/1. */
export interface NestedOptions {
  /** Before the ids of its inputs, in the place of the form's. */
  readonly id?: string
  /** Around the names of its inputs, in the place of the field's. */
  readonly as?: string
  /** What stands there when neither the page nor the form's data say anything: a list for a list. Default: one empty form. */
  readonly default?: FormParams | readonly FormParams[]
  /** Entries before those of the list, as long as the page has sent none. */
  readonly prepend?: readonly FormParams[]
  /** As `prepend`, behind them. */
  readonly append?: readonly FormParams[]
  /** Fields of each entry that travel unseen, such as its id. */
  readonly hidden?: readonly string[]
  /** Whether entries go without the field that says which of them is which. Default false. */
  readonly skipPersistentId?: boolean
}

/** Where the page says which entry is which. The wire's spelling. */
export const PERSISTENT_ID = '_persistent_id'

interface Entry {
  readonly params: FormParams
  readonly data: FormParams
  /** Its name inside the field; `undefined`: the field holds no list. */
  readonly key: number | undefined
}

/** What the page sent; else what is there already. */
function entriesOf({ form, field, value }: FormField, options: NestedOptions): Entry[] {
  const { prepend = [], append = [] } = options
  const before: unknown = form.data[field]
  const isSent = Object.hasOwn(form.params, field)
  const isList = Array.isArray(value) || Array.isArray(before ?? options.default) || listsIn(form, field) !== undefined
  if (!isList) return [{ params: isSent ? mapOf(value) : {}, data: mapOf(before ?? options.default), key: undefined }]
  // What is there already has other places than what was sent: entries come and go.
  if (isSent) return itemsOf(value).map((params, key) => ({ params: mapOf(params), data: {}, key }))
  const shown = [...prepend, ...itemsOf(before ?? options.default), ...append]
  return shown.map((data, key) => ({ params: {}, data: mapOf(data), key }))
}

/** A list, or a map by numbers, which is how a page spells one. */
function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (!isMap(value)) return []
  return Object.entries(value)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item)
}

function mapOf(value: unknown): FormParams {
  return isMap(value) ? value : {}
}

/** Whether a field holds a list of entries, and which of their fields do. */
export function listsIn(form: Form, field: string): FormLists | undefined {
  return listsOf(form.parts.lists, field)
}

export function listsOf(lists: FormLists, field: string): FormLists | undefined {
  if (Array.isArray(lists)) return lists.includes(field) ? [] : undefined
  const inner = Object.hasOwn(lists, field) ? (lists as Readonly<Record<string, true | FormLists>>)[field] : undefined
  return inner === true ? [] : inner
}

function nestedForm(field: FormField, options: NestedOptions, entry: Entry & { readonly index: number }): Form {
  const { form } = field
  const { params, data, key, index } = entry
  const suffix = key === undefined ? '' : `[${key}]`
  const path = key === undefined ? [field.field] : [field.field, String(key)]
  const hidden = (options.hidden ?? []).map((name) => [name, params[name] ?? data[name]])
  return new Form({
    name: `${options.as ?? field.name}${suffix}`,
    id: `${options.id ?? field.id}${key === undefined ? '' : `_${key}`}`,
    params,
    data,
    issues: form.issues.flatMap((issue) => within(issue, path)),
    hidden: Object.fromEntries(hidden),
    action: form.action,
    lists: listsIn(form, field.field) ?? [],
    index,
  })
}

function within({ path, message }: FormIssue, prefix: readonly string[]): FormIssue[] {
  const isInside = prefix.every((name, at) => path[at] === name)
  return isInside ? [{ path: path.slice(prefix.length), message }] : []
}

/**
 * Entries that came with an id keep it, wherever they stand now: so their inputs keep theirs, and the browser what is in them. A new
 * one gets the next that is free. Semantics: Phoenix.Component.inputs_for/1.
 */
function withPersistentIds(forms: readonly Form[], idBefore: string): Form[] {
  const given = forms.map(({ params }) => params[PERSISTENT_ID])
  const taken = new Set(given.filter((id) => typeof id === 'string'))
  const used = new Set<string>()
  return forms.map((form, at) => {
    const own = given[at]
    // A page that gives one id to two entries is not ours: the second gets another.
    const id = typeof own === 'string' && !used.has(own) ? own : nextFree(taken)
    taken.add(id)
    used.add(id)
    const { parts } = form
    const hidden = { [PERSISTENT_ID]: id, ...parts.hidden }
    const params = { ...parts.params, [PERSISTENT_ID]: id }
    return new Form({ ...parts, id: `${idBefore}_${id}`, hidden, params })
  })
}

function nextFree(taken: ReadonlySet<string>): string {
  let next = taken.size
  while (taken.has(String(next))) next++
  return String(next)
}
