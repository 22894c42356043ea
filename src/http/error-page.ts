import { STATUS_CODES } from 'node:http'
import { escapeHtml } from './escape-html.ts'

/** Why a request gets an error page. */
export interface HttpFailure {
  readonly status: number
  /** What the client may read: `Not Found`, or the message of an {@link HttpError} below 500. */
  readonly message: string
  /** What was thrown; absent when no route answers the request. */
  readonly error?: unknown
  /** Whether the page may show what was thrown. */
  readonly isDebug: boolean
  /** Lines for the developer; empty unless `isDebug`. */
  readonly details: readonly string[]
}

/**
 * Makes an error page of one's own.
 * @returns `undefined` for the page that is there by default.
 */
export type ErrorPage = (failure: HttpFailure, request: Request) => Response | undefined | Promise<Response | undefined>

/** The words of a status: `Not Found`. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Error'
}

/**
 * The page by default: HTML, JSON or text, by what the client accepts.
 * Semantics: the ErrorHTML and ErrorJSON that Phoenix generates.
 */
export function defaultErrorPage({ status, message, details }: HttpFailure, request: Request): Response {
  const accept = request.headers.get('accept') ?? ''
  if (/\btext\/html\b/i.test(accept)) return page(status, 'text/html', asHtml(status, message, details))
  if (/[/+]json\b/i.test(accept)) return page(status, 'application/json', asJson(message, details))
  return page(status, 'text/plain', [message, ...details].join('\n'))
}

function page(status: number, type: string, body: string): Response {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return new Response(body, { status, headers })
}

function asJson(message: string, details: readonly string[]): string {
  return JSON.stringify({ errors: { detail: message, ...(details.length > 0 && { debug: details }) } })
}

function asHtml(status: number, message: string, details: readonly string[]): string {
  const title = escapeHtml(`${status} ${statusText(status)}`)
  const text = message === statusText(status) ? '' : `<p>${escapeHtml(message)}</p>`
  const debug = details.length === 0 ? '' : `<pre>${escapeHtml(details.join('\n'))}</pre>`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${text}${debug}</html>`
}
