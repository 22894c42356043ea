import { csrf, flash, Router, secureHeaders, session } from 'beamish/endpoint'
import { liveFlash, rootLayout } from 'beamish/live-view'
import { LobbyLive } from '../live/lobby-live.ts'
import { RoomLive } from '../live/room-live.ts'
import { shell } from '../live/shell.ts'
import { signedIn } from '../live/signed-in.ts'
import { withRooms } from '../live/with-rooms.ts'
import { endSession, openAccount, showAccountForm, startSession } from './accounts-pages.ts'
import { giveToken } from './api.ts'
import { sendFile } from './files.ts'
import { document } from './layout.ts'
import { sessionOptions } from './sessions.ts'

/** Every address of the chat. */
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
    r.get('/sign-in', showAccountForm)
    r.post('/sign-in', startSession)
    r.get('/sign-up', showAccountForm)
    r.post('/sign-up', openAccount)
    r.post('/sign-out', endSession)
    r.get('/files/:id', sendFile)

    r.liveSession('people', { onMount: [signedIn, withRooms], layout: shell }, (live) => {
      live.live('/', LobbyLive)
      live.live('/rooms/:slug', RoomLive)
    })
  })

  route.post('/api/token', giveToken)
})
