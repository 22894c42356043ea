import { BadArgumentError } from '../core/errors.ts'

/** One step of a route's path: a text, a parameter, or everything that is left. */
type Step =
  | { readonly type: 'static'; readonly text: string }
  | { readonly type: 'param'; readonly name: string }
  | { readonly type: 'rest'; readonly name: string }

/** The parameters that a path names, as types: `PathParams<'/rooms/:id'>` is `{ readonly id: string }`. */
export type PathParams<Path extends string> = string extends Path
  ? { readonly [name: string]: string }
  : { readonly [Name in ParamNames<Path>]: string }

type ParamNames<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? ParamName<Head> | ParamNames<Tail>
  : ParamName<Path>

type ParamName<Segment extends string> = Segment extends `:${infer Name}` | `*${infer Name}` ? Name : never

/** The path of a route, read. */
export interface RoutePath {
  /** As it was written, without empty segments: `/rooms/:id`. */
  readonly text: string
  readonly steps: readonly Step[]
}

/**
 * Reads the path of a route: texts, `:name` for one segment, and `*name` at the end for all that are left, also none.
 * @throws {BadArgumentError} for a path that does not begin with `/`, a query, a name that is none or comes twice, or a star
 * before the end.
 */
export function parseRoutePath(where: string, path: string): RoutePath {
  if (typeof path !== 'string' || !/^\/[^?#\\]*$/.test(path)) {
    throw new BadArgumentError(where, "a path that begins with '/', without a query", path)
  }
  const steps = segmentsOf(path).map((segment) => parseStep(where, path, segment))
  const stars = steps.slice(0, -1).filter(({ type }) => type === 'rest')
  if (stars.length > 0) throw new BadArgumentError(where, '*name as the last segment only', path)
  const names = steps.flatMap((step) => (step.type === 'static' ? [] : [step.name]))
  if (new Set(names).size < names.length) throw new BadArgumentError(where, 'a different name for each parameter', path)
  return { text: `/${segmentsOf(path).join('/')}`, steps }
}

function parseStep(where: string, path: string, segment: string): Step {
  const [, mark, name = ''] = /^([:*])([A-Za-z_]\w*)$/.exec(segment) ?? []
  if (mark !== undefined) return { type: mark === ':' ? 'param' : 'rest', name }
  const text = /[:*]/.test(segment) ? undefined : decoded(segment)
  if (text !== undefined) return { type: 'static', text }
  const expected = 'segments that are a text, :name, or *name at the end'
  throw new BadArgumentError(where, expected, path, 'A colon or a star that is text is written %3A or %2A.')
}

/** The non-empty segments of a path, as they are. Semantics: Plug, for which `/a//b/` and `/a/b` are the same. */
export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/**
 * One spelling for all paths that mean the same: `/a%62/` and `/ab` are `/ab`. Encoded slashes stay encoded.
 * @returns `undefined` when a percent sequence cannot be decoded.
 */
export function canonicalPath(path: string): string | undefined {
  const segments: string[] = []
  for (const segment of segmentsOf(path)) {
    const text = decoded(segment)
    if (text === undefined) return undefined
    segments.push(canonicalSegment(text))
  }
  return `/${segments.join('/')}`
}

/** A decoded segment in the spelling of {@link canonicalPath}. */
export function canonicalSegment(text: string): string {
  return encodeURIComponent(text).replaceAll('*', '%2A')
}

/** What follows the first `count` non-empty segments of a path, as it is, with a slash before it. */
export function withoutSegments(path: string, count: number): string {
  let rest = path
  for (let dropped = 0; dropped < count; dropped += 1) rest = rest.replace(/^\/*[^/]+/, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
