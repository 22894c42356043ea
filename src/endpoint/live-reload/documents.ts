import type { HttpReply } from '../../http/message.ts'

/** How a document begins; a piece of one, fetched by a script, does not. */
const DOCUMENT = /^\s*(?:<!doctype html|<html)[\s>]/i

/** Headers by which a browser would keep the document, or its length: it is another one after the next start. */
const OUTDATED = new Set(['content-length', 'etag', 'last-modified', 'cache-control', 'expires'])

/**
 * A reply with more markup at the end of its body, when it is a whole HTML document that is there in one piece; else the reply as it is.
 * What it gives must not be kept by browsers.
 */
export function withMarkup(reply: HttpReply, markup: string): HttpReply {
  const { body, headers = {} } = reply
  if (!isHtml(headers) || body === undefined || !(typeof body === 'string' || body instanceof Uint8Array)) return reply
  const bytes = Buffer.from(body)
  if (!DOCUMENT.test(bytes.toString('latin1', 0, 200))) return reply
  const end = endOf(bytes)
  const { contentLength: _of, ...others } = reply
  const inserted = Buffer.concat([bytes.subarray(0, end), Buffer.from(markup), bytes.subarray(end)])
  return { ...others, headers: { ...withoutOutdated(headers), 'cache-control': 'no-store' }, body: inserted }
}

/** Where the last thing in the body goes. */
function endOf(document: Buffer): number {
  const [end = document.length] = ['</body>', '</html>']
    .map((tag) => document.lastIndexOf(tag))
    .filter((found) => found >= 0)
  return end
}

type Headers = NonNullable<HttpReply['headers']>

function isHtml(headers: Headers): boolean {
  return headerOf(headers, 'content-type').startsWith('text/html') && headerOf(headers, 'content-encoding') === ''
}

function headerOf(headers: Headers, name: string): string {
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name)
  return String(found?.[1] ?? '').toLowerCase()
}

function withoutOutdated(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OUTDATED.has(name.toLowerCase())))
}
