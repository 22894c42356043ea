import type { Container } from './layout.ts'
import { attrs, type Raw, raw } from './template/values.ts'

/** What the container of a view says about it. Semantics: liveview.md §2.2. */
export interface ContainerMarks {
  readonly id: string
  /** Whether a route led to it. */
  readonly isMain?: boolean
  readonly session: string
  readonly static: string
  /** The id of the view around it. */
  readonly parentId?: string
  readonly isSticky?: boolean
}

const DEFAULT: Container = ['div', {}]

/** A view's own container, and what its place on the page says over it. */
export function mergedContainer(own: Container = DEFAULT, over?: Container): Container {
  return over === undefined ? own : [over[0], { ...own[1], ...over[1] }]
}

/**
 * The element that a view lives in, with the view in it.
 * @param content - HTML.
 */
export function containerHtml([tag, attributes]: Container, marks: ContainerMarks, content: string): Raw {
  const own = {
    id: marks.id,
    'data-phx-main': marks.isMain,
    'data-phx-session': marks.session,
    'data-phx-static': marks.static,
    'data-phx-parent-id': marks.parentId,
    'data-phx-sticky': marks.isSticky,
  }
  return raw(`<${tag}${attrs({ ...attributes, ...own }).html}>${content}</${tag}>`)
}

/** The container as the client is told of it after a live navigation: attributes as text. */
export function containerForWire([tag, attributes]: Container): [string, Record<string, string>] {
  const texts = Object.entries(attributes).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === undefined || value === false) return []
    if (Array.isArray(value))
      return [
        [
          name,
          value
            .flat(8)
            .filter(Boolean)
            .join(name === 'style' ? '; ' : ' '),
        ],
      ]
    return [[name, value === true ? '' : String(value)]]
  })
  return [tag, Object.fromEntries(texts)]
}
