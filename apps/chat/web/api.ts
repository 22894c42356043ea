import { type Conn, json, Token } from 'beamish/endpoint'
import * as v from 'valibot'
import { signIn } from '../accounts/accounts.ts'
import { openSession } from '../accounts/sessions.ts'
import { USER_TOKEN } from '../channels/user-socket.ts'

const Credentials = v.object({ name: v.string(), password: v.string() })

/** POST /api/token, with name and password as JSON: a token for the socket of programs. */
export async function giveToken(request: Request, conn: Conn): Promise<Response> {
  const asked = v.safeParse(Credentials, await request.json().catch(() => undefined))
  if (!asked.success) return json({ error: 'expected { "name": …, "password": … } as JSON' }, { status: 400 })
  const user = await signIn(asked.output.name, asked.output.password)
  if (user === 'tooMany') return json({ error: 'that was tried too often: wait a minute' }, { status: 429 })
  if (user === 'wrong') return json({ error: 'name or password is wrong' }, { status: 401 })
  return json({ token: Token.sign(conn, USER_TOKEN, await openSession(user)), user })
}
