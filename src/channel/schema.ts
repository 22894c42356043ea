import { type Issue, keyOf, type Validated } from '../client/contract.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { HandleInResult } from './result.ts'
import type { ChannelSocket } from './socket.ts'

/**
 * A validator of any library that speaks Standard Schema, version 1: zod, valibot, arktype and others.
 * Only the part that is used. Semantics: standardschema.dev.
 */
export interface Schema<Output = unknown> {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaResult<Output> | PromiseLike<SchemaResult<Output>>
    readonly types?: { readonly output: Output } | undefined
  }
}

/** What a validator says: the value as it may be used, or what is wrong with it. */
export type SchemaResult<Output> = Validated<Output>

/** One thing that is wrong with a value. */
export type SchemaIssue = Issue

/** What a schema makes of a value that it accepts. */
export type OutputOf<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/** A handler that sees only payloads that a schema accepts. Made by {@link on}. */
export class Checked<Assigns extends object> {
  readonly schema: Schema
  readonly handler: (payload: never, socket: ChannelSocket<Assigns>) => HandleInResult | PromiseLike<HandleInResult>

  constructor(schema: Schema, handler: Checked<Assigns>['handler']) {
    this.schema = schema
    this.handler = handler
  }
}

/**
 * A handler for `handleIn` that is called with what `schema` makes of the payload.
 *
 * A payload that the schema refuses is answered with status `'error'` and
 * `{ reason: 'invalid payload', issues: [{ message, path }] }`; the handler does not see it, and the channel goes on.
 * @param schema - a Standard Schema: of zod, valibot, arktype …
 * @throws {BadArgumentError} for what is no schema, or no function.
 */
export function on<S extends Schema, Assigns extends object>(
  schema: S,
  handler: (payload: OutputOf<S>, socket: ChannelSocket<Assigns>) => HandleInResult | PromiseLike<HandleInResult>,
): Checked<Assigns> {
  if (typeof schema?.['~standard']?.validate !== 'function')
    throw new BadArgumentError('on: schema', 'a Standard Schema (of zod, valibot, arktype …)', schema)
  if (typeof handler !== 'function') throw new BadArgumentError('on: handler', 'a function', handler)
  return new Checked<Assigns>(schema, handler as Checked<Assigns>['handler']) // sound: it only gets what the schema gives
}

/** The error response for a payload that a schema refused. */
export function refusedPayload(issues: readonly SchemaIssue[]): object {
  return {
    reason: 'invalid payload',
    issues: issues.map(({ message, path = [] }) => ({ message, path: path.map(keyOf) })),
  }
}
