import { createHash } from 'node:crypto'
import { checkKeys } from '../../core/check-keys.ts'
import { BadArgumentError } from '../../core/errors.ts'
import { type AttributeList, attrs } from '../template/values.ts'

/** How far a style sheet of its own reaches. */
export interface ScopedCssOptions {
  /** Whether the root elements of other templates with such a sheet are reached, though nothing in them. Default false. */
  readonly includeRoots?: boolean
}

/** A style sheet for the elements of one template. Made by {@link scopedCss}. */
export class ScopedCss {
  /** For the root elements of the template: `<article ${card.root}>`. */
  readonly root: AttributeList
  /** The sheet as the page has it. */
  readonly text: string

  constructor(id: string, css: string, includeRoots: boolean) {
    const scope = `${MARK}-${id}`
    this.root = attrs({ [MARK]: true, [scope]: true })
    this.text =
      css.trim() === '' ? '' : `@scope ([${scope}]) to ([${MARK}]${includeRoots ? ' > *' : ''}) {\n${css.trim()}\n}`
  }
}

/** On the root elements of every template that has a sheet: there those around it end. */
const MARK = 'data-css'

const sheets = new Map<string, ScopedCss>()

/** Every sheet of the program, as far as it is loaded, in the order of their definitions. */
export function allSheets(): readonly ScopedCss[] {
  return [...sheets.values()]
}

/**
 * A style sheet for one template alone, beside it.
 *
 * ```ts
 * import { html, scopedCss } from 'beamish/live-view'
 *
 * const card = scopedCss(`
 *   :scope { border: 1px solid }
 *   h2 { color: teal }
 * `)
 * export const cardOf = (title: string, content: unknown) => html`<article ${card.root}><h2>${title}</h2>${content}</article>`
 * ```
 *
 * Its rules reach what stands in the elements that carry `root`, and end where another template with a sheet of its own begins. What is
 * passed in as content belongs to whoever wrote it: it carries the `root` of its own template. `:scope` is the root itself. All sheets
 * of the program come to the page as one: see `serveColocated`.
 * @param css - rules as they are; browsers without `@scope` leave them out. None at all: the template ends the sheets around it.
 * @throws {BadArgumentError} for what is no text, and unknown options.
 * Semantics: the scoped example of Phoenix.LiveView.ColocatedCSS. Differs: the author marks the roots.
 */
export function scopedCss(css: string, options: ScopedCssOptions = {}): ScopedCss {
  checkKeys('scopedCss', options, ['includeRoots'])
  if (typeof css !== 'string') throw new BadArgumentError('scopedCss', 'rules as text', css)
  const { includeRoots = false } = options
  const id = createHash('sha256').update(`${includeRoots} ${css}`).digest('hex').slice(0, 10)
  const sheet = new ScopedCss(id, css, includeRoots)
  sheets.set(id, sheet)
  return sheet
}
