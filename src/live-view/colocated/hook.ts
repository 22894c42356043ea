import { BadArgumentError } from '../../core/errors.ts'
import type { Attributes } from '../components/slot.ts'
import { Rendered } from '../template/html.ts'
import { Template } from '../template/template.ts'
import { attrs, TextValue } from '../template/values.ts'
import { sourceOf } from './hook-source.ts'

/** An element as the browser has it; without the types of the DOM in the program anything. */
export type BrowserElement = typeof globalThis extends { HTMLElement: { prototype: infer Element } }
  ? Element
  : BrowserValue

// biome-ignore lint/suspicious/noExplicitAny: what the browser has, no server knows
type BrowserValue = any

/** What `this` is in the functions of a hook. Semantics: `ViewHook` of the npm package `phoenix_live_view`. */
export interface HookInstance {
  readonly el: BrowserElement
  readonly liveSocket: BrowserValue
  /** Sends an event to the view or component that the element stands in. @returns a promise of the reply. */
  pushEvent(
    event: string,
    payload?: object,
    onReply?: (reply: BrowserValue, ref: number) => void,
  ): Promise<BrowserValue>
  /** Sends an event to whoever owns the elements of a selector. */
  pushEventTo(
    target: BrowserValue,
    event: string,
    payload?: object,
    onReply?: (reply: BrowserValue, ref: number) => void,
  ): Promise<BrowserValue>
  /** Listens to what the server pushes with `pushEvent`. @returns what `removeHandleEvent` takes. */
  handleEvent(event: string, callback: (payload: BrowserValue) => void): BrowserValue
  removeHandleEvent(ref: BrowserValue): void
  upload(name: string, files: BrowserValue): void
  uploadTo(target: BrowserValue, name: string, files: BrowserValue): void
  /** Commands for the page, as functions. */
  js(): BrowserValue
  /** What the definition has beside its callbacks, and what they keep there. */
  [own: string]: BrowserValue
}

/** What a hook does in the life of its element. */
export interface HookCallbacks {
  /** The element is on the page, and its view is connected. */
  mounted?(): void
  /** A patch is about to change the element. */
  beforeUpdate?(): void
  /** A patch has changed the element. */
  updated?(): void
  /** The element has left the page. */
  destroyed?(): void
  /** The view has lost its connection. */
  disconnected?(): void
  /** The view has its connection again. */
  reconnected?(): void
  /** What they call, through `this`. */
  [own: string]: BrowserValue
}

/** A hook of the client: prints as its name, for `phx-hook`. Made by {@link hook}. */
export class Hook extends TextValue {
  readonly name: string
  /** Its object, for the browser. */
  readonly source: string

  constructor(name: string, source: string) {
    super()
    this.name = name
    this.source = source
  }

  override toText(): string {
    return this.name
  }
}

const hooks = new Map<string, Hook>()

/** Every hook of the program, as far as it is loaded, by name. */
export function allHooks(): readonly Hook[] {
  return [...hooks.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Defines a hook of the client beside the template that uses it.
 *
 * ```ts
 * import { hook, html } from 'beamish/live-view'
 *
 * const Digits = hook('Contacts.Digits', {
 *   mounted() {
 *     this.el.addEventListener('input', () => this.clean())
 *   },
 *   clean() {
 *     this.el.value = this.el.value.replace(/\D/g, '')
 *   },
 * })
 * export const phone = (value: string) => html`<input id="phone" name="phone" value=${value} phx-hook=${Digits}>`
 * ```
 *
 * Its functions run in the browser: their source is sent there, alone. They may use `this`, what the browser has and each other
 * through `this`, but nothing of the file around them, neither imports nor constants. The page gets all hooks of the program as one
 * module: see `serveColocated`. Without that, `runtimeHook` puts one into the page itself.
 * @param name - what the page calls it: letters, digits, `_`, `-` and dots. Unique in the program.
 * @throws {BadArgumentError} for a name that is none, or one of the client's own (`Phoenix.…`); for another hook of that name; for
 * members that are neither functions nor values that JSON can hold.
 * Semantics: Phoenix.LiveView.ColocatedHook. Differs: a definition, not a script; the author gives it its whole name. *When not to use
 * it*: code that imports something belongs into a file of the page's own bundle.
 */
export function hook(name: string, definition: HookCallbacks & ThisType<HookInstance>): Hook {
  if (typeof name !== 'string' || !/^\w[\w-]*(?:\.\w[\w-]*)*$/.test(name) || name.startsWith('Phoenix.'))
    throw new BadArgumentError('hook', "a name such as 'Contacts.Digits', other than Phoenix.…", name)
  if (typeof definition !== 'object' || definition === null)
    throw new BadArgumentError(`hook ${name}`, 'an object of functions', definition)
  const made = new Hook(name, sourceOf(`hook ${name}`, definition))
  const known = hooks.get(name)
  if (known !== undefined && known.source !== made.source)
    throw new BadArgumentError('hook', 'a name that no other hook has', name)
  hooks.set(name, made)
  return made
}

/** The script of each hook, as a template of its own would be. */
const scripts = new WeakMap<Hook, Template>()

/**
 * A script that brings a hook along, for pages whose own script does not have it: `${runtimeHook(Digits, { nonce })}`.
 *
 * It stands beside the elements of the hook, once on the page. A content security policy has to allow it: with a nonce.
 * @param attributes - of the script. Semantics: the option `runtime` of Phoenix.LiveView.ColocatedHook.
 */
export function runtimeHook(hook: Hook, attributes: Attributes = {}): Rendered {
  if (!(hook instanceof Hook)) throw new BadArgumentError('runtimeHook', "hook('Name', { … })", hook)
  const template = scripts.get(hook) ?? scriptOf(hook)
  scripts.set(hook, template)
  return new Rendered(template, [attrs(attributes)])
}

function scriptOf({ name, source }: Hook): Template {
  // In a script nothing is escaped; what would end it, or begin a comment, can be spelt in another way wherever JavaScript has it.
  const code = source.replace(/<(?=\/script|!--)/gi, '\\x3c')
  const statics = [
    `<script data-phx-runtime-hook="${name}"`,
    `>window["phx_hook_${name}"] = function () { return ${code} }</script>`,
  ]
  return new Template(statics, [{ type: 'attributes' }], true, `runtimeHook of ${name}`)
}
