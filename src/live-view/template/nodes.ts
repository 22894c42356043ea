import { Rendered } from './html.ts'
import { Comprehension, unkeyed } from './lists.ts'
import { StreamItems } from './live-stream.ts'
import { type PageFacts, PageValue } from './page-value.ts'
import { Unchanged } from './unchanged.ts'
import { InvalidValueError, partHtml, placeOf, textHtml } from './values.ts'

/** A live component where a template uses it. Its identity in a view is module and id. */
export class ComponentUse {
  /** The component's module; who renders knows what it is. */
  readonly module: object
  readonly id: unknown
  readonly assigns: object

  constructor(module: object, id: unknown, assigns: object) {
    this.module = module
    this.id = id
    this.assigns = assigns
  }
}

/** A live view where a template of another one, or of a plain page, uses it. Made by `liveRender`. */
export class LiveViewUse {
  /** The view's module; who renders knows what it is. */
  readonly view: object
  /** `undefined`: its place in a plain page gives it one. */
  readonly id: string | undefined
  /** What it finds in its session beside that of the request. */
  readonly session: Readonly<Record<string, unknown>>
  /** The element that it lives in, over what the view says. */
  readonly container: readonly [tag: string, attributes: Readonly<Record<string, unknown>>] | undefined
  /** Whether it outlives the view around it. */
  readonly isSticky: boolean

  constructor(use: {
    view: object
    id: string | undefined
    session: Readonly<Record<string, unknown>>
    container: readonly [tag: string, attributes: Readonly<Record<string, unknown>>] | undefined
    isSticky: boolean
  }) {
    this.view = use.view
    this.id = use.id
    this.session = use.session
    this.container = use.container
    this.isSticky = use.isSticky
  }
}

/** What one `${…}` is when it is rendered. */
export type Dynamic = string | Rendered | Comprehension | ComponentUse | LiveViewUse | StreamItems

/**
 * What the value at an index of a template becomes; `Unchanged` where the page keeps what it has.
 * @param page - what is asked for what only a page knows.
 * @throws {InvalidValueError} `BEAMISH_INVALID_VALUE`
 */
export function dynamicOf(rendered: Rendered, index: number, page: PageFacts): Dynamic | Unchanged {
  const value = rendered.values[index]
  return value instanceof Unchanged ? value : dynamicOfValue(rendered, index, value, page)
}

/** As {@link dynamicOf}, where the page has nothing to keep. */
export function newDynamicOf(rendered: Rendered, index: number, page: PageFacts): Dynamic {
  const value = rendered.values[index]
  return dynamicOfValue(rendered, index, value instanceof Unchanged ? value.otherwise : value, page)
}

function dynamicOfValue({ template }: Rendered, index: number, given: unknown, page: PageFacts): Dynamic {
  const value = given instanceof PageValue ? given.read(page) : given
  if (template.parts[index]?.type !== 'text') return partHtml(template, index, value)
  return textHtml(value) ?? nodeOf(() => placeOf(template, index), value)
}

function nodeOf(place: () => string, value: unknown): Dynamic {
  if (
    value instanceof Rendered ||
    value instanceof Comprehension ||
    value instanceof ComponentUse ||
    value instanceof LiveViewUse ||
    value instanceof StreamItems
  )
    return value
  if (Array.isArray(value)) return listOf(place, value)
  throw new InvalidValueError(place(), 'text, html`…`, a list, a component, a live view or raw(…)', value)
}

/** Texts are joined; as soon as there is a node, each item is one. */
function listOf(place: () => string, items: readonly unknown[]): Dynamic {
  if (items.length === 0) return unkeyed(items) // of nodes, for all we know
  const texts = items.map(textHtml)
  if (texts.every((text) => text !== undefined)) return texts.join('')
  if (items.includes(true)) throw new InvalidValueError(place(), 'text or nodes', true)
  return unkeyed(items)
}
