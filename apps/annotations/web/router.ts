import { csrf, Router, secureHeaders, session } from 'beamish/endpoint'
import { rootLayout } from 'beamish/live-view'
import { document } from './layout.ts'
import { named, sessionOptions } from './sessions.ts'
import { showSignIn, signIn, signOut } from './sign-in.ts'
import { listVideos, showVideo } from './video-pages.ts'

/** Every address. */
export const router = Router.define((route) => {
  route.pipeline('browser', [session(sessionOptions), csrf(), secureHeaders(), rootLayout(document)])
  route.pipeline('named', [named])

  route.scope('/', { pipe: 'browser' }, (r) => {
    r.get('/sign-in', showSignIn)
    r.post('/sign-in', signIn)
    r.post('/sign-out', signOut)
  })

  route.scope('/', { pipe: ['browser', 'named'] }, (r) => {
    r.get('/', listVideos)
    r.get('/videos/:id', showVideo)
  })
})
