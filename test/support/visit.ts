import { csrf } from '../../src/http/csrf.ts'
import { text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { session } from '../../src/http/session.ts'
import type { SessionOptions } from '../../src/http/session-cookie.ts'

/** Long enough for sessions. */
export const SECRET = 'a secret of at least sixty-four bytes, as Plug demands it for its sessions'

/** The cookie header and CSRF token of a client that has visited a page, whose session holds `user: 7`. */
export async function visit(options: SessionOptions): Promise<{ cookie: string; token: string }> {
  const seen = { token: '' }
  const router = Router.define((route) => {
    route.pipeline('browser', [session(options), csrf()])
    route.scope('/', { pipe: 'browser' }, (r) => {
      r.get('/', (_request, conn) => {
        conn.session.put('user', 7)
        seen.token = conn.csrfToken
        return text('hi')
      })
    })
  })
  const response = await router.handle(new Request('http://localhost/'), { secretKeyBase: SECRET })
  const [cookie = ''] = (response.headers.getSetCookie()[0] ?? '').split(';')
  return { cookie, token: seen.token }
}
