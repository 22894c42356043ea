import { csrf, flash, Router, type SessionOptions, secureHeaders, session } from 'beamish/endpoint'
import { liveFlash, rootLayout } from 'beamish/live-view'
import { document, frame } from './layout.ts'
import { AsyncLive } from './live/async-live.ts'
import { CommandsLive } from './live/commands-live.ts'
import { ComponentsLive } from './live/components-live.ts'
import { CounterLive } from './live/counter-live.ts'
import { FlashLive } from './live/flash-live.ts'
import { FormLive } from './live/form-live.ts'
import { HooksLive } from './live/hooks-live.ts'
import { IndexLive } from './live/index-live.ts'
import { ListsLive } from './live/lists-live.ts'
import { NavigationLive, OtherLive } from './live/navigation-live.ts'
import { NestedLive } from './live/nested-live.ts'
import { PortalsLive } from './live/portals-live.ts'
import { PresenceLive } from './live/presence-live.ts'
import { StreamsLive } from './live/streams-live.ts'
import { UploadsLive } from './live/uploads-live.ts'
import { withFeature } from './live/with-feature.ts'

export const sessionOptions: SessionOptions = { key: '_gallery', signingSalt: 'q8Zt3Lw' }

/** Every address of the gallery. */
export const router = Router.define((route) => {
  route.pipeline('browser', [
    session(sessionOptions),
    flash(),
    liveFlash(),
    csrf(),
    secureHeaders(),
    rootLayout(document),
  ])

  route.scope('/', { pipe: 'browser' }, (r) => {
    r.liveSession('gallery', { onMount: [withFeature], layout: frame }, (live) => {
      live.live('/', IndexLive)
      live.live('/counter', CounterLive)
      live.live('/form', FormLive)
      live.live('/lists', ListsLive)
      live.live('/streams', StreamsLive)
      live.live('/components', ComponentsLive)
      live.live('/async', AsyncLive)
      live.live('/navigation', NavigationLive)
      live.live('/navigation/other', OtherLive)
      live.live('/flash', FlashLive)
      live.live('/commands', CommandsLive)
      live.live('/nested', NestedLive)
      live.live('/nested/elsewhere', NestedLive, 'elsewhere')
      live.live('/uploads', UploadsLive)
      live.live('/hooks', HooksLive)
      live.live('/presence', PresenceLive)
      live.live('/portals', PortalsLive)
    })

    // Another live session: who goes there loads the page.
    r.liveSession('outside', { onMount: [withFeature], layout: frame }, (live) => {
      live.live('/navigation/outside', OtherLive, 'outside')
    })
  })
})
