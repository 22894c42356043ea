import { nanoid } from 'nanoid'
import type { Transport } from '../channel/joinable.ts'
import type { Pid } from '../core/pid.ts'

/** Where the view around a child is: at work, gone to another address and with it the page, or gone. */
export type FoundParent = { readonly type: 'alive'; readonly pid: Pid } | { readonly type: 'redirected' | 'gone' }

/** So many views that went elsewhere are remembered, for children that join as they do. */
const MOST_REDIRECTED = 16

/**
 * The views of one connection that have views in them, or uploads, by the key that tokens call them. Keys are of one connection: a
 * child that is joined on another one than its parent finds nobody, and neither does an upload.
 */
export class PageViews {
  private readonly pids = new Map<string, Pid>()
  private readonly redirected = new Set<string>()

  /** Makes a view known. @returns its key. */
  add(pid: Pid): string {
    for (const [key, { receiver }] of this.pids) if (receiver === undefined) this.pids.delete(key)
    const key = nanoid()
    this.pids.set(key, pid)
    return key
  }

  /** A view ends because its page goes elsewhere. */
  leaves(key: string): void {
    this.pids.delete(key)
    this.redirected.add(key)
    for (const old of this.redirected) {
      if (this.redirected.size <= MOST_REDIRECTED) break
      this.redirected.delete(old)
    }
  }

  find(key: string): FoundParent {
    const pid = this.pids.get(key)
    if (pid?.receiver !== undefined) return { type: 'alive', pid }
    return { type: this.redirected.has(key) ? 'redirected' : 'gone' }
  }
}

const byTransport = new WeakMap<Transport, PageViews>()

/** Those of a connection. */
export function pageViewsOf(transport: Transport): PageViews {
  const known = byTransport.get(transport)
  if (known !== undefined) return known
  const made = new PageViews()
  byTransport.set(transport, made)
  return made
}
