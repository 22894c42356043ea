import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { isReservedEvent } from '../wire/message.ts'

// ── Schemas ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A schema for what travels: of zod, valibot, arktype, or any library that speaks Standard Schema, version 1.
 *
 * The sender gives what goes in, the receiver gets what comes out: who receives validates. Only the part that is used.
 * Semantics: standardschema.dev.
 */
export interface WireSchema<In = unknown, Out = unknown> {
  readonly '~standard': {
    readonly validate: (value: unknown) => Validated<Out> | PromiseLike<Validated<Out>>
    readonly types?: { readonly input: In; readonly output: Out } | undefined
  }
}

/** What a schema says of a value: what comes out, or what is wrong with it. */
export type Validated<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

/** One thing that is wrong with a value. */
export interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A step of an issue's path: the key itself. */
export function keyOf(step: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof step === 'object' ? step.key : step
  return typeof key === 'number' ? key : String(key)
}

/** What the sender gives. */
export type Sent<S extends WireSchema> = NonNullable<S['~standard']['types']>['input']
/** What the receiver gets. */
export type Received<S extends WireSchema> = NonNullable<S['~standard']['types']>['output']

/**
 * A schema that is only a type: it lets everything through, and costs nothing. For what is trusted, such as what the server
 * sends; not for what a client does.
 * @typeParam In - what the sender gives.
 * @typeParam Out - what the receiver gets, where that differs: `type<{ at: Date }, { at: string }>()`.
 */
export function type<In, Out = In>(): WireSchema<In, Out> {
  return UNCHECKED as WireSchema<In, Out> // sound as far as the author's word is
}

const UNCHECKED: WireSchema & object = {
  '~standard': { version: 1, vendor: 'beamish', validate: (value: unknown) => ({ value }) } as WireSchema['~standard'],
}

// ── Contracts ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a client may say in a topic, under one event. */
export interface EventContract {
  /** Of the message. Without one the server's handler gets `unknown`. */
  readonly payload?: WireSchema<object>
  /** Of the answer. Without one there is none: `push` returns nothing. */
  readonly reply?: WireSchema
  /** Of an answer with status `'error'`: a type only, the client does not validate it. */
  readonly error?: WireSchema
}

/** What two sides agree on about one kind of topic. */
export interface Contract {
  /** The pattern of a user socket: a topic, or a prefix and one `*`. */
  readonly topic: string
  /** Of the join. */
  readonly params?: WireSchema<object>
  /** Of the answer to the join. Without one the join is answered with nothing. */
  readonly reply?: WireSchema
  /** Of a refused join: a type only, the client does not validate it. */
  readonly error?: WireSchema
  /** The events of the client. */
  readonly in?: { readonly [event: string]: EventContract }
  /** The events of the server, pushed or broadcast, and their payloads. */
  readonly out?: { readonly [event: string]: WireSchema<object> }
}

/** What every error answer may be, besides what the contract says: of the server itself, not of a handler. */
export interface Refusal {
  /** `'invalid payload'`, `'join crashed'`, `'unmatched topic'` … */
  readonly reason: string
  /** Of an invalid payload. */
  readonly issues?: readonly { readonly message: string; readonly path: readonly (string | number)[] }[]
}

/** The topics that a contract is about: `room:${string}` for `'room:*'`. */
export type TopicOf<C extends Contract> = C['topic'] extends `${infer Prefix}*` ? `${Prefix}${string}` : C['topic']
/** The names of the client's events. */
export type InEvent<C extends Contract> = C extends { readonly in: infer In } ? keyof In & string : never
/** The names of the server's events. */
export type OutEvent<C extends Contract> = C extends { readonly out: infer Out } ? keyof Out & string : never
/** What a contract says about one event of the client. */
export type InOf<C extends Contract, E extends InEvent<C>> = NonNullable<C['in']>[E]
/** What a contract says about one event of the server. */
export type OutOf<C extends Contract, E extends OutEvent<C>> = NonNullable<C['out']>[E]

/** What is sent under a key of a contract that may lack it, or `Absent`. */
export type SentAt<T, Key extends string, Absent> = T extends { readonly [K in Key]: infer S extends WireSchema }
  ? Sent<S>
  : Absent
/** What is received under a key of a contract that may lack it, or `Absent`. */
export type ReceivedAt<T, Key extends string, Absent> = T extends { readonly [K in Key]: infer S extends WireSchema }
  ? Received<S>
  : Absent

/**
 * States what the client and the server say to each other in one kind of topic, once for both.
 *
 * The server's handlers (`implement` of `beamish/channel`) and the client's calls ({@link typedChannel}) take their types from
 * it, and validate with its schemas what they receive. Put it into a file that both import: it is a plain object, and nothing of
 * a server comes with it.
 *
 * ```ts
 * import { defineContract, type } from 'beamish/client'
 * import { z } from 'zod'
 *
 * export const RoomContract = defineContract({
 *   topic: 'room:*',
 *   params: z.object({ name: z.string().min(1) }),
 *   reply: type<{ members: string[] }>(),
 *   in: {
 *     say: { payload: z.object({ text: z.string().max(500) }), reply: type<{ id: string }>() },
 *     typing: {},
 *   },
 *   out: { said: type<{ id: string; from: string; text: string }>() },
 * })
 * ```
 * @returns the same object.
 * @throws {BadArgumentError} for a bad pattern, an unknown key, an event that begins with `phx_`, and what is no schema.
 */
export function defineContract<const C extends Contract>(contract: C): C {
  checkKeys('defineContract', contract, ['topic', 'params', 'reply', 'error', 'in', 'out'], 'keys')
  checkPattern(contract.topic)
  for (const key of ['params', 'reply', 'error'] as const) checkSchema(`defineContract: ${key}`, contract[key])
  for (const [event, spec] of entries('defineContract: in', contract.in)) checkEventContract(event, spec)
  for (const [event, schema] of entries('defineContract: out', contract.out)) {
    if (schema === undefined) throw noSchema(`defineContract: out.${event}`, schema)
    checkSchema(`defineContract: out.${event}`, schema)
  }
  return contract
}

/** Whether a topic is one of a contract's. */
export function isTopicOf(contract: Contract, topic: string): boolean {
  const { topic: pattern } = contract
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern
}

function checkPattern(topic: unknown): void {
  const star = typeof topic === 'string' ? topic.indexOf('*') : -1
  if (typeof topic !== 'string' || topic === '' || (star >= 0 && star < topic.length - 1)) {
    throw new BadArgumentError('defineContract: topic', "a topic ('lobby'), or a prefix and one * ('room:*')", topic)
  }
}

function checkEventContract(event: string, spec: EventContract): void {
  const where = `defineContract: in.${event}`
  checkKeys(where, spec, ['payload', 'reply', 'error'], 'keys')
  for (const key of ['payload', 'reply', 'error'] as const) checkSchema(`${where}.${key}`, spec[key])
}

function entries<T>(where: string, events: { readonly [event: string]: T } | undefined): [string, T][] {
  if (events === undefined) return []
  if (typeof events !== 'object' || events === null) throw new BadArgumentError(where, 'an object by event', events)
  const reserved = Object.keys(events).find(isReservedEvent)
  if (reserved !== undefined)
    throw new BadArgumentError(where, 'events of the app (phx_… belongs to the protocol)', reserved)
  return Object.entries(events)
}

function checkSchema(where: string, schema: WireSchema | undefined): void {
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') throw noSchema(where, schema)
}

function noSchema(where: string, value: unknown): BadArgumentError {
  return new BadArgumentError(where, 'a Standard Schema (of zod, valibot, arktype …), or type<T>()', value)
}
