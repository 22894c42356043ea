import { readFile, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookup } from 'mrmime'
import { BadArgumentError } from '../core/errors.ts'
import type { HttpReply, HttpRequest } from './message.ts'

/** Folders by the path that they are served under: `{ '/assets': 'assets' }`. A relative one counts from where Node runs. */
export interface StaticMounts {
  readonly [prefix: string]: string | URL
}

interface Mount {
  /** With a slash at its end. */
  readonly prefix: string
  readonly folder: string
}

/** A folder that is asked for is answered with this file of it. */
const INDEX = 'index.html'

/**
 * Files of folders. Nothing outside of a mounted folder is ever served, whatever a path or a symbolic link says, and nothing
 * whose name begins with a dot.
 */
export class StaticFiles {
  private readonly mounts: readonly Mount[]

  /** @throws {BadArgumentError} for a prefix that is no path, or a folder that is none. */
  constructor(where: string, mounts: StaticMounts) {
    const checked = Object.entries(mounts).map(([prefix, folder]) => checkMount(where, prefix, folder))
    // The longest prefix first: the most particular mount wins.
    this.mounts = checked.sort((a, b) => b.prefix.length - a.prefix.length)
  }

  /** @returns `undefined` when there is no such file. */
  async reply(request: HttpRequest): Promise<HttpReply | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    for (const { prefix, folder } of this.mounts) {
      if (!request.path.startsWith(prefix)) continue
      const names = safeNames(request.path.slice(prefix.length))
      const file = names === undefined ? undefined : await findFile(folder, names)
      if (file !== undefined) return await replyWith(file, request)
    }
    return undefined
  }
}

function checkMount(where: string, prefix: string, folder: string | URL): Mount {
  if (!prefix.startsWith('/')) throw new BadArgumentError(where, "paths that begin with '/'", prefix)
  if (typeof folder !== 'string' && !(folder instanceof URL)) {
    throw new BadArgumentError(`${where}: ${prefix}`, 'a folder: a path or a file URL', folder)
  }
  const path = typeof folder === 'string' ? resolve(folder) : fileURLToPath(folder)
  return { prefix: prefix.endsWith('/') ? prefix : `${prefix}/`, folder: path }
}

/**
 * The names on the way to a file, decoded.
 * @returns `undefined` for a path that could mean anything but a way down: `..`, a hidden name, a separator or a zero byte
 * that was encoded.
 */
function safeNames(path: string): string[] | undefined {
  let names: string[]
  try {
    names = path.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
  if (names.at(-1) === '') names[names.length - 1] = INDEX
  return names.every(isSafe) ? names : undefined
}

function isSafe(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\\0:]/.test(name)
}

interface FoundFile {
  readonly path: string
  readonly size: number
  readonly modifiedMs: number
}

async function findFile(folder: string, names: readonly string[]): Promise<FoundFile | undefined> {
  try {
    // Links are followed before the comparison: what counts is where the file really is.
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, ...names))])
    if (!path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return undefined
    const found = await stat(path)
    return found.isFile() ? { path, size: found.size, modifiedMs: Math.floor(found.mtimeMs) } : undefined
  } catch {
    return undefined // not there, or not ours to read
  }
}

async function replyWith(file: FoundFile, request: HttpRequest): Promise<HttpReply> {
  const etag = `W/"${file.size.toString(36)}-${file.modifiedMs.toString(36)}"`
  const headers = {
    'content-type': contentType(file.path),
    'cache-control': 'no-cache', // may be kept, and is asked about each time
    'x-content-type-options': 'nosniff',
    etag,
  }
  if (request.headers['if-none-match'] === etag) return { status: 304, headers }
  if (request.method === 'HEAD') return { status: 200, headers, contentLength: file.size }
  return { status: 200, headers, body: await readFile(file.path) }
}

function contentType(path: string): string {
  const type = lookup(path) ?? 'application/octet-stream'
  return type.startsWith('text/') || type.endsWith('json') ? `${type}; charset=utf-8` : type
}
