import type { SchemaIssue } from '../../channel/schema.ts'
import { BadArgumentError } from '../../core/errors.ts'

/** One thing that is wrong with a form. */
export interface FormIssue {
  /** The way to it: `['emails', '0', 'address']`; empty: the form as a whole. */
  readonly path: readonly string[]
  readonly message: string
}

/** What is wrong, by field: `{ email: 'is taken', emails: { 0: { address: ['is too long'] } } }`, or the issues of a schema. */
export type FormErrors = FieldErrors | readonly SchemaIssue[]

/** Errors by field: one, several, or those of the fields in it. */
export interface FieldErrors {
  readonly [field: string]: string | readonly string[] | FieldErrors
}

/** Errors, however they are written, as a list. @throws {BadArgumentError} */
export function issuesOf(errors: FormErrors | undefined): FormIssue[] {
  if (errors === undefined) return []
  return Array.isArray(errors) ? errors.map(issueOf) : issuesIn([], errors)
}

function issueOf(issue: SchemaIssue): FormIssue {
  if (typeof issue?.message !== 'string') throw new BadArgumentError(WHERE, EXPECTED, issue)
  const path = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment))
  return { path, message: issue.message }
}

function issuesIn(path: readonly string[], errors: unknown): FormIssue[] {
  if (typeof errors === 'string') return [{ path, message: errors }]
  if (typeof errors !== 'object' || errors === null) throw new BadArgumentError(WHERE, EXPECTED, errors)
  if (Array.isArray(errors)) return errors.flatMap((error) => issuesIn(path, error))
  return Object.entries(errors).flatMap(([field, inner]) => issuesIn([...path, field], inner))
}

const WHERE = 'toForm: errors'
const EXPECTED = "messages by field ({ email: 'is taken' }), or the issues of a schema"
