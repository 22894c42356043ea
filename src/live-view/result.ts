import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { isObject } from './is-object.ts'
import type { LiveLayout } from './layout.ts'

/** What `mount` may say beside what it assigns. */
export interface MountOptions {
  /** Markup around the view, in the place of that of its live session and its own; `false`: none. */
  readonly layout?: LiveLayout | false
  /** Assigns that are set to these values after each render, so that what they held is freed. */
  readonly temporaryAssigns?: Readonly<Record<string, unknown>>
}

/** What a hook may say when it halts. */
export interface HaltOptions extends MountOptions {
  /** From a hook of `handleEvent`: an object for the hook in the page that waits for an answer. */
  readonly reply?: object
}

/** From `mount`, with options, and from hooks. */
export class Mounted {
  readonly type: 'cont' | 'halt'
  readonly options: HaltOptions

  constructor(type: 'cont' | 'halt', options: HaltOptions) {
    this.type = type
    this.options = options
  }
}

const OPTIONS: readonly string[] = ['layout', 'temporaryAssigns'] satisfies (keyof MountOptions)[]
const HALT_OPTIONS: readonly string[] = ['layout', 'temporaryAssigns', 'reply'] satisfies (keyof HaltOptions)[]

/**
 * From `mount`: the view is ready, with options.
 * @throws {BadArgumentError} for an unknown option or one of the wrong kind.
 * Semantics: the options of `{:ok, socket, options}`.
 */
export function mounted(options: MountOptions): Mounted {
  return new Mounted('cont', checked('mounted', options))
}

/**
 * From a hook of `onMount`: the next hook, then `mount`. From one of `attachHook`: the next one, then the callback.
 * @param options - from `onMount` alone. @throws as {@link mounted}.
 */
export function cont(options: MountOptions = {}): Mounted {
  return new Mounted('cont', checked('cont', options))
}

/**
 * From a hook of `onMount`, after a redirect: `mount` is not called. From one of `attachHook`: nothing after it is called.
 * @param options - from `onMount` those of {@link mounted}; from `handleEvent` a `reply`. @throws as {@link mounted}.
 */
export function halt(options: HaltOptions = {}): Mounted {
  const { reply } = options ?? {}
  if (reply !== undefined && !isObject(reply)) throw new BadArgumentError('halt: reply', 'an object', reply)
  return new Mounted('halt', checked('halt', options, HALT_OPTIONS))
}

function checked<Options extends MountOptions>(where: string, options: Options, known = OPTIONS): Options {
  checkKeys(where, options, known)
  const { layout = false, temporaryAssigns = {} } = options
  if (layout !== false && typeof layout !== 'function')
    throw new BadArgumentError(`${where}: layout`, 'a function of the assigns, or false', layout)
  if (!isObject(temporaryAssigns))
    throw new BadArgumentError(`${where}: temporaryAssigns`, 'an object of assigns', temporaryAssigns)
  return options
}
