import { cont, halt, type LiveViewSocket, type OnMount, redirect } from 'beamish/live-view'
import { type User, userWith } from '../accounts/accounts.ts'
import { USER_ID } from '../web/sessions.ts'

/** What every page behind the door knows. */
export interface SignedIn {
  readonly user: User
}

/** Lets in who is signed in, and sends everybody else to the door. */
export const signedIn: OnMount = async (_params, session, socket: LiveViewSocket<SignedIn>) => {
  const user = await userWith(session[USER_ID])
  if (user === undefined) {
    redirect(socket, { to: '/sign-in' })
    return halt()
  }
  socket.assign({ user })
  return cont()
}
