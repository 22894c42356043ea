import type { RouteScope } from 'beamish/endpoint'
import type { ViewEvaluations } from '../evaluations.ts'
import { Issue3026Live } from './issue-3026.ts'
import { Issue3200Live } from './issue-3200.ts'
import { Issue3651Live } from './issue-3651.ts'
import { Issue3686ALive, Issue3686BLive, Issue3686CLive } from './issue-3686.ts'
import { Issue3719Live } from './issue-3719.ts'
import { Issue3919Live } from './issue-3919.ts'
import { Issue3979Live } from './issue-3979.ts'
import { Issue4066Live } from './issue-4066.ts'
import { Issue4088Live } from './issue-4088.ts'
import { Issue4147Live } from './issue-4147.ts'
import { Issue4290ALive, Issue4290BLive } from './issue-4290.ts'
import { Issue4323Live } from './issue-4323.ts'
import { Issue4325Live } from './issue-4325.ts'
import { Issue4334Live } from './issue-4334.ts'
import { Issue4350Live } from './issue-4350.ts'

/** Pages inside the layout that most have. */
export function addIssues(route: RouteScope): void {
  route.scope('/issues', (r) => {
    r.live('/3026', Issue3026Live)
    r.live('/3200/messages', Issue3200Live, 'messages')
    r.live('/3200/settings', Issue3200Live, 'settings')
    r.live('/3651', Issue3651Live)
    r.live('/3686/a', Issue3686ALive)
    r.live('/3686/b', Issue3686BLive)
    r.live('/3719', Issue3719Live)
    r.live('/3919', Issue3919Live)
    r.live('/3979', Issue3979Live)
    r.live('/4066', Issue4066Live)
    r.live('/4088', Issue4088Live)
    r.live('/4147', Issue4147Live)
    r.live('/4290/a', Issue4290ALive)
    r.live('/4290/b', Issue4290BLive)
    r.live('/4323', Issue4323Live)
    r.live('/4325', Issue4325Live)
    r.live('/4334', Issue4334Live)
    r.live('/4350', Issue4350Live)
  })
}

/** Pages of the second live session. */
export function addIssuesOfOtherSession(route: RouteScope): void {
  route.live('/issues/3686/c', Issue3686CLive)
}

/** Pages with a layout of their own, or none; the specs evaluate nothing in them. */
export function addIssuesWithOwnLayout(_route: RouteScope): void {}

/** What the specs evaluate in these pages. */
export const issueEvaluations: ViewEvaluations = {
  '{:noreply, Phoenix.Component.assign(socket, :counter, socket.assigns.counter + 1)}': (socket) =>
    socket.update('counter', (counter: number) => counter + 1),
}
