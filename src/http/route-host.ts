import { BadArgumentError } from '../core/errors.ts'

/**
 * What a scope says of the hosts of its routes: a whole name, or, with a dot at its end, what a name begins with. Of the name in the
 * `Host` header, without the port.
 */
export type Hosts = string | readonly string[]

/** For routes of every host. */
export const ANY_HOST = ''

/** @throws {BadArgumentError} for what is no name of a host. */
export function checkHosts(where: string, hosts: Hosts): readonly string[] {
  const list = typeof hosts === 'string' ? [hosts] : hosts
  const isRight = Array.isArray(list) && list.length > 0 && list.every((host) => HOST.test(host))
  if (isRight) return list.map((host) => host.toLowerCase())
  throw new BadArgumentError(where, "a host ('admin.example.com'), what hosts begin with ('admin.'), or a list", hosts)
}

const HOST = /^[^\s/:?#@]+$/

/** Whether a request for this host is one for these routes. */
export function isHost(wanted: string, host: string): boolean {
  if (wanted.endsWith('.')) return host.startsWith(wanted)
  return wanted === ANY_HOST || wanted === host
}

/** The more particular host comes first: a whole name, then the longer beginning, then any. */
export function byParticularity(a: string, b: string): number {
  return rank(a) - rank(b) || b.length - a.length
}

function rank(host: string): number {
  if (host === ANY_HOST) return 2
  return host.endsWith('.') ? 1 : 0
}

/** The name of a host in a `Host` header, which may have a port. */
export function hostOf(header: string | undefined): string {
  const url = `http://${header ?? ''}`
  return URL.canParse(url) ? new URL(url).hostname : ''
}
