import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

/** The elements directly in the container of this id, each as `id text`. */
export function itemsIn(html: string, containerId: string): string[] {
  const container = find(parseFragment(html).childNodes, containerId)
  if (container === undefined) throw new Error(`no element ${containerId} in ${html}`)
  return container.childNodes.filter(isElement).map((item) => `${idOf(item)} ${textOf(item)}`)
}

function find(nodes: readonly Node[], id: string): Element | undefined {
  for (const node of nodes.filter(isElement)) {
    const found = idOf(node) === id ? node : find(node.childNodes, id)
    if (found !== undefined) return found
  }
  return undefined
}

function isElement(node: Node): node is Element {
  return 'attrs' in node
}

function idOf(element: Element): string {
  return element.attrs.find(({ name }) => name === 'id')?.value ?? ''
}

function textOf(node: Node): string {
  if ('value' in node) return node.value
  return 'childNodes' in node ? node.childNodes.map(textOf).join('').trim() : ''
}
