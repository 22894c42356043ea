import type { Conn } from '../http/conn.ts'
import { isCsrfToken, maskCsrfToken } from '../http/csrf-token.ts'
import { CSRF_TOKEN_KEY } from '../http/session-data.ts'
import { noCsrfToken, type PageFacts } from './template/page-value.ts'
import type { LiveConnection } from './view-socket.ts'

/** What the page of a request knows. */
export function factsOfRequest(conn: Conn): PageFacts {
  return new Facts(() => conn.csrfToken)
}

/**
 * What a connected page knows. Its token is made of that of its session, or is the one that its client connected with, where the
 * session keeps it under a key of its own.
 */
export function factsOfConnection({ params, info }: Pick<LiveConnection, 'params' | 'info'>): PageFacts {
  return new Facts(() => {
    const kept = info.session?.[CSRF_TOKEN_KEY]
    if (isCsrfToken(kept)) return maskCsrfToken(kept)
    const { _csrf_token: given } = params
    if (typeof given === 'string' && given !== '') return given
    throw noCsrfToken('neither its session nor its client has one')
  })
}

/** Each time that a token is masked it looks different: a page asks once, so that it does not change with each render. */
class Facts implements PageFacts {
  private readonly makeToken: () => string
  private token: string | undefined = undefined

  constructor(makeToken: () => string) {
    this.makeToken = makeToken
  }

  get csrfToken(): string {
    this.token ??= this.makeToken()
    return this.token
  }
}
