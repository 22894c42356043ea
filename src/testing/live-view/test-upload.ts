import type { Pid } from '../../core/pid.ts'
import { actingProcess } from '../../runtime/current.ts'
import { Monitor } from '../../runtime/monitor.ts'
import type { LocalProcess } from '../../runtime/process.ts'
import { wrong } from './failure.ts'
import type { LiveOutcome } from './live-redirect.ts'
import type { WireMessage } from './live-transport.ts'
import type { TestForm } from './test-form.ts'
import type { TestView, ViewPage } from './test-view.ts'

/** A file that somebody chooses in a test. */
export interface TestFile {
  readonly name: string
  readonly content: string | Uint8Array
  /** Default: as many bytes as `content` has. Another one is a lie, as a client may tell one. */
  readonly size?: number
  /** Default `'application/octet-stream'`. */
  readonly type?: string
  /** Milliseconds since 1970. Default 0. */
  readonly lastModified?: number
  /** Default `''`. */
  readonly relativePath?: string
  /** What the page's scripts say of it. */
  readonly meta?: unknown
}

/**
 * What the page was told instead of how it may upload: to `renderUpload` without `autoUpload` a list of `[ref, error]`, with it the
 * errors of the entry, `'not_allowed'` where there was no word of it, or why its upload was refused.
 */
export class UploadRefused {
  readonly type = 'refused'
  readonly reason: unknown

  constructor(reason: unknown) {
    this.reason = reason
  }
}

/** What a page is told when it asks how it may upload. */
export interface PreflightResponse {
  readonly ref: string
  readonly config: {
    readonly max_file_size: number
    readonly max_entries: number
    readonly chunk_size: number
    readonly chunk_timeout: number
  }
  /** Tokens, or what an external uploader gets, by the ref of their entry. */
  readonly entries: { readonly [ref: string]: unknown }
  readonly errors: { readonly [ref: string]: unknown }
}

/** A file of the input, and how far its upload is. */
interface Entry {
  readonly file: TestFile
  readonly bytes: Uint8Array
  /** As the client tells the server of it. */
  readonly said: { readonly ref: string; readonly [key: string]: unknown }
  /** Bytes that were sent. */
  sent: number
  /** Where it is sent; `undefined` before the preflight, and for what goes elsewhere. */
  channel: UploadClient | undefined
  refused: UploadRefused | undefined
}

/** Files in a `liveFileInput`, which their page uploads as the client does, but one step at a time. */
export class TestUpload {
  private readonly view: TestView
  private readonly page: ViewPage
  private readonly form: TestForm
  private readonly name: string
  private readonly entries: readonly Entry[]
  private response: PreflightResponse | undefined = undefined

  constructor(view: TestView, page: ViewPage, form: TestForm, name: string, files: readonly TestFile[]) {
    this.view = view
    this.page = page
    this.form = form
    this.name = name
    this.entries = files.map((file) => {
      const bytes = typeof file.content === 'string' ? new TextEncoder().encode(file.content) : file.content
      const { lastModified = 0, relativePath = '', type = 'application/octet-stream', size = bytes.length } = file
      const more = { type, size, last_modified: lastModified, relative_path: relativePath, meta: file.meta }
      const said = { ref: page.nextFileRef(), name: file.name, ...more }
      return { file, bytes, said, sent: 0, channel: undefined, refused: undefined }
    })
  }

  /** The refs of its entries, in their order. */
  get refs(): string[] {
    return this.entries.map(({ said }) => said.ref)
  }

  /** What the change of its form says of it. For forms. */
  get chosen(): { readonly name: string; readonly uploads: object } {
    const { name } = this
    return { name, uploads: { [this.uploadRef]: this.entries.map(({ said }) => ({ path: name, ...said })) } }
  }

  private get uploadRef(): string {
    return this.form.uploadRef(this.name)
  }

  /** The process that takes a file. @throws {AssertionError} when none does. */
  pidOf(name: string): Pid {
    const pid = this.entryNamed(name).channel?.pid
    if (pid === undefined) throw wrong(`no process takes the file ${name}`)
    return pid
  }

  /** Asks how the files may be uploaded, and joins the uploads that were allowed. */
  async preflightUpload(): Promise<PreflightResponse | UploadRefused> {
    await this.view.settle()
    const [cid] = this.form.targets()
    const payload = { ref: this.uploadRef, entries: this.entries.map(({ said }) => said), cid: cid ?? null }
    const answer = await this.view.ask('allow_upload', payload)
    await this.view.settle()
    if (answer === undefined) throw wrong(`the live view ${this.view.id} ended when it was asked for ${this.name}`)
    const { status, response } = answer[4]
    if (status !== 'ok') throw wrong(`the view refused ${JSON.stringify(payload)}: ${JSON.stringify(response)}`)
    if (response.error !== undefined) return new UploadRefused(response.error)
    this.response ??= response
    for (const entry of this.entries) await this.begin(entry, response)
    await this.view.settle()
    return response
  }

  private async begin(entry: Entry, response: PreflightResponse): Promise<void> {
    const { ref } = entry.said
    const token = response.entries[ref]
    if (entry.channel !== undefined || (token === undefined && this.response !== response)) return
    if (token === undefined) entry.refused = new UploadRefused(response.errors[ref] ?? 'not_allowed')
    if (typeof token !== 'string') return
    const channel = new UploadClient(this.page, `lvu:${ref}`)
    const answer = await channel.join(token)
    if (answer.status === 'ok') entry.channel = channel
    else entry.refused = new UploadRefused(answer.response.reason)
  }

  /**
   * Uploads a file, or so many percent more of it.
   * @returns what is on the page then, or where it went; or why there is nothing to upload.
   */
  async renderUpload(name: string, percent = 100): Promise<LiveOutcome | UploadRefused> {
    const entry = this.entryNamed(name)
    if (this.response === undefined) {
      const answer = await this.preflightUpload()
      if (answer instanceof UploadRefused) return answer
    }
    if (entry.refused !== undefined) return entry.refused
    const { bytes, sent } = entry
    const end = Math.min(bytes.length, sent + Math.ceil((bytes.length * percent) / 100))
    await this.sendUntil(entry, end)
    return await this.view.outcome()
  }

  private async sendUntil(entry: Entry, end: number): Promise<void> {
    const { bytes, channel } = entry
    const size = this.response?.config.chunk_size ?? 1
    do {
      const next = channel === undefined ? end : Math.min(end, entry.sent + size)
      const problem = await channel?.chunk(bytes.subarray(entry.sent, next))
      entry.sent = next
      if (problem !== undefined) return await this.gaveUp(entry, problem)
      const progress = bytes.length === 0 ? 100 : Math.floor((next / bytes.length) * 100)
      if ((await this.tell(entry, progress)) === undefined) return
    } while (entry.sent < end)
  }

  /** As the client does: of what the server's writer could not do the server knows. */
  private async gaveUp(entry: Entry, problem: string): Promise<void> {
    await entry.channel?.ended
    if (problem !== 'writer_error') await this.tell(entry, { error: problem })
  }

  private tell({ said }: Entry, progress: unknown): Promise<WireMessage | undefined> {
    const [cid] = this.form.targets()
    return this.view.ask('progress', {
      event: null,
      ref: this.response?.ref,
      entry_ref: said.ref,
      progress,
      cid: cid ?? null,
    })
  }

  /**
   * Sends bytes that are not the file's, as no client of ours would.
   * @returns the answer to them.
   */
  async sendBytes(name: string, bytes: Uint8Array): Promise<{ readonly status: string; readonly response: unknown }> {
    const { channel } = this.entryNamed(name)
    if (channel === undefined) throw wrong(`no process takes the file ${name}`)
    return await channel.send(bytes)
  }

  private entryNamed(name: string): Entry {
    const entry = this.entries.find(({ file }) => file.name === name)
    if (entry !== undefined) return entry
    const names = this.entries.map(({ file }) => file.name)
    throw wrong(`no such file: ${name}. The input has ${names.join(', ') || 'none'}.`)
  }
}

type UploadAnswer = {
  readonly status: string
  // biome-ignore lint/suspicious/noExplicitAny: as the server says it
  readonly response: any
}

/** The client of one file. */
class UploadClient {
  private readonly page: ViewPage
  private readonly topic: string
  private joinRef = ''
  private readonly waiting = new Map<string, (answer: UploadAnswer) => void>()
  private end: () => void = () => {}
  /** Resolves when its process has ended. */
  ended: Promise<void> = Promise.resolve()

  constructor(page: ViewPage, topic: string) {
    this.page = page
    this.topic = topic
    page.listen(topic, this)
  }

  get pid(): Pid | undefined {
    return this.page.pidOf(this.topic)
  }

  async join(token: string): Promise<UploadAnswer> {
    this.joinRef = this.page.nextRef()
    const answer = this.answerTo(this.joinRef)
    this.page.transmit([this.joinRef, this.joinRef, this.topic, 'phx_join', { token }])
    const result = await answer
    const process: unknown = this.pid?.receiver
    this.ended = new Promise((resolve) => {
      this.end = resolve
      if (process === undefined) resolve()
      else new EndWatch(process as LocalProcess, resolve) // sound: a connection's processes are of this thread
    })
    return result
  }

  /** Sends a chunk. @returns what went wrong; `undefined` when nothing did. */
  async chunk(bytes: Uint8Array): Promise<string | undefined> {
    const { status, response } = await this.send(bytes)
    return status === 'ok' ? undefined : String(response.reason)
  }

  send(bytes: Uint8Array): Promise<UploadAnswer> {
    const ref = this.page.nextRef()
    const answer = this.answerTo(ref)
    this.page.transmitBytes(binaryPush([this.joinRef, ref, this.topic, 'chunk'], bytes))
    return answer
  }

  private answerTo(ref: string): Promise<UploadAnswer> {
    return new Promise((resolve) => this.waiting.set(ref, resolve))
  }

  receive([, ref, , event, payload]: WireMessage): void {
    if (event === 'phx_reply' && ref !== null) {
      this.waiting.get(ref)?.(payload)
      this.waiting.delete(ref)
    } else if (event === 'phx_close' || event === 'phx_error') this.disconnected()
  }

  /** The upload, or the connection, is over. */
  disconnected(): void {
    for (const waiting of this.waiting.values()) waiting({ status: 'error', response: { reason: 'closed' } })
    this.waiting.clear()
    this.end()
  }
}

class EndWatch extends Monitor {
  private readonly ended: () => void

  constructor(process: LocalProcess, ended: () => void) {
    super(actingProcess(), process.pid)
    this.ended = ended
    this.attach(process)
  }

  override targetEnded(): void {
    this.ended()
  }
}

/** A frame of bytes as the client writes it. Semantics: Phoenix.Socket.V2.JSONSerializer. */
function binaryPush(fields: readonly string[], payload: Uint8Array): Uint8Array {
  const texts = fields.map((field) => Buffer.from(field))
  return Buffer.concat([Buffer.from([0, ...texts.map(({ length }) => length)]), ...texts, payload])
}
