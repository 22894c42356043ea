import { addRoute, createRouter, findRoute, type RouterContext } from 'rou3'
import { BadArgumentError } from '../core/errors.ts'
import { byParticularity, isHost } from './route-host.ts'
import { canonicalPath, canonicalSegment, type RoutePath } from './route-path.ts'

/** What a table says about a request. */
export type Match<R extends Row> =
  | { readonly type: 'found'; readonly row: R; readonly params: Readonly<Record<string, string>> }
  | { readonly type: 'notFound' }
  /** The path is known, with these methods. */
  | { readonly type: 'methodNotAllowed'; readonly methods: readonly string[] }
  /** A percent sequence of the path cannot be decoded. */
  | { readonly type: 'undecodable' }

/** One route. */
export interface Row {
  /** In capitals; {@link ANY_METHOD} for all. */
  readonly method: string
  /** Which hosts it is for; {@link ANY_HOST} for all. */
  readonly hosts: readonly string[]
  readonly path: RoutePath
}

/** Every method. */
export const ANY_METHOD = ''

/**
 * Routes by host, method and path. A whole host wins over the beginning of one, and that over routes of any host; of those of a host a
 * text wins over a parameter, and that over a rest, in whatever order they stand. HEAD is answered by what answers GET, unless it has a
 * route of its own.
 * Differs: Phoenix takes the first that matches.
 */
export class RouteTable<R extends Row> {
  private readonly tables: readonly HostTable<R>[]

  /** @throws {BadArgumentError} when two routes match the same requests. */
  constructor(where: string, rows: readonly R[]) {
    const hosts = new Set(rows.flatMap((row) => row.hosts))
    this.tables = [...hosts].sort(byParticularity).map(
      (host) =>
        new HostTable(
          where,
          host,
          rows.filter((row) => row.hosts.includes(host)),
        ),
    )
  }

  /**
   * @param path - as it came: not decoded, without the query.
   * @param host - without a port.
   */
  match(method: string, path: string, host: string): Match<R> {
    const canonical = canonicalPath(path)
    if (canonical === undefined) return { type: 'undecodable' }
    const tables = this.tables.filter((table) => isHost(table.host, host))
    for (const table of tables) {
      const row = table.find(method, canonical)
      if (row !== undefined) return { type: 'found', row, params: paramsOf(row.path, canonical) }
    }
    const methods = new Set(tables.flatMap((table) => table.methodsAt(canonical)))
    return methods.size === 0 ? { type: 'notFound' } : { type: 'methodNotAllowed', methods: [...methods].sort() }
  }
}

/** Routes of one host. */
class HostTable<R extends Row> {
  readonly host: string
  private readonly router: RouterContext<R> = createRouter<R>()
  private readonly methods: readonly string[]

  constructor(where: string, host: string, rows: readonly R[]) {
    this.host = host
    const byKey = new Map<string, R>()
    for (const row of rows) {
      const key = keyOf(row.method, row.path)
      if (byKey.has(key)) throw new BadArgumentError(where, 'one route for each method, host and path', nameOf(row))
      byKey.set(key, row)
    }
    for (const row of rows) {
      addRoute(this.router, row.method, shapeOf(row.path), row)
      if (row.method === 'GET' && !byKey.has(keyOf('HEAD', row.path))) {
        addRoute(this.router, 'HEAD', shapeOf(row.path), row)
      }
    }
    const methods = new Set(rows.map(({ method }) => method).filter((method) => method !== ANY_METHOD))
    if (methods.has('GET')) methods.add('HEAD')
    this.methods = [...methods]
  }

  find(method: string, path: string): R | undefined {
    return findRoute(this.router, method, path, { params: false })?.data
  }

  methodsAt(path: string): readonly string[] {
    return this.methods.filter((method) => this.find(method, path) !== undefined)
  }
}

/** How people write a route: `GET /rooms/:id`, `GET admin./rooms/:id`. */
export function nameOf({ method, hosts, path }: Row): string {
  return `${method === ANY_METHOD ? '*' : method} ${hosts.join('|')}${path.text}`
}

function keyOf(method: string, path: RoutePath): string {
  return `${method} ${shapeOf(path)}`
}

/** The path in the words of rou3, without the author's names: two routes of one shape match the same requests. */
function shapeOf({ steps }: RoutePath): string {
  const words = steps.map((step) => {
    if (step.type === 'static') return canonicalSegment(step.text)
    return step.type === 'param' ? ':p' : '**' // not `*`, which may also stand for nothing
  })
  return `/${words.join('/')}`
}

/** A null-prototype object: a parameter called `__proto__` is a parameter and nothing else. */
function paramsOf({ steps }: RoutePath, canonical: string): Record<string, string> {
  const params: Record<string, string> = Object.create(null)
  const segments = canonical === '/' ? [] : canonical.slice(1).split('/').map(decodeURIComponent)
  steps.forEach((step, at) => {
    if (step.type === 'param') params[step.name] = segments[at] ?? ''
    if (step.type === 'rest') params[step.name] = segments.slice(at).join('/')
  })
  return params
}
