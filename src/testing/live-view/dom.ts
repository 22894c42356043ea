import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse, parseFragment, serializeOuter } from 'parse5'

/** An element of a parsed page. */
export type Element = DefaultTreeAdapterTypes.Element
type ParentNode = DefaultTreeAdapterTypes.ParentNode
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
