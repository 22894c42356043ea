import type { RouteScope } from 'beamish/endpoint'
import type { ViewEvaluations } from '../evaluations.ts'

/** Pages inside the layout that most have: `route.live('/issues/2787', Issue2787Live)`. */
export function addIssues(_route: RouteScope): void {}

/** Pages of the second live session. */
export function addIssuesOfOtherSession(_route: RouteScope): void {}

/** Pages with a layout of their own, or none; the specs evaluate nothing in them. */
export function addIssuesWithOwnLayout(_route: RouteScope): void {}

/** What the specs evaluate in these pages. */
export const issueEvaluations: ViewEvaluations = {}
