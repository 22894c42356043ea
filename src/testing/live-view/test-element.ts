import { ancestorsOf, attributeOf, type Element, hasAttribute, outerHtml, textOf } from './dom.ts'
import { wrong } from './failure.ts'
import { type LiveOutcome, LiveRedirect } from './live-redirect.ts'
import { selectAll } from './selector.ts'
import type { TestView } from './test-view.ts'

/** How an element is found. */
export interface ElementQuery {
  readonly selector: string
  readonly text?: string | RegExp | undefined
}

/** What an event on an element says beside its kind. */
interface PageEventPayload {
  readonly type: string
  readonly value: unknown
  readonly meta?: object
  /** Files that were chosen, by the ref of their input. */
  readonly uploads?: object
}

type JsOperation = readonly [name: string, args: Readonly<Record<string, unknown>>]

/** An element of a live view, found anew whenever something is asked of it. */
export class TestElement {
  protected readonly view: TestView
  protected readonly query: ElementQuery
  private target: string | undefined = undefined

  constructor(view: TestView, query: ElementQuery) {
    this.view = view
    this.query = query
  }

  /** Sends its events to what this selector finds, in the place of its `phx-target`. */
  withTarget(selector: string): this {
    this.target = selector
    return this
  }

  /** Its HTML when the view has done all that it was asked to. @throws {AssertionError} unless there is exactly one. */
  async render(): Promise<string> {
    await this.view.settle()
    return outerHtml(this.one())
  }

  /** As {@link render}, when the tasks of the view and its components are over. @param timeoutMs - as for the view. */
  async renderAsync(timeoutMs?: number): Promise<string> {
    await this.view.awaitTasks(timeoutMs)
    return await this.render()
  }

  /** The elements that match, now. */
  get found(): Element[] {
    const { selector, text } = this.query
    const all = selectAll(this.view.dom(), selector)
    if (text === undefined) return all
    return all.filter((element) =>
      typeof text === 'string' ? textOf(element).includes(text) : text.test(textOf(element)),
    )
  }

  /** @throws {AssertionError} */
  protected one(): Element {
    const [first, ...more] = this.found
    if (first !== undefined && more.length === 0) return first
    const { selector, text } = this.query
    const what = `one element for ${selector}${text === undefined ? '' : ` with the text ${text}`}`
    const found =
      first === undefined
        ? `none in\n${this.view.html()}`
        : `${more.length + 1}:\n${[first, ...more].map(outerHtml).join('\n')}`
    throw wrong(`expected ${what}, but found ${found}`)
  }

  /** Clicks: an event, the commands of the element, or the link that it is. @param value - what comes with the event. */
  async renderClick(value: object = {}): Promise<LiveOutcome> {
    await this.view.settle()
    const element = this.one()
    if (attributeOf(element, 'phx-click') === undefined && element.tagName === 'a') return await this.follow(element)
    const own = attributeOf(element, 'value') ?? (element.tagName === 'button' ? '' : undefined)
    const values = { ...phxValues(element), ...(own !== undefined && { value: own }), ...value }
    return await this.trigger(element, 'click', values)
  }

  /** Presses a key on it. @param value - `{ key: 'Enter' }`. */
  renderKeydown(value: object = {}): Promise<LiveOutcome> {
    return this.triggerPlain('keydown', value)
  }

  /** Lets go of a key on it. */
  renderKeyup(value: object = {}): Promise<LiveOutcome> {
    return this.triggerPlain('keyup', value)
  }

  /** Leaves it with the focus. */
  renderBlur(value: object = {}): Promise<LiveOutcome> {
    return this.triggerPlain('blur', value)
  }

  /** Comes to it with the focus. */
  renderFocus(value: object = {}): Promise<LiveOutcome> {
    return this.triggerPlain('focus', value)
  }

  /** What the hook of the element pushes. @throws {AssertionError} unless it has a hook and an id. */
  async renderHook(event: string, value: object = {}): Promise<LiveOutcome> {
    await this.view.settle()
    const element = this.one()
    if (!hasAttribute(element, 'phx-hook'))
      throw wrong(`expected an element with phx-hook, but found ${outerHtml(element)}`)
    return await this.send(element, event, { type: 'hook', value }, undefined)
  }

  private async triggerPlain(kind: string, value: object): Promise<LiveOutcome> {
    await this.view.settle()
    const element = this.one()
    return await this.trigger(element, kind, { ...phxValues(element), ...value })
  }

  /** Sends what the element says for a kind of event. */
  protected async trigger(
    element: Element,
    kind: string,
    value: unknown,
    meta?: object,
    uploads?: object,
  ): Promise<LiveOutcome> {
    const binding = attributeOf(element, `phx-${kind}`) ?? attributeOf(element, `phx-window-${kind}`)
    if (binding === undefined) throw wrong(`expected an element with phx-${kind}, but found ${outerHtml(element)}`)
    if (hasAttribute(element, 'disabled')) throw wrong(`cannot ${kind} on what is disabled: ${outerHtml(element)}`)
    const type = kind === 'change' || kind === 'submit' ? 'form' : kind
    const payload: PageEventPayload = { type, value, ...(meta && { meta }), ...(uploads && { uploads }) }
    if (!binding.startsWith('[')) return await this.send(element, binding, payload, undefined)
    return await this.perform(element, JSON.parse(binding) as JsOperation[], payload)
  }

  /** Commands of the browser: those that need the server. */
  private async perform(
    element: Element,
    operations: readonly JsOperation[],
    payload: PageEventPayload,
  ): Promise<LiveOutcome> {
    const needed = operations.filter(([name]) => name === 'push' || name === 'navigate' || name === 'patch')
    if (needed.length === 0) throw wrong(`no command of ${outerHtml(element)} needs the server`)
    let outcome: LiveOutcome = ''
    for (const [name, args] of needed) outcome = await this.performOne(element, name, args, payload)
    return outcome
  }

  private performOne(
    element: Element,
    name: string,
    args: JsOperation[1],
    payload: PageEventPayload,
  ): Promise<LiveOutcome> | LiveOutcome {
    if (name === 'patch') return this.view.renderPatch(String(args['href']))
    if (name === 'navigate')
      return this.view.leaveFor(new LiveRedirect('navigate', String(args['href']), {}, undefined))
    const added = args['value'] as object | undefined
    const isForm = payload.type === 'form'
    const value = isForm ? payload.value : { ...(payload.value as object), ...added }
    const meta = isForm ? { ...payload.meta, ...added } : payload.meta
    return this.send(element, String(args['event']), { ...payload, value, ...(meta && { meta }) }, args['target'])
  }

  private async send(
    element: Element,
    event: string,
    payload: PageEventPayload,
    target: unknown,
  ): Promise<LiveOutcome> {
    const wanted = this.target ?? target ?? attributeOf(element, 'phx-target')
    let outcome: LiveOutcome = ''
    for (const cid of this.ownersOf(element, wanted))
      outcome = await this.view.perform({ ...payload, event, ...(cid !== undefined && { cid }) })
    return outcome
  }

  /** The components that the events of the element are for; `undefined` is the view. For uploads. */
  targets(): (number | undefined)[] {
    const element = this.one()
    return this.ownersOf(element, this.target ?? attributeOf(element, 'phx-target'))
  }

  /** The components that an event is for; `undefined` is the view. */
  private ownersOf(element: Element, target: unknown): (number | undefined)[] {
    if (target === undefined) return [undefined]
    if (/^\d+$/.test(String(target))) return [Number(target)]
    const targets = selectAll(this.view.dom(), String(target))
    if (targets.length === 0) throw wrong(`the phx-target ${target} of ${outerHtml(element)} finds nothing`)
    return targets.map(ownerOf)
  }

  private async follow(link: Element): Promise<LiveOutcome> {
    const href = attributeOf(link, 'href')
    if (href === undefined)
      throw wrong(`expected a link with href, or an element with phx-click, but found ${outerHtml(link)}`)
    const kind = attributeOf(link, 'data-phx-link')
    if (kind === 'patch') return await this.view.renderPatch(href)
    return this.view.leaveFor(new LiveRedirect(kind === 'redirect' ? 'navigate' : 'redirect', href, {}, undefined))
  }
}

function ownerOf(element: Element): number | undefined {
  const owner = [element, ...ancestorsOf(element)].find((one) => hasAttribute(one, 'data-phx-component'))
  return owner === undefined ? undefined : Number(attributeOf(owner, 'data-phx-component'))
}

/** `phx-value-*` of an element. */
export function phxValues(element: Element): Record<string, string> {
  const prefix = 'phx-value-'
  const values = element.attrs.filter(({ name }) => name.startsWith(prefix))
  return Object.fromEntries(values.map(({ name, value }) => [name.slice(prefix.length), value]))
}
