import { Ok } from '../channel/result.ts'
import { BadArgumentError } from '../core/errors.ts'

/** From work that a view asked for: it did not come off, and why. */
export class Failed<Reason = unknown> {
  readonly type = 'error'
  readonly reason: Reason

  constructor(reason: Reason) {
    this.reason = reason
  }
}

/** From work that a view asked for: what came of it, with options of who asked. */
export class OkWith<Value = unknown, Options extends object = object> extends Ok<Value> {
  readonly options: Options

  constructor(value: Value, options: Options) {
    super(value)
    this.options = options
  }
}

/**
 * From the functions that views hand out, such as that of `assignAsync`: it came off.
 * @param options - what `streamAsync` takes beside its items. @throws {BadArgumentError} for options that are no object.
 */
export function ok<Value = undefined>(value?: Value): Ok<Value>
export function ok<Value, Options extends object>(value: Value, options: Options): OkWith<Value, Options>
export function ok(value?: unknown, options?: object): Ok {
  if (options === undefined) return new Ok(value)
  if (typeof options === 'object' && options !== null) return new OkWith(value, options)
  throw new BadArgumentError('ok: options', 'an object', options)
}

/** From the functions that views hand out, such as that of `assignAsync`: it did not come off. @param reason - anything. */
export function error<Reason>(reason: Reason): Failed<Reason> {
  return new Failed(reason)
}

/** Whether it is what {@link ok} gives; that of a channel, or of another copy of the library, will do. */
export function isOk(value: unknown): value is Ok & { readonly options?: object } {
  return hasType(value, 'ok') && 'value' in value
}

/** Whether it is what {@link error} gives, of any copy of the library. */
export function isFailed(value: unknown): value is Failed {
  return hasType(value, 'error') && 'reason' in value
}

function hasType(value: unknown, type: string): value is object {
  return typeof value === 'object' && value !== null && (value as { readonly type?: unknown }).type === type
}
