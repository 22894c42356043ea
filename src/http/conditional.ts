/** What a client may already have of a file. */
export interface Validators {
  /** With its quotes; `W/` before it says that the same tag may stand for other bytes. */
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
}

/** The conditions of a request, by name in small letters. */
export type ConditionHeaders = Readonly<Record<string, string | undefined>>

/**
 * Whether what the client has is still good, so that 304 will do. Pure.
 * Semantics: RFC 9110 §13.1.2, §13.1.3: tags are compared weakly, and where there are any the time is not looked at.
 */
export function isNotModified(headers: ConditionHeaders, { etag, modifiedMs }: Validators): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined) return tags.trim() === '*' || tagsIn(tags).some((tag) => opaque(tag) === opaque(etag))
  const since = timeOf(headers['if-modified-since'])
  return since !== undefined && toSeconds(modifiedMs) <= toSeconds(since)
}

/**
 * Whether a part of the file fits to what the client has of it. Without `if-range` it does not care. Pure.
 * Semantics: RFC 9110 §13.1.5: only a strong tag, or the very time of a file with one, is good enough.
 */
export function isSameForRange(headers: ConditionHeaders, { etag, modifiedMs }: Validators): boolean {
  const condition = headers['if-range']?.trim()
  if (condition === undefined) return true
  if (etag.startsWith('W/')) return false
  return condition.includes('"') ? condition === etag : timeOf(condition) === toSeconds(modifiedMs) * 1000
}

/** A time as HTTP writes it. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

function tagsIn(list: string): readonly string[] {
  return list.match(TAG) ?? []
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}

/** The form that is written since 1998. A date that cannot be read is no condition. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

function timeOf(text: string | undefined): number | undefined {
  const ms = text !== undefined && HTTP_DATE.test(text.trim()) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}
