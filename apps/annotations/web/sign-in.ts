import { type Conn, redirect } from 'beamish/endpoint'
import { html, renderPage } from 'beamish/live-view'
import * as v from 'valibot'
import { Name, personNamed } from '../videos/people.ts'
import { PERSON_ID, RETURN_TO } from './sessions.ts'

// A name is enough: whoever gives it is that person. apps/chat shows accounts with passwords.

/** GET /sign-in. */
export function showSignIn(request: Request, conn: Conn): Promise<Response> {
  return answer(request, conn, { name: '' })
}

/** POST /sign-in. */
export async function signIn(request: Request, conn: Conn): Promise<Response> {
  const given = String((await request.formData()).get('name') ?? '')
  const name = v.safeParse(Name, given)
  if (!name.success) return answer(request, conn, { name: given, problem: name.issues[0].message })
  const { id } = await personNamed(name.output)
  const to = conn.session.get(RETURN_TO)
  conn.session.clear()
  // A session that was there before is not taken over: whoever planted it would be signed in too.
  conn.session.renew()
  conn.session.put(PERSON_ID, id)
  return redirect(typeof to === 'string' ? to : '/', 303)
}

/** POST /sign-out. */
export function signOut(_request: Request, conn: Conn): Response {
  conn.session.clear()
  conn.session.renew()
  return redirect('/sign-in', 303)
}

interface SignInForm {
  readonly name: string
  readonly problem?: string
}

function answer(request: Request, conn: Conn, { name, problem }: SignInForm): Promise<Response> {
  const page = html`<main class="door">
    <form class="card" method="post" action="/sign-in">
      <h1>Who watches?</h1>
      <p>A name is enough. Others see it beside what you say.</p>
      <input type="hidden" name="_csrf_token" value=${conn.csrfToken}>
      <label for="name">Name</label>
      <input id="name" name="name" value=${name} autocomplete="nickname" maxlength="32" required autofocus
        aria-invalid=${problem !== undefined && 'true'} aria-describedby=${problem !== undefined && 'problem'}>
      ${problem !== undefined && html`<p id="problem" class="problem" role="alert">${problem}</p>`}
      <button>Come in</button>
    </form>
  </main>`
  return renderPage(request, conn, page, {
    assigns: { pageTitle: 'Sign in' },
    status: problem === undefined ? 200 : 422,
  })
}
