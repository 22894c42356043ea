import { BeamishError } from '../../core/errors.ts'
import { escapeHtml } from '../../http/escape-html.ts'
import { Rendered } from './html.ts'
import { Comprehension } from './lists.ts'
import { ComponentUse, type Dynamic, LiveViewUse, newDynamicOf } from './nodes.ts'
import { NO_FACTS, type PageFacts } from './page-value.ts'

/** What stands in a page beside its own markup. */
export interface RenderUses {
  /** What a component looks like where it is used. */
  component(use: ComponentUse): Rendered
  /** The HTML of a live view where it is used: its container, and what stands in that. Asked in the order of the page. */
  view(use: LiveViewUse): string
  /** What templates may ask the page for. */
  readonly facts: PageFacts
}

/**
 * The whole HTML of a node: for the first answer over HTTP, for static pages, and to compare with.
 * @param uses - of what is not said there can be none.
 * @throws {InvalidValueError} `BEAMISH_INVALID_VALUE`
 * @throws {BeamishError} `BEAMISH_NOT_IN_LIVE_VIEW` for a live component outside of a live view.
 */
export function toHtml(rendered: Rendered, uses: Partial<RenderUses> = {}): string {
  return renderedHtml(rendered, { ...NO_USES, ...uses })
}

function renderedHtml(rendered: Rendered, uses: RenderUses): string {
  const { statics, parts } = rendered.template
  const { values } = rendered
  let out = statics[0] as string // there is one more than there are values
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (typeof value === 'string' && parts[index]?.type === 'text')
      out += escapeHtml(value) // most of a page: bench/live-view
    else out += dynamicHtml(newDynamicOf(rendered, index, uses.facts), uses)
    out += statics[index + 1] as string
  }
  return out
}

function dynamicHtml(dynamic: Dynamic, uses: RenderUses): string {
  if (typeof dynamic === 'string') return dynamic
  if (dynamic instanceof Rendered) return renderedHtml(dynamic, uses)
  if (dynamic instanceof Comprehension) return listHtml(dynamic.entries, uses)
  if (dynamic instanceof ComponentUse) return renderedHtml(uses.component(dynamic), uses)
  if (dynamic instanceof LiveViewUse) return uses.view(dynamic)
  return listHtml(dynamic.shown, uses)
}

function listHtml(entries: readonly Rendered[], uses: RenderUses): string {
  let out = ''
  for (const entry of entries) out += renderedHtml(entry, uses)
  return out
}

/** There is no component in a page that is no live view. @throws {BeamishError} `BEAMISH_NOT_IN_LIVE_VIEW` */
function noComponent({ id }: ComponentUse): never {
  throw new BeamishError(
    'BEAMISH_NOT_IN_LIVE_VIEW',
    `the live component with the id ${String(id)} stands in a page that is no live view. Render it in a live view.`,
  )
}

const NO_USES: RenderUses = {
  component: noComponent,
  facts: NO_FACTS,
  view: ({ id = '(none)' }) => {
    throw new BeamishError(
      'BEAMISH_NOT_IN_LIVE_VIEW',
      `the live view with the id ${id} stands in markup that no request is known for. Answer with renderPage(request, conn, …).`,
    )
  },
}
