import type { Pid } from '../core/pid.ts'

/** The peers of one process: nobody, one pid (most processes: their supervisor), or a set. */
export type Links = undefined | Pid | Set<Pid>

/** `links` with `peer` in it; the same peer is there once. */
export function withLink(links: Links, peer: Pid): Links {
  if (links === undefined || links === peer) return peer
  if (links instanceof Set) return links.add(peer)
  return new Set([links, peer])
}

/** `links` without `peer`. */
export function withoutLink(links: Links, peer: Pid): Links {
  if (links === peer) return undefined
  if (!(links instanceof Set)) return links
  links.delete(peer)
  return links.size === 0 ? undefined : links
}

export function hasLink(links: Links, peer: Pid): boolean {
  return links === peer || (links instanceof Set && links.has(peer))
}

/** The peers, in the order in which they were linked. */
export function linkedPids(links: Links): Pid[] {
  if (links === undefined) return []
  return links instanceof Set ? [...links] : [links]
}
