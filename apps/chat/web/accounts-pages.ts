import { Broadcast } from 'beamish/channel'
import { type Conn, redirect } from 'beamish/endpoint'
import { html, type Rendered, renderPage } from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import * as v from 'valibot'
import { SignUp, signIn, signUp, type User } from '../accounts/accounts.ts'
import { closeSession, openSession, userOf } from '../accounts/sessions.ts'
import { LIVE_SOCKET_ID, liveSocketId, SESSION } from './sessions.ts'

// Signing up, in and out: plain pages and forms, because a session is a cookie, and only HTTP sets cookies.

/** GET /sign-in and /sign-up. */
export async function showAccountForm(request: Request, conn: Conn): Promise<Response> {
  if ((await userOf(conn.session.get(SESSION))) !== undefined) return redirect('/')
  return answer(request, conn, { kind: kindOf(request), name: '' })
}

/** POST /sign-in. */
export async function startSession(request: Request, conn: Conn): Promise<Response> {
  const { name, password } = await fieldsOf(request)
  const user = await signIn(name, password)
  if (user === 'tooMany') return answer(request, conn, { kind: 'sign-in', name, problems: { password: TOO_MANY } }, 429)
  if (user !== 'wrong') return await signedIn(conn, user)
  return answer(request, conn, { kind: 'sign-in', name, problems: { password: 'Name or password is wrong' } }, 422)
}

/** POST /sign-up. */
export async function openAccount(request: Request, conn: Conn): Promise<Response> {
  const fields = await fieldsOf(request)
  const checked = v.safeParse(SignUp, fields)
  const { name } = fields
  if (!checked.success) {
    const { nested = {} } = v.flatten<typeof SignUp>(checked.issues)
    const problems = { name: nested.name?.[0], password: nested.password?.[0] }
    return answer(request, conn, { kind: 'sign-up', name, problems }, 422)
  }
  const user = await signUp(checked.output)
  if (user !== 'taken') return await signedIn(conn, user)
  return answer(request, conn, { kind: 'sign-up', name, problems: { name: 'Somebody has that name' } }, 422)
}

/** POST /sign-out: every page of the session is disconnected, and its cookie opens nothing any more. */
export async function endSession(_request: Request, conn: Conn): Promise<Response> {
  const session = conn.session.get(SESSION)
  if (typeof session === 'string') {
    await closeSession(session)
    disconnect(liveSocketId(session))
  }
  conn.session.clear()
  conn.session.renew()
  return redirect('/sign-in', 303)
}

function disconnect(connections: string): void {
  PubSub.broadcast('chat', connections, new Broadcast(connections, 'disconnect', {}))
}

/** A session that was there before is not taken over: whoever planted it would be signed in too. */
async function signedIn(conn: Conn, user: User): Promise<Response> {
  const session = await openSession(user)
  conn.session.clear()
  conn.session.renew()
  conn.session.put(SESSION, session)
  conn.session.put(LIVE_SOCKET_ID, liveSocketId(session))
  return redirect('/', 303)
}

async function fieldsOf(request: Request): Promise<{ name: string; password: string }> {
  const form = await request.formData()
  return { name: String(form.get('name') ?? ''), password: String(form.get('password') ?? '') }
}

const TOO_MANY = 'That was tried too often. Wait a minute.'

type Kind = 'sign-in' | 'sign-up'

function kindOf(request: Request): Kind {
  return new URL(request.url).pathname === '/sign-up' ? 'sign-up' : 'sign-in'
}

interface AccountForm {
  readonly kind: Kind
  readonly name: string
  readonly problems?: { readonly name?: string | undefined; readonly password?: string | undefined }
}

const WORDS = {
  'sign-in': { title: 'Sign in', other: 'sign-up', question: 'New here?', otherTitle: 'Open an account' },
  'sign-up': { title: 'Open an account', other: 'sign-in', question: 'You have one?', otherTitle: 'Sign in' },
} as const

function answer(request: Request, conn: Conn, form: AccountForm, status = 200): Promise<Response> {
  const pageTitle = WORDS[form.kind].title
  return renderPage(request, conn, accountPage(conn, form), { assigns: { pageTitle }, status })
}

function accountPage(conn: Conn, { kind, name, problems = {} }: AccountForm): Rendered {
  const { title, other, question, otherTitle } = WORDS[kind]
  return html`<main class="door">
    <form class="card" method="post" action=${`/${kind}`}>
      <h1><img src="/assets/icon.svg" alt="" width="36" height="36"> ${title}</h1>
      <input type="hidden" name="_csrf_token" value=${conn.csrfToken}>
      ${field({ name: 'name', label: 'Name', type: 'text', value: name, complete: 'username', problem: problems.name })}
      ${field({
        name: 'password',
        label: 'Password',
        type: 'password',
        value: '',
        complete: kind === 'sign-up' ? 'new-password' : 'current-password',
        problem: problems.password,
      })}
      <button class="primary">${title}</button>
      <p>${question} <a href=${`/${other}`}>${otherTitle}</a></p>
    </form>
  </main>`
}

interface Field {
  readonly name: string
  readonly label: string
  readonly type: string
  readonly value: string
  readonly complete: string
  readonly problem: string | undefined
}

function field({ name, label, type, value, complete, problem }: Field): Rendered {
  return html`<label>
    <span>${label}</span>
    <input name=${name} type=${type} value=${value} autocomplete=${complete} required
      aria-invalid=${problem !== undefined && 'true'} aria-describedby=${problem !== undefined && `${name}-problem`}>
    ${problem !== undefined && html`<small id=${`${name}-problem`} class="problem" role="alert">${problem}</small>`}
  </label>`
}
