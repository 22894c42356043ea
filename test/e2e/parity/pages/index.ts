import type { RouteScope } from 'beamish/endpoint'
import { rootLayout } from 'beamish/live-view'
import type { ServerEvaluations, ViewEvaluations } from '../evaluations.ts'
import { ColocatedLive } from './colocated.ts'
import { ComponentsLive } from './components.ts'
import { ErrorLive } from './errors.ts'
import { FormLive, FormStreamLive, formEvaluations, formServerEvaluations, NestedFormLive } from './form.ts'
import { FormDynamicInputsLive } from './form-dynamic-inputs.ts'
import { FormFeedbackLive } from './form-feedback.ts'
import { FormUnsavedLive, FormUnsavedTarget } from './form-unsaved.ts'
import { JsLive } from './js.ts'
import { KeyedComprehensionLive } from './keyed-comprehension.ts'
import { deadPage, NavigationA, NavigationB, navigationLayout, RedirectLoop } from './navigation.ts'
import { PortalLive, portalDocument, portalEvaluations } from './portal.ts'
import { SelectLive } from './select.ts'
import {
  HealthyLive,
  StreamInsideForLive,
  StreamLimitLive,
  StreamLive,
  StreamNestedComponentResetLive,
  StreamResetComponentsLive,
  StreamResetLive,
  streamEvaluations,
} from './streams.ts'
import { UploadLive } from './upload.ts'

/** Pages inside the layout that most have. */
export function addPages(route: RouteScope): void {
  route.live('/stream', StreamLive)
  route.live('/stream/reset', StreamResetLive)
  route.live('/stream/reset-lc', StreamResetComponentsLive)
  route.live('/stream/limit', StreamLimitLive)
  route.live('/stream/nested-component-reset', StreamNestedComponentResetLive)
  route.live('/stream/inside-for', StreamInsideForLive)
  route.live('/healthy/:category', HealthyLive)
  route.live('/upload', UploadLive)
  route.live('/form', FormLive)
  route.live('/form/dynamic-inputs', FormDynamicInputsLive)
  route.live('/form/nested', NestedFormLive)
  route.live('/form/stream', FormStreamLive)
  route.live('/form-unsaved', FormUnsavedLive)
  route.live('/form-unsaved/target', FormUnsavedTarget)
  route.live('/js', JsLive)
  route.live('/select', SelectLive)
  route.live('/components', ComponentsLive)
  route.live('/portal', PortalLive, null, { pipe: rootLayout(portalDocument) })
  route.live('/keyed-comprehension', KeyedComprehensionLive)
}

/** Pages, and live sessions, that have a layout of their own. */
export function addPagesWithOwnLayout(route: RouteScope): void {
  route.liveSession('navigation', { layout: navigationLayout }, (r) => {
    r.live('/navigation/a', NavigationA)
    r.live('/navigation/b', NavigationB, 'index')
    r.live('/navigation/b/:id', NavigationB, 'show')
    r.live('/navigation/redirectloop', RedirectLoop, 'index')
    r.get('/navigation/dead', deadPage)
  })
  route.live('/errors', ErrorLive)
  route.live('/colocated', ColocatedLive)
  route.live('/form/feedback', FormFeedbackLive)
}

export const pageEvaluations: ViewEvaluations = {
  ...formEvaluations,
  ...portalEvaluations,
  ...streamEvaluations,
  'socket.assigns.items': (socket) => socket.assigns.items,
}

export const serverEvaluations: ServerEvaluations = { ...formServerEvaluations }
