import { BeamishError } from '../../core/errors.ts'
import { Rendered } from './html.ts'
import { Comprehension } from './lists.ts'
import { ComponentUse, type Dynamic, newDynamicOf } from './nodes.ts'

/** What a component looks like where it is used. */
export type RenderComponent = (use: ComponentUse) => Rendered

/**
 * The whole HTML of a node: for the first answer over HTTP, for static pages, and to compare with.
 * @param component - default: there can be none.
 * @throws {InvalidValueError} `BEAMISH_INVALID_VALUE`
 * @throws {BeamishError} `BEAMISH_NOT_IN_LIVE_VIEW` for a live component outside of a live view.
 */
export function toHtml(rendered: Rendered, component: RenderComponent = noComponents): string {
  const { statics } = rendered.template
  let out = statics[0] as string // there is one more than there are values
  for (let index = 0; index < rendered.values.length; index++) {
    out += dynamicHtml(newDynamicOf(rendered, index), component) + (statics[index + 1] as string)
  }
  return out
}

function dynamicHtml(dynamic: Dynamic, component: RenderComponent): string {
  if (typeof dynamic === 'string') return dynamic
  if (dynamic instanceof Rendered) return toHtml(dynamic, component)
  if (dynamic instanceof Comprehension) return listHtml(dynamic.entries, component)
  if (dynamic instanceof ComponentUse) return toHtml(component(dynamic), component)
  return listHtml(dynamic.shown, component)
}

function listHtml(entries: readonly Rendered[], component: RenderComponent): string {
  let out = ''
  for (const entry of entries) out += toHtml(entry, component)
  return out
}

function noComponents({ id }: ComponentUse): never {
  throw new BeamishError(
    'BEAMISH_NOT_IN_LIVE_VIEW',
    `the live component with the id ${String(id)} stands in a page that is no live view. Render it in a live view.`,
  )
}
