import type { RouteScope } from 'beamish/endpoint'
import type { ViewEvaluations } from '../evaluations.ts'
import { Issue2787Live } from './issue-2787.ts'
import { Issue2835Live } from './issue-2835.ts'
import { Issue2965Live } from './issue-2965.ts'
import { Issue3026Live } from './issue-3026.ts'
import { Issue3040Live } from './issue-3040.ts'
import { Issue3047ALive, Issue3047BLive } from './issue-3047.ts'
import { choose, Issue3083Live } from './issue-3083.ts'
import { Issue3107Live } from './issue-3107.ts'
import { Issue3117Live } from './issue-3117.ts'
import { Issue3169Live } from './issue-3169.ts'
import { Issue3194Live, Issue3194OtherLive } from './issue-3194.ts'
import { Issue3199AwayLive, Issue3199Live, removeView } from './issue-3199.ts'
import { Issue3200Live } from './issue-3200.ts'
import { Issue3319Live } from './issue-3319.ts'
import { Issue3368Live } from './issue-3368.ts'
import { Issue3378Live } from './issue-3378.ts'
import { Issue3391Live } from './issue-3391.ts'
import { Issue3448Live } from './issue-3448.ts'
import { Issue3496ALive, Issue3496BLive } from './issue-3496.ts'
import { Issue3529Live } from './issue-3529.ts'
import { Issue3530Live } from './issue-3530.ts'
import { Issue3612ALive, Issue3612BLive } from './issue-3612.ts'
import { Issue3636Live } from './issue-3636.ts'
import { Issue3647Live } from './issue-3647.ts'
import { Issue3651Live } from './issue-3651.ts'
import { Issue3656Live } from './issue-3656.ts'
import { Issue3658Live } from './issue-3658.ts'
import { Issue3681AwayLive, Issue3681Live } from './issue-3681.ts'
import { Issue3684Live } from './issue-3684.ts'
import { Issue3686ALive, Issue3686BLive, Issue3686CLive } from './issue-3686.ts'
import { Issue3709Live } from './issue-3709.ts'
import { Issue3719Live } from './issue-3719.ts'
import { Issue3814Live } from './issue-3814.ts'
import { Issue3819Live } from './issue-3819.ts'
import { Issue3919Live } from './issue-3919.ts'
import { Issue3931Live } from './issue-3931.ts'
import { Issue3941Live } from './issue-3941.ts'
import { Issue3953Live } from './issue-3953.ts'
import { Issue3979Live } from './issue-3979.ts'
import { Issue4027Live } from './issue-4027.ts'
import { Issue4066Live } from './issue-4066.ts'
import { Issue4078Live } from './issue-4078.ts'
import { Issue4088Live } from './issue-4088.ts'
import { Issue4094Live } from './issue-4094.ts'
import { Issue4095Live } from './issue-4095.ts'
import { Issue4102Live } from './issue-4102.ts'
import { Issue4107Live } from './issue-4107.ts'
import { Issue4121Live } from './issue-4121.ts'
import { Issue4147Live } from './issue-4147.ts'
import { Issue4209Live } from './issue-4209.ts'
import { Issue4212Live } from './issue-4212.ts'
import { Issue4290ALive, Issue4290BLive } from './issue-4290.ts'
import { Issue4323Live } from './issue-4323.ts'
import { Issue4325Live } from './issue-4325.ts'
import { Issue4334Live } from './issue-4334.ts'
import { Issue4350Live } from './issue-4350.ts'
import { Issue4359Live } from './issue-4359.ts'
import { Issue4368Live } from './issue-4368.ts'

/** Pages inside the layout that most have. */
export function addIssues(route: RouteScope): void {
  route.scope('/issues', (r) => {
    r.live('/2787', Issue2787Live)
    r.live('/2835', Issue2835Live)
    r.live('/3026', Issue3026Live)
    r.live('/3040', Issue3040Live)
    r.live('/3083', Issue3083Live)
    r.live('/3107', Issue3107Live)
    r.live('/3117', Issue3117Live)
    r.live('/3194', Issue3194Live)
    r.live('/3194/other', Issue3194OtherLive)
    r.live('/3199', Issue3199Live, null, { container: ['div', { 'phx-remove': removeView }] })
    r.live('/3199/away', Issue3199AwayLive)
    r.live('/3200/messages', Issue3200Live, 'messages')
    r.live('/3200/settings', Issue3200Live, 'settings')
    r.live('/3319', Issue3319Live)
    r.live('/3368', Issue3368Live)
    r.live('/3378', Issue3378Live)
    r.live('/3391', Issue3391Live)
    r.live('/3448', Issue3448Live)
    r.live('/3496/a', Issue3496ALive)
    r.live('/3496/b', Issue3496BLive)
    r.live('/3529', Issue3529Live)
    r.live('/3612/a', Issue3612ALive)
    r.live('/3612/b', Issue3612BLive)
    r.live('/3636', Issue3636Live)
    r.live('/3651', Issue3651Live)
    r.live('/3656', Issue3656Live)
    r.live('/3658', Issue3658Live)
    r.live('/3684', Issue3684Live)
    r.live('/3686/a', Issue3686ALive)
    r.live('/3686/b', Issue3686BLive)
    r.live('/3709', Issue3709Live)
    r.live('/3709/:id', Issue3709Live)
    r.live('/3719', Issue3719Live)
    r.live('/3814', Issue3814Live)
    r.live('/3819', Issue3819Live)
    r.live('/3919', Issue3919Live)
    r.live('/3931', Issue3931Live)
    r.live('/3953', Issue3953Live)
    r.live('/3979', Issue3979Live)
    r.live('/4027', Issue4027Live)
    r.live('/4066', Issue4066Live)
    r.live('/4088', Issue4088Live)
    r.live('/4094', Issue4094Live)
    r.live('/4095', Issue4095Live)
    r.live('/4102', Issue4102Live)
    r.live('/4107', Issue4107Live)
    r.live('/4121', Issue4121Live)
    r.live('/4147', Issue4147Live)
    r.live('/4209', Issue4209Live)
    r.live('/4212', Issue4212Live)
    r.live('/4290/a', Issue4290ALive)
    r.live('/4290/b', Issue4290BLive)
    r.live('/4323', Issue4323Live)
    r.live('/4325', Issue4325Live)
    r.live('/4334', Issue4334Live)
    r.live('/4350', Issue4350Live)
    r.live('/4359', Issue4359Live)
    r.live('/4368', Issue4368Live)
  })
}

/** Pages of the second live session. */
export function addIssuesOfOtherSession(route: RouteScope): void {
  route.live('/issues/3686/c', Issue3686CLive)
}

/** Pages with a layout of their own, or none; the specs evaluate nothing in them. */
export function addIssuesWithOwnLayout(route: RouteScope): void {
  route.scope('/issues', (r) => {
    r.live('/2965', Issue2965Live)
    r.live('/3047/a', Issue3047ALive)
    r.live('/3047/b', Issue3047BLive)
    r.live('/3169', Issue3169Live)
    r.live('/3530', Issue3530Live)
    r.live('/3647', Issue3647Live)
    r.live('/3681', Issue3681Live)
    r.live('/3681/away', Issue3681AwayLive)
    r.live('/3941', Issue3941Live)
    r.live('/4078', Issue4078Live)
  })
}

/** What the specs evaluate in these pages. */
export const issueEvaluations: ViewEvaluations = {
  '{:noreply, Phoenix.Component.assign(socket, :counter, socket.assigns.counter + 1)}': (socket) =>
    socket.update('counter', (counter: number) => counter + 1),
  'send(self(), {:select, […]}); nil': (socket, ids = '') => {
    choose(socket, ids.split(',').map(Number))
  },
}
