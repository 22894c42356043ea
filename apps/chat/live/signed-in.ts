import { cont, halt, type LiveViewSocket, type OnMount, redirect } from 'beamish/live-view'
import type { User } from '../accounts/accounts.ts'
import { userOf } from '../accounts/sessions.ts'
import { SESSION } from '../web/sessions.ts'

/** What every page behind the door knows. */
export interface SignedIn {
  readonly user: User
}

/** Lets in who is signed in, and sends everybody else to the door. */
export const signedIn: OnMount = async (_params, session, socket: LiveViewSocket<SignedIn>) => {
  const user = await userOf(session[SESSION])
  if (user === undefined) {
    redirect(socket, { to: '/sign-in' })
    return halt()
  }
  socket.assign({ user })
  return cont()
}
