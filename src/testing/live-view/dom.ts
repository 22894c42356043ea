import {
  type DefaultTreeAdapterTypes,
  defaultTreeAdapter,
  parse,
  parseFragment,
  serialize,
  serializeOuter,
} from 'parse5'

/** An element of a parsed page. */
export type Element = DefaultTreeAdapterTypes.Element
type ParentNode = DefaultTreeAdapterTypes.ParentNode
/** A parsed page, or a piece of one. */
export type Page = ParentNode
type ChildNode = DefaultTreeAdapterTypes.ChildNode

/** What stands in a `template` has no parent of its own. */
const templates = new WeakMap<object, Element>()

/** A whole document, or a piece of one. */
export function parseHtml(html: string): ParentNode {
  const page = /^\s*<(?:!doctype|html)/i.test(html) ? parse(html) : parseFragment(html)
  for (const element of elementsIn(page)) if ('content' in element) templates.set(element.content as object, element)
  return page
}

export function isElement(node: ChildNode | ParentNode): node is Element {
  return 'tagName' in node
}

/** Every element below a node, in the order of the page. */
export function elementsIn(parent: ParentNode): Element[] {
  const inside = 'content' in parent ? parent.content.childNodes : parent.childNodes
  return inside.flatMap((child) => (isElement(child) ? [child, ...elementsIn(child)] : []))
}

/** The value of an attribute; `undefined` without it. */
export function attributeOf(element: Element, name: string): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name)?.value
}

export function hasAttribute(element: Element, name: string): boolean {
  return attributeOf(element, name) !== undefined
}

/** The text in an element, with spaces as a reader sees them. */
export function textOf(node: ParentNode): string {
  return rawTextOf(node).replace(/\s+/g, ' ').trim()
}

/** The text in an element, as it is. */
export function rawTextOf(node: ParentNode): string {
  return node.childNodes
    .map((child) => ('value' in child ? child.value : 'childNodes' in child ? rawTextOf(child) : ''))
    .join('')
}

/** An element as HTML. */
export function outerHtml(element: Element): string {
  return serializeOuter(element)
}

/** The elements around one, innermost first. */
export function ancestorsOf(element: Element): Element[] {
  const ancestors: Element[] = []
  for (let parent: ParentNode | null = element.parentNode; parent !== null; ) {
    if (isElement(parent)) ancestors.push(parent)
    parent = 'parentNode' in parent ? parent.parentNode : (templates.get(parent) ?? null)
  }
  return ancestors
}

/** Takes an element's children away, and puts others into their place. */
export function replaceChildren(element: Element, html: string): void {
  for (const child of [...element.childNodes]) defaultTreeAdapter.detachNode(child)
  for (const child of [...parseFragment(html).childNodes]) {
    defaultTreeAdapter.detachNode(child)
    defaultTreeAdapter.appendChild(element, child)
  }
}

/** A whole page as HTML. */
export function toHtml(page: Page): string {
  return serialize(page)
}

/** The elements directly below a node; of a template those of its content. */
export function childElementsOf(parent: Page | undefined): Element[] {
  if (parent === undefined) return []
  return ('content' in parent ? parent.content : parent).childNodes.filter(isElement)
}

/** Whether an element stands somewhere inside another one. */
export function isInside(element: Element, outer: Element): boolean {
  return ancestorsOf(element).includes(outer)
}

/** Takes an element off its page. */
export function removeElement(element: Element): void {
  if (element.parentNode !== null) defaultTreeAdapter.detachNode(element)
}

/** Puts the contents of a page into the place of an element. */
export function replaceElement(element: Element, page: Page): void {
  const parent = element.parentNode as ParentNode // it stands somewhere
  for (const node of [...page.childNodes]) {
    defaultTreeAdapter.detachNode(node)
    defaultTreeAdapter.insertBefore(parent, node, element)
  }
  defaultTreeAdapter.detachNode(element)
}

/** From now on these are an element's children, in this order. */
export function replaceChildNodes(element: Element, children: readonly ChildNode[]): void {
  for (const child of [...element.childNodes]) defaultTreeAdapter.detachNode(child)
  for (const child of children) {
    if (child.parentNode !== null) defaultTreeAdapter.detachNode(child)
    defaultTreeAdapter.appendChild(element, child)
  }
}

/** From now on these are its attributes. */
export function setAttributesOf(element: Element, attributes: Element['attrs']): void {
  element.attrs = attributes
}
