import type { Param, Params } from '../socket/transport.ts'

/** Deeper brackets than this are taken as they are: nobody needs them, and they cost stack. */
const MAX_DEPTH = 16

/** While it is built: maps are null-prototype objects, so that a key such as `__proto__` is a key and nothing else. */
type Node = string | Node[] | { [key: string]: Node }

/**
 * Reads the query of a URL: `a=1`, `b[c]=2` (a map), `l[]=1&l[]=2` (a list). Of a key that comes twice the last wins, as it
 * does where a key is used in two ways. Empty segments are skipped.
 * @returns `undefined` when a percent sequence cannot be decoded.
 * Semantics: Plug.Conn.Query.decode/1; channels.md §2.1.
 */
export function parseQuery(query: string): Params | undefined {
  const params: { [key: string]: Node } = Object.create(null)
  try {
    for (const segment of query.split('&')) if (segment !== '') addSegment(params, segment)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
  return params as { [key: string]: Param }
}

function addSegment(params: { [key: string]: Node }, segment: string): void {
  const equals = segment.indexOf('=')
  const key = decode(equals < 0 ? segment : segment.slice(0, equals))
  const value = equals < 0 ? '' : decode(segment.slice(equals + 1))
  const path = pathOf(key)
  if (path[0] !== '') put(params, path, value)
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

/** `a[b][]` → `a`, `b` and the empty name. A key whose brackets do not close is one name. */
function pathOf(key: string): string[] {
  const open = key.indexOf('[')
  if (open <= 0 || !key.endsWith(']')) return [key]
  const names = key.slice(open + 1, -1).split('][')
  return names.length > MAX_DEPTH ? [key] : [key.slice(0, open), ...names]
}

function put(map: { [key: string]: Node }, path: readonly string[], value: string): void {
  const [name = '', ...rest] = path
  const before = map[name]
  if (rest.length === 0) map[name] = value
  else if (rest[0] === '') map[name] = appended(before, rest.slice(1), value)
  else {
    const next: { [key: string]: Node } = isMap(before) ? before : Object.create(null)
    map[name] = next
    put(next, rest, value)
  }
}

function appended(before: Node | undefined, rest: readonly string[], value: string): Node[] {
  const list = Array.isArray(before) ? before : []
  if (rest.length === 0) list.push(value)
  else {
    const item: { [key: string]: Node } = Object.create(null)
    put(item, rest, value)
    list.push(item)
  }
  return list
}

function isMap(node: Node | undefined): node is { [key: string]: Node } {
  return typeof node === 'object' && !Array.isArray(node)
}
