import { BadArgumentError, BeamishError, show } from '../core/errors.ts'

/**
 * An error that is answered with a status of its own: `throw new HttpError(404, 'no such room')`.
 *
 * Below 500 the client reads the message; any other error is answered with 500, and the client learns nothing of it.
 * `code` is `BEAMISH_HTTP_ERROR`.
 * Semantics: Plug.Exception. Differs: a `status` of other errors means nothing; it may be that of a server they asked.
 */
export class HttpError extends BeamishError {
  readonly status: number
  /** What the client may read: the message without the code. */
  readonly detail: string
  /** What the error page has among its headers. */
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param status - from 400 to 599.
   * @param options - `headers` of the error page, beside the `cause` of any error.
   * @throws {BadArgumentError} for another status.
   */
  constructor(
    status: number,
    detail: string,
    options?: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> },
  ) {
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new BadArgumentError('HttpError: status', 'a whole number from 400 to 599', status)
    }
    super('BEAMISH_HTTP_ERROR', detail, options)
    this.name = 'HttpError'
    this.status = status
    this.detail = detail
    this.headers = options?.headers ?? {}
  }
}

/** @returns the error when it is one, also of another copy of this library. */
export function asHttpError(error: unknown): HttpError | undefined {
  const { code, status } = (error ?? {}) as Partial<HttpError>
  return code === 'BEAMISH_HTTP_ERROR' && typeof status === 'number' ? (error as HttpError) : undefined // just seen
}

/** A part of `conn` that a plug provides, on a route without it. `code` is `BEAMISH_NO_PLUG`. */
export function noPlug(route: string, member: string, plug: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NO_PLUG',
    `conn.${member} on ${route} needs ${plug} in front of it. Put ${plug} into a pipeline, and the route into a scope with that ` +
      "pipeline: route.pipeline('browser', [session(…), flash(), csrf()]), route.scope('/', { pipe: 'browser' }, …).",
  )
}

/** A handler or plug returned something else. `code` is `BEAMISH_BAD_RETURN`. */
export function noResponse(who: string, expected: string, value: unknown): BeamishError {
  return new BeamishError(
    'BEAMISH_BAD_RETURN',
    `${who} must return ${expected}, got ${show(value)}. Is a \`return\` missing?`,
  )
}

/** The session was changed when its cookie was made already. `code` is `BEAMISH_SESSION_SENT`. */
export function sessionSent(action: string): BeamishError {
  return new BeamishError(
    'BEAMISH_SESSION_SENT',
    `session.${action} comes too late: the response has been made, and its cookie with it. Change the session, and ask for ` +
      '`conn.csrfToken`, before the handler returns, not in a stream that is its body.',
  )
}

/** The cookie of the session would be longer than browsers keep. `code` is `BEAMISH_SESSION_TOO_LARGE`. */
export function sessionTooLarge(key: string, bytes: number, most: number): BeamishError {
  return new BeamishError(
    'BEAMISH_SESSION_TOO_LARGE',
    `the session cookie ${key} would have ${bytes} bytes, and browsers drop one of more than ${most}. Keep ids in the session, and ` +
      'what they stand for in a table.',
  )
}
