import type { OutputOf, Schema, SchemaResult } from '../../channel/schema.ts'
import { checkKeys } from '../../core/check-keys.ts'
import { BadArgumentError } from '../../core/errors.ts'
import { isThenable } from '../../runtime/code.ts'
import { castLists } from './cast-list.ts'
import { Form, type FormLists, type FormParams } from './form.ts'
import { type FormErrors, issuesOf } from './form-issues.ts'
import { isMap, ownValues } from './params.ts'

/** What a form is made of beside its params. */
export interface FormOptions {
  /** Around the names of its inputs: with `'user'` they are `user[email]`, and an event has them under `user`. Default: nothing. */
  readonly as?: string
  /** Before the ids of its inputs, and the id of the form. Default: `as`, and then the form has none. */
  readonly id?: string
  /** What is wrong with it, beside what its schema finds. */
  readonly errors?: FormErrors
  /** What is being done with it, for whoever renders it. */
  readonly action?: string
  /** What it shows where the params have nothing: the record that is edited. */
  readonly data?: object
  /** Fields that travel unseen. `form` renders them. */
  readonly hidden?: FormParams
  /** Fields that hold lists of entries: see `castList` for what is made of them. */
  readonly lists?: FormLists
  /** A Standard Schema (of zod, valibot, arktype …) that validates at once. */
  readonly schema?: Schema
}

const OPTIONS: readonly string[] = [
  'as',
  'id',
  'errors',
  'action',
  'data',
  'hidden',
  'lists',
  'schema',
] satisfies (keyof FormOptions)[]

/**
 * Makes a form of what an event brought: for templates, with what is wrong.
 *
 * A schema gets the params without what the client adds (`_unused_…`, `_target` …); its issues become the errors of the fields that
 * their paths lead to, and what it makes of params that it accepts is `form.output`. For a schema that has to wait, await it and give
 * its issues as `errors`.
 *
 * ```ts
 * import { toForm } from 'beamish/live-view'
 * import * as z from 'zod'
 *
 * const User = z.object({ name: z.string().min(1, 'cannot be empty'), age: z.coerce.number() })
 * const form = toForm({ name: '', age: '36' }, { as: 'user', schema: User })
 * const { id, name, value, errors } = form.field('name')
 * console.log(id, name, value, errors) // user_name user[name] '' ['cannot be empty']
 * console.log(form.isValid, form.output) // false undefined
 * ```
 * @param params - of an event, such as its `user`; or a form, whose parts are changed by the options.
 * @throws {BadArgumentError} for params that are no map, an unknown option or one of the wrong kind, a schema that waits.
 * Semantics: Phoenix.Component.to_form/2. Differs: `data`, `lists` and `schema` do what a changeset of Ecto does there; errors are
 * texts, and they are there whatever the action says: which of them to show is for `usedErrors`.
 */
export function toForm<S extends Schema>(
  params: FormParams | Form,
  options: FormOptions & { readonly schema: S },
): Form<OutputOf<S>>
export function toForm<Output>(form: Form<Output>, options?: Omit<FormOptions, 'schema'>): Form<Output>
export function toForm(params: FormParams | Form, options?: FormOptions): Form
export function toForm(params: FormParams | Form, options: FormOptions = {}): Form {
  checkOptions(options)
  const before = params instanceof Form ? params : undefined
  if (before !== undefined && Object.keys(options).length === 0) return before
  if (before === undefined && !isMap(params)) throw new BadArgumentError('toForm', 'the params of a form', params)
  const { parts } = before ?? newForm(params as FormParams)
  const lists = options.lists ?? parts.lists
  const cast = castLists(parts.params, lists)
  const checked = options.schema === undefined ? undefined : validate(options.schema, cast)
  const found = checked?.issues === undefined ? [] : issuesOf(checked.issues)
  const given = [...(options.errors === undefined ? [] : issuesOf(options.errors)), ...found]
  const isJudged = options.errors !== undefined || checked !== undefined
  return new Form({
    ...parts,
    ...namesOf(options, parts),
    params: cast,
    lists,
    data: options.data === undefined ? parts.data : (options.data as FormParams), // read by name only
    issues: isJudged ? given : parts.issues,
    hidden: options.hidden ?? parts.hidden,
    action: options.action ?? parts.action,
    output: isJudged ? outputOf(checked, given) : parts.output,
  })
}

function outputOf(checked: SchemaResult<unknown> | undefined, issues: readonly unknown[]): unknown {
  return checked?.issues === undefined && issues.length === 0 ? checked?.value : undefined
}

function newForm(params: FormParams): Form {
  const none = { name: undefined, id: undefined, action: undefined }
  return new Form({ ...none, params, data: {}, issues: [], hidden: {}, lists: [] })
}

function namesOf({ as, id }: FormOptions, before: Form['parts']): Pick<Form['parts'], 'name' | 'id' | 'elementId'> {
  return { name: as ?? before.name, id: id ?? as ?? before.id, elementId: id ?? before.elementId }
}

function validate(schema: Schema, params: FormParams): SchemaResult<unknown> {
  const result = schema['~standard'].validate(ownValues(params))
  if (!isThenable(result)) return result
  throw new BadArgumentError(
    'toForm: schema',
    'a schema that validates at once',
    result,
    'Await its validate, and give toForm { errors: result.issues }.',
  )
}

function checkOptions(options: FormOptions): void {
  checkKeys('toForm', options, OPTIONS)
  for (const key of ['as', 'id', 'action'] as const) {
    const value = options[key]
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new BadArgumentError(`toForm: ${key}`, 'a string', value)
  }
  const { hidden, data, schema } = options
  if (hidden !== undefined && !isMap(hidden)) throw new BadArgumentError('toForm: hidden', 'values by name', hidden)
  if (data !== undefined && (typeof data !== 'object' || data === null))
    throw new BadArgumentError('toForm: data', 'an object', data)
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function')
    throw new BadArgumentError('toForm: schema', 'a Standard Schema (of zod, valibot, arktype …)', schema)
}
