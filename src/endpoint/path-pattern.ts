import type { Params } from '../socket/transport.ts'

/**
 * A path with variables: `/info/:tenant/websocket`. A variable takes one segment, decoded; one whose name starts with `_`
 * matches and is dropped.
 * Semantics: Phoenix.Endpoint.socket/3 with path variables; channels.md §2.1.
 */
export class PathPattern {
  /** As it was written. */
  readonly text: string
  private readonly segments: readonly string[]

  constructor(text: string) {
    this.text = text
    this.segments = text.split('/')
  }

  /** Whether a path is of this form, whether or not its variables can be decoded. */
  fits(path: string): boolean {
    const given = path.split('/')
    if (given.length !== this.segments.length) return false
    return this.segments.every((segment, index) =>
      segment.startsWith(':') ? given[index] !== '' : segment === given[index],
    )
  }

  /** @returns the variables of a path that matches; `undefined` for one that does not, or that cannot be decoded. */
  match(path: string): Params | undefined {
    const given = path.split('/')
    if (given.length !== this.segments.length) return undefined
    const params: Record<string, string> = Object.create(null)
    for (const [index, segment] of this.segments.entries()) {
      const value = given[index] as string // as many as there are segments
      if (!segment.startsWith(':')) {
        if (segment !== value) return undefined
      } else {
        const decoded = decodeSegment(value)
        if (decoded === undefined || decoded === '') return undefined
        if (!segment.startsWith(':_')) params[segment.slice(1)] = decoded
      }
    }
    return params
  }
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
