import type { RouteScope } from 'beamish/endpoint'
import type { ServerEvaluations, ViewEvaluations } from '../evaluations.ts'
import { JsLive } from './js.ts'

/** Pages inside the layout that most have. */
export function addPages(route: RouteScope): void {
  route.live('/js', JsLive)
}

/** Pages, and live sessions, that have a layout of their own. */
export function addPagesWithOwnLayout(_route: RouteScope): void {}

export const pageEvaluations: ViewEvaluations = {}

export const serverEvaluations: ServerEvaluations = {}
