import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { isLiveAddress } from './destination.ts'
import { isObject } from './is-object.ts'
import { TextValue } from './template/values.ts'

// The commands that the official client performs by itself. What is written here is only what they are called on the wire; the
// second implementation of what they do is the browser's. Semantics: Phoenix.LiveView.JS; liveview.md §8.

/** Which element: a selector of the page, or one seen from the element that the command is on. */
export type To = string | { readonly inner: string } | { readonly closest: string }

/** Classes of a transition: names alone, or `[while it runs, at the start, at the end]`. */
export type Transition = string | readonly [string, string, string]

/** Where a command works. Default: the element that it is on. */
export interface TargetOptions {
  readonly to?: To
}

/** How a command that changes the looks of an element does it. `timeMs`: how long the transition takes; default 200. */
export interface TransitionOptions extends TargetOptions {
  readonly transition?: Transition
  readonly timeMs?: number
  /** Whether patches of the page wait for the end of the transition. Default true. */
  readonly blocking?: boolean
}

/** Options of `show`. `display`: what it is shown as; default `'block'`. */
export interface ShowOptions extends TransitionOptions {
  readonly display?: string
}

/** Options of `toggle`: one transition for each direction. */
export interface ToggleOptions extends TargetOptions {
  readonly in?: Transition
  readonly out?: Transition
  readonly timeMs?: number
  readonly display?: string
  readonly blocking?: boolean
}

/** Options of `push`. */
export interface PushOptions {
  /** The component that handles it (its `myself`), or a selector of elements whose owners do. Default: the view. */
  readonly target?: TextValue | number | string
  /** A selector of elements that show that it is pending. */
  readonly loading?: string
  /** Whether the page shows that it is loading. */
  readonly pageLoading?: boolean
  /** What `handleEvent` gets beside the element's own values. */
  readonly value?: Readonly<Record<string, unknown>>
}

/** Options of `dispatch`. */
export interface DispatchOptions extends TargetOptions {
  readonly detail?: Readonly<Record<string, unknown>>
  /** Default true. */
  readonly bubbles?: boolean
  /** Whether patches of the page wait until the listener calls `detail.done()`. */
  readonly blocking?: boolean
}

/** Options of `navigate` and `patch`. `replace`: whether the present entry of the browser's history is replaced. Default false. */
export interface NavigateOptions {
  readonly replace?: boolean
}

type Operation = readonly [name: string, args: Readonly<Record<string, unknown>>]

/**
 * A chain of commands for the browser: `html`<button phx-click=${JS.push('inc').addClass('hot', { to: '#box' })}>``.
 *
 * Immutable: each method gives a longer chain. {@link JS} is the empty one. As an attribute it is its JSON, inside a payload of
 * `pushEvent` its list. Semantics: Phoenix.LiveView.JS.
 */
export class JsCommand extends TextValue {
  private readonly operations: readonly Operation[]

  constructor(operations: readonly Operation[]) {
    super()
    this.operations = operations
  }

  /** For an attribute. */
  override toText(): string {
    return JSON.stringify(this.operations)
  }

  /** For a payload. */
  toJSON(): readonly Operation[] {
    return this.operations
  }

  /** Appends the commands of another chain. */
  concat(other: JsCommand): JsCommand {
    return new JsCommand([...this.operations, ...other.operations])
  }

  /** Sends an event to the server. @throws {BadArgumentError} for a `value` that is no object. */
  push(event: string, options: PushOptions = {}): JsCommand {
    check('JS.push', options, ['target', 'loading', 'pageLoading', 'value'])
    const { target, loading, pageLoading, value } = options
    if (value !== undefined && !isObject(value)) throw new BadArgumentError('JS.push: value', 'an object', value)
    const owner = target instanceof TextValue ? Number(target.toText()) : target
    return this.followedBy('push', {
      event,
      loading,
      page_loading: pageLoading ? true : undefined,
      target: owner,
      value,
    })
  }

  /** Goes to another live view without loading the page. @throws {BadArgumentError} unless `href` is a path or an http(s) URL. */
  navigate(href: string, options: NavigateOptions = {}): JsCommand {
    return this.goTo('navigate', href, options)
  }

  /** Goes to another address of the same live view: its `handleParams` runs. @throws as {@link navigate}. */
  patch(href: string, options: NavigateOptions = {}): JsCommand {
    return this.goTo('patch', href, options)
  }

  /** Shows an element. */
  show(options: ShowOptions = {}): JsCommand {
    check('JS.show', options, ['to', 'transition', 'timeMs', 'display', 'blocking'])
    return this.followedBy('show', { display: options.display, ...transitionArgs(options) })
  }

  /** Hides an element. */
  hide(options: TransitionOptions = {}): JsCommand {
    check('JS.hide', options, TRANSITION)
    return this.followedBy('hide', transitionArgs(options))
  }

  /** Shows what is hidden, hides what is shown. */
  toggle(options: ToggleOptions = {}): JsCommand {
    check('JS.toggle', options, ['to', 'in', 'out', 'timeMs', 'display', 'blocking'])
    const { to, timeMs: time, display, blocking } = options
    const transitions = { ins: classesOf('JS.toggle: in', options.in), outs: classesOf('JS.toggle: out', options.out) }
    return this.followedBy('toggle', { to, time, display, blocking, ...transitions })
  }

  /** @param names - one, or several with spaces between them. */
  addClass(names: string, options: TransitionOptions = {}): JsCommand {
    return this.classes('add_class', names, options)
  }

  /** As {@link addClass}. */
  removeClass(names: string, options: TransitionOptions = {}): JsCommand {
    return this.classes('remove_class', names, options)
  }

  /** As {@link addClass}: takes away those that are there. */
  toggleClass(names: string, options: TransitionOptions = {}): JsCommand {
    return this.classes('toggle_class', names, options)
  }

  /** Lets classes come and go, and leaves the element as it was. */
  transition(classes: Transition, options: Omit<TransitionOptions, 'transition'> = {}): JsCommand {
    check('JS.transition', options, ['to', 'timeMs', 'blocking'])
    return this.followedBy('transition', transitionArgs({ ...options, transition: classes }))
  }

  /** Sets an attribute. */
  setAttribute([name, value]: readonly [string, string], options: TargetOptions = {}): JsCommand {
    return this.targeted('set_attr', { attr: [name, value] }, options)
  }

  /** Takes an attribute away. */
  removeAttribute(name: string, options: TargetOptions = {}): JsCommand {
    return this.targeted('remove_attr', { attr: name }, options)
  }

  /** `[name, value]`: sets or removes it; `[name, one, other]`: changes between the two. */
  toggleAttribute(
    attribute: readonly [string, string] | readonly [string, string, string],
    options: TargetOptions = {},
  ): JsCommand {
    return this.targeted('toggle_attr', { attr: attribute }, options)
  }

  /** From now on patches leave these attributes alone. A name may end in `*`. */
  ignoreAttributes(names: string | readonly string[], options: TargetOptions = {}): JsCommand {
    return this.targeted('ignore_attrs', { attrs: typeof names === 'string' ? [names] : names }, options)
  }

  /** Dispatches a DOM event. @throws {BadArgumentError} for a `detail` of `click`, which a click has none of. */
  dispatch(event: string, options: DispatchOptions = {}): JsCommand {
    check('JS.dispatch', options, ['to', 'detail', 'bubbles', 'blocking'])
    const { to, detail, bubbles, blocking } = options
    if (detail !== undefined && !isObject(detail))
      throw new BadArgumentError('JS.dispatch: detail', 'an object', detail)
    if (event === 'click' && detail !== undefined)
      throw new BadArgumentError('JS.dispatch: detail', 'none for click: a click has none', detail)
    if (blocking && detail !== undefined && 'done' in detail)
      throw new BadArgumentError('JS.dispatch: detail', 'an object without done, which blocking puts there', detail)
    return this.followedBy('dispatch', { event, to, detail, bubbles, blocking: blocking ? true : undefined })
  }

  /** Focuses an element. */
  focus(options: TargetOptions = {}): JsCommand {
    return this.targeted('focus', {}, options)
  }

  /** Focuses the first thing inside that can be. */
  focusFirst(options: TargetOptions = {}): JsCommand {
    return this.targeted('focus_first', {}, options)
  }

  /** Remembers an element for `popFocus`. */
  pushFocus(options: TargetOptions = {}): JsCommand {
    return this.targeted('push_focus', {}, options)
  }

  /** Focuses what `pushFocus` remembered last. */
  popFocus(): JsCommand {
    return this.followedBy('pop_focus', {})
  }

  /** Performs the commands that stand in an attribute: `JS.exec('data-cancel', { to: '#modal' })`. */
  exec(attribute: string, options: TargetOptions = {}): JsCommand {
    return this.targeted('exec', { attr: attribute }, options)
  }

  // ── How operations are written ──

  private goTo(name: 'navigate' | 'patch', href: string, options: NavigateOptions): JsCommand {
    check(`JS.${name}`, options, ['replace'])
    if (!isLiveAddress(href)) throw new BadArgumentError(`JS.${name}`, "a path ('/rooms/1') or an http(s) URL", href)
    return this.followedBy(name, { href, replace: options.replace ?? false })
  }

  private classes(name: string, names: string, options: TransitionOptions): JsCommand {
    check(`JS.${name}`, options, TRANSITION)
    return this.followedBy(name, { names: words(names), ...transitionArgs(options) })
  }

  private targeted(name: string, args: Readonly<Record<string, unknown>>, options: TargetOptions): JsCommand {
    check(`JS.${name}`, options, ['to'])
    return this.followedBy(name, { ...args, to: options.to })
  }

  /** Args that were not given are absent. */
  private followedBy(name: string, args: Readonly<Record<string, unknown>>): JsCommand {
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
    return new JsCommand([...this.operations, [name, given]])
  }
}

const TRANSITION: readonly string[] = ['to', 'transition', 'timeMs', 'blocking'] satisfies (keyof TransitionOptions)[]

function transitionArgs({ to, transition, timeMs, blocking }: TransitionOptions): Readonly<Record<string, unknown>> {
  return { to, transition: classesOf('JS: transition', transition), time: timeMs, blocking }
}

function classesOf(where: string, transition: Transition | undefined): readonly string[][] | undefined {
  if (transition === undefined) return undefined
  if (typeof transition === 'string') return [words(transition), [], []]
  const isTriple = Array.isArray(transition) && transition.length === 3
  if (!isTriple)
    throw new BadArgumentError(where, "classes, or ['while it runs', 'at the start', 'at the end']", transition)
  return transition.map(words)
}

function words(names: string): string[] {
  return names.split(/\s+/).filter((name) => name !== '')
}

function check(where: string, options: object, known: readonly string[]): void {
  checkKeys(where, options, known)
  checkTo(where, (options as TargetOptions).to)
}

function checkTo(where: string, to: unknown): void {
  if (to === undefined || typeof to === 'string') return
  const [[name, selector] = [], ...more] = isObject(to) ? Object.entries(to) : []
  if (more.length === 0 && (name === 'inner' || name === 'closest') && typeof selector === 'string') return
  throw new BadArgumentError(`${where}: to`, 'a selector, { inner: selector } or { closest: selector }', to)
}

/** The empty chain: `JS.push('save')`, `JS.hide({ to: '#modal' }).popFocus()`. */
export const JS = new JsCommand([])
