import { csrf, flash, json, Router, type RouterModule, type SessionOptions, session, text } from 'beamish/endpoint'
import { liveFlash, rootLayout, serveColocated } from 'beamish/live-view'
import { evaluationHook, evaluationOf } from './evaluations.ts'
import { addIssues, addIssuesOfOtherSession, addIssuesWithOwnLayout, issueEvaluations } from './issues/index.ts'
import { liveLayout, rootDocument } from './layout.ts'
import { addPages, addPagesWithOwnLayout, pageEvaluations, serverEvaluations } from './pages/index.ts'

/** The routes that the specs open. */
export function makeRouter(sessionOptions: SessionOptions): RouterModule {
  const hook = evaluationHook({ ...pageEvaluations, ...issueEvaluations })
  return Router.define((route) => {
    route.pipeline('browser', [session(sessionOptions), flash(), liveFlash(), csrf(), rootLayout(rootDocument)])
    route.scope('/', { pipe: 'browser' }, (r) => {
      r.liveSession('pages', { layout: liveLayout, onMount: [hook] }, (r) => {
        addPages(r)
        addIssues(r)
      })
      r.liveSession('other', { layout: liveLayout }, addIssuesOfOtherSession)
      addPagesWithOwnLayout(r)
      addIssuesWithOwnLayout(r)
      r.post('/submit', async (request) => json(Object.fromEntries(await request.formData())))
    })
    route.get('/health', () => text('OK'))
    // A browser asks for it by itself, and specs look at what it complains of.
    route.get('/favicon.ico', () => new Response(null, { status: 204 }))
    route.post('/eval', async (request) => json(evaluated(await request.json())))
    route.post('/halt', halt)
    route.forward('/assets/colocated', serveColocated)
  })
}

function evaluated(body: unknown): unknown {
  const { code } = body as { readonly code: string } // the specs send it
  const { evaluation, found } = evaluationOf(serverEvaluations, code)
  return evaluation(...found) ?? null
}

/** Ends the program as a person would. */
function halt(): Response {
  process.kill(process.pid, 'SIGTERM')
  return text('goodbye')
}
