import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ReadableStream } from 'node:stream/web'
import { lookup } from 'mrmime'
import { acceptedEncodings, type Encoding } from './accept-encoding.ts'
import { type ByteRange, parseRange } from './byte-range.ts'
import { httpDate, isNotModified, isSameForRange, type Validators } from './conditional.ts'
import { HttpError } from './errors.ts'
import { type KnownFile, readRange, streamRange } from './file-body.ts'
import type { HttpRequest } from './message.ts'
import { checkMounts, type Mount, type StaticMounts } from './static-mounts.ts'

export type { StaticMounts } from './static-mounts.ts'

/** What is needed to know of a request for a file. */
export type FileRequest = Pick<HttpRequest, 'method' | 'path' | 'headers'>

/** The answer to a request for a file. */
export interface FileReply {
  readonly status: 200 | 206 | 304 | 416
  /** By name in small letters. */
  readonly headers: Readonly<Record<string, string>>
  /** A stream for more than {@link MOST_BYTES_AT_ONCE}. */
  readonly body?: Uint8Array | ReadableStream<Uint8Array>
  /** How long the body is, or would be for HEAD. */
  readonly contentLength?: number
}

/** Longer bodies are streams. */
const MOST_BYTES_AT_ONCE = 256 * 1024
/** A file that was changed so lately may be changed again without a sign: its tag is weak. As in Apache. */
const SETTLED_MS = 1000
/** A file that changes under our hands is looked at again so often. */
const ATTEMPTS = 3
const YEAR_SECONDS = 31_536_000

/** The one hidden name that is there to be found (RFC 8615). */
const WELL_KNOWN = '.well-known'

/**
 * Files of folders. Nothing outside of a mounted folder is ever served, whatever a path or a symbolic link says, and nothing
 * whose name begins with a dot, but `/.well-known`.
 *
 * Each file has a tag and a time, so that browsers that have it get 304; parts of it can be asked for; a compressed one that
 * lies beside it is sent to those who take it. Also a {@link Page}: in a route it answers what it has, and 404 else.
 * Semantics: Plug.Static. Differs: ranges; links that lead out are not followed.
 */
export class StaticFiles {
  private readonly mounts: readonly Mount[]
  private readonly now: () => number

  /**
   * @param now - milliseconds since 1970. Default `Date.now`.
   * @throws {BadArgumentError} for a prefix that is no path, a folder that is none, or a wrong option.
   */
  constructor(where: string, mounts: StaticMounts, now: () => number = Date.now) {
    this.mounts = checkMounts(where, mounts)
    this.now = now
  }

  /** @returns `undefined` when there is no such file, or the method is another than GET and HEAD. */
  async reply(request: FileRequest): Promise<FileReply | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    for (const mount of this.mounts) {
      if (!request.path.startsWith(mount.prefix)) continue
      const names = safeNames(request.path.slice(mount.prefix.length), mount)
      const reply = names === undefined ? undefined : await replyFrom(mount, names, request, this.now())
      if (reply !== undefined) return reply
    }
    return undefined
  }

  /** Answers a request of a route. @throws {HttpError} with status 404. */
  async handle(request: Request): Promise<Response> {
    const { method } = request
    const reply = await this.reply({
      method,
      path: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
    })
    if (reply === undefined) throw new HttpError(404, 'Not Found')
    const { status, body = null, contentLength } = reply
    const headers = new Headers(reply.headers)
    if (contentLength !== undefined) headers.set('content-length', String(contentLength))
    return new Response(body, { status, headers })
  }
}

/**
 * Files of folders as the target of a route, behind its pipelines.
 *
 * ```ts fragment
 * import { Router, staticFiles } from 'beamish/endpoint'
 *
 * export const router = Router.define((route) => {
 *   route.forward('/downloads', staticFiles({ '/downloads': 'downloads' }))
 * })
 * ```
 * @param mounts - by the whole path, also below a prefix.
 * @throws {BadArgumentError} for a prefix that is no path, a folder that is none, or a wrong option.
 * Semantics: Plug.Static.
 */
export function staticFiles(mounts: StaticMounts): StaticFiles {
  return new StaticFiles('staticFiles', mounts)
}

// ── From a path to a file ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The names on the way to a file, decoded.
 * @returns `undefined` for a path that could mean anything but a way down (`..`, a hidden name, a separator or a zero byte that
 * was encoded), or to what the mount does not serve.
 */
function safeNames(path: string, { prefix, index, only }: Mount): readonly string[] | undefined {
  let names: string[]
  try {
    names = path.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
  if (names.at(-1) === '' && index !== undefined) names[names.length - 1] = index
  if (only !== undefined && !only.has(names[0] ?? '')) return undefined
  const others = prefix === '/' && names[0] === WELL_KNOWN ? names.slice(1) : names
  return others.every(isSafe) ? names : undefined
}

function isSafe(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\\0:]/.test(name)
}

async function findFile(folder: string, names: readonly string[], suffix = ''): Promise<KnownFile | undefined> {
  try {
    // Links are followed before the comparison: what counts is where the file really is.
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, ...names) + suffix)])
    if (!path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return undefined
    const found = await stat(path, { bigint: true })
    return found.isFile() ? { path, size: Number(found.size), modifiedNs: found.mtimeNs } : undefined
  } catch {
    return undefined // not there, or not ours to read
  }
}

/** A file, in the form that the client takes best. */
interface Representation {
  readonly file: KnownFile
  readonly encoding: Encoding | undefined
}

async function represent(
  { folder, precompressed }: Mount,
  names: readonly string[],
  type: string,
  acceptEncoding: string | undefined,
): Promise<Representation | undefined> {
  const file = await findFile(folder, names)
  if (file === undefined) return undefined
  const wanted = precompressed && isCompressible(type) ? acceptedEncodings(acceptEncoding) : []
  for (const encoding of wanted) {
    const compressed = await findFile(folder, names, encoding.suffix)
    if (compressed !== undefined) return { file: compressed, encoding }
  }
  return { file, encoding: undefined }
}

/** What shrinks. Others, images for instance, are compressed in themselves, and nobody need look for more. */
function isCompressible(type: string): boolean {
  return /^text\/|[/+](?:json|xml|javascript|wasm)\b|^font\/(?:ttf|otf)|vnd\.ms-fontobject|^application\/manifest/.test(
    type,
  )
}

function contentType(name: string): string {
  const type = lookup(name) ?? 'application/octet-stream'
  return type.startsWith('text/') || type.endsWith('json') ? `${type}; charset=utf-8` : type
}

// ── From a file to a reply ───────────────────────────────────────────────────────────────────────────────────────────

async function replyFrom(
  mount: Mount,
  names: readonly string[],
  request: FileRequest,
  nowMs: number,
): Promise<FileReply | undefined> {
  const type = contentType(names.at(-1) ?? '')
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await represent(mount, names, type, request.headers['accept-encoding'])
    if (found === undefined) return undefined
    const reply = await replyWith(found, headersOf(mount, names, found, nowMs), request)
    if (reply !== undefined) return reply
  }
  throw new Error(`${names.join('/')} changes faster than it can be read`)
}

interface FileHeaders {
  /** For every answer about the file. */
  readonly common: Readonly<Record<string, string>>
  /** For those that have a body. */
  readonly full: Readonly<Record<string, string>>
  readonly validators: Validators
}

function headersOf(mount: Mount, names: readonly string[], found: Representation, nowMs: number): FileHeaders {
  const type = contentType(names.at(-1) ?? '')
  const validators = validatorsOf(found, nowMs)
  const common = {
    etag: validators.etag,
    'last-modified': httpDate(validators.modifiedMs),
    'cache-control': cacheControl(mount, names.at(-1) ?? ''),
    ...(mount.precompressed && isCompressible(type) && { vary: 'accept-encoding' }),
    ...mount.headers,
  }
  const full = {
    'content-type': type,
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    ...(found.encoding !== undefined && { 'content-encoding': found.encoding.coding }),
    ...common,
  }
  return { common, full, validators }
}

function validatorsOf({ file, encoding }: Representation, nowMs: number): Validators {
  const modifiedMs = Number(file.modifiedNs / 1_000_000n)
  const opaque = [
    file.size.toString(36),
    file.modifiedNs.toString(36),
    ...(encoding === undefined ? [] : [encoding.coding]),
  ]
  const isSettled = nowMs - modifiedMs > SETTLED_MS
  return { etag: `${isSettled ? '' : 'W/'}"${opaque.join('-')}"`, modifiedMs }
}

function cacheControl({ maxAgeSeconds, isImmutable }: Mount, name: string): string {
  if (isImmutable(name)) return `public, max-age=${YEAR_SECONDS}, immutable`
  return maxAgeSeconds === undefined ? 'no-cache' : `public, max-age=${maxAgeSeconds}` // no-cache: kept, and asked about
}

/** @returns `undefined` when the file has changed meanwhile. */
async function replyWith(
  { file }: Representation,
  { common, full, validators }: FileHeaders,
  { method, headers }: FileRequest,
): Promise<FileReply | undefined> {
  if (isNotModified(headers, validators)) return { status: 304, headers: common }
  if (method === 'HEAD') return { status: 200, headers: full, contentLength: file.size }
  const asked = isSameForRange(headers, validators) ? parseRange(headers['range'], file.size) : undefined
  if (asked === 'unsatisfiable') {
    return { status: 416, headers: { ...common, 'content-range': `bytes */${file.size}` } }
  }
  const range = asked ?? { start: 0, end: file.size }
  const body = await bodyOf(file, range)
  if (body === undefined) return undefined
  const contentLength = range.end - range.start
  if (asked === undefined) return { status: 200, headers: full, body, contentLength }
  const contentRange = `bytes ${range.start}-${range.end - 1}/${file.size}`
  return { status: 206, headers: { ...full, 'content-range': contentRange }, body, contentLength }
}

async function bodyOf(file: KnownFile, range: ByteRange): Promise<FileReply['body'] | undefined> {
  return range.end - range.start > MOST_BYTES_AT_ONCE ? streamRange(file, range) : readRange(file, range)
}
