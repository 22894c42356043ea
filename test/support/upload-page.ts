import { Router } from '../../src/endpoint/index.ts'
import { monitor, type Pid } from '../../src/index.ts'
import {
  allowUpload,
  consumeUploadedEntries,
  html,
  LiveComponent,
  type LiveState,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  liveRender,
  ok,
  type Rendered,
  reply,
  sendUpdate,
  type UploadConfig,
  type UploadEntry,
  type UploadOptions,
  uploadErrors,
} from '../../src/live-view/index.ts'
import { assertReceive, LiveViewTest, type TestFile, type TestUpload, type TestView } from '../../src/testing/index.ts'

/** What a test does with the socket of the view or component that uploads. */
// biome-ignore lint/suspicious/noExplicitAny: of a view or of a component
export type OnSocket = (socket: LiveState<any>) => unknown

interface Consuming {
  consumed: readonly string[]
}

/** What of its uploads can be seen on a page. */
function form(
  uploads: Readonly<Record<string, UploadConfig>>,
  { id, target }: { id: string; target?: unknown },
): Rendered {
  const upload = uploads['avatar']
  return html`<form id=${id} phx-change="validate" phx-submit="save" phx-target=${target}>
    ${upload && liveFileInput(upload)}
    ${upload && uploadErrors(upload).map((error) => html`<p>config_error:${JSON.stringify(error)}</p>`)}
    ${upload?.entries.map((entry) => entryHtml(upload, entry))}<button>save</button></form>`
}

function entryHtml(upload: UploadConfig, entry: UploadEntry): Rendered {
  const errors = uploadErrors(upload, entry).map((error) => html`<p>entry_error:${JSON.stringify(error)}</p>`)
  return html`<div>${entry.clientName}:${entry.progress}%:${entry.status} ${errors}</div>`
}

async function save(socket: Parameters<OnSocket>[0]): Promise<void> {
  const names = await consumeUploadedEntries(socket, 'avatar', (_meta, { clientName }) => ok(clientName))
  socket.update('consumed', (consumed: readonly string[]) => [...consumed, ...names])
}

/** A view with an upload, if a test allows it. */
export const UploadLive = LiveView.define({
  module: 'UploadLive',
  mount: (_params, _session, socket: LiveViewSocket<Consuming>) => void socket.assign({ consumed: [] }),
  handleCall: { run: async (run: OnSocket, socket) => reply(await run(socket)) },
  handleEvent: { validate: () => {}, save: (_value, socket) => save(socket) },
  render: ({ uploads, consumed }) =>
    html`<main>${form(uploads, { id: 'form' })}${consumed.map((name) => html`<p>consumed:${name}</p>`)}</main>`,
})

/** The same, in a component. */
export const UploadComponent = LiveComponent.define<
  Consuming & { run?: { body: OnSocket; done: (value: unknown) => void } }
>({
  module: 'UploadComponent',
  mount: (socket) => socket.assign({ consumed: [] }),
  update: async ({ run, ...assigns }, socket) => {
    socket.assign(assigns)
    if (run !== undefined) run.done(await run.body(socket))
  },
  handleEvent: { validate: () => {}, save: (_value, socket) => save(socket) },
  render: ({ id, uploads, consumed, myself }) =>
    html`<section id=${`section-${id}`}>${form(uploads, { id: `form-${id}`, target: myself })}${consumed.map(
      (name) => html`<p>consumed:${name}</p>`,
    )}</section>`,
})

/** A view with such components, by id. */
export const UploadsLive = LiveView.define({
  module: 'UploadsLive',
  mount: (_params, _session, socket: LiveViewSocket<{ ids: readonly string[] }>) => void socket.assign({ ids: ['0'] }),
  handleCall: {
    run: ({ id, ...run }: { id: string; body: OnSocket; done: (value: unknown) => void }) => {
      sendUpdate(UploadComponent, { id, run })
      return reply()
    },
    show: (ids: readonly string[], socket) => {
      socket.assign({ ids })
      return reply()
    },
  },
  render: ({ ids }) => html`<main>${ids.map((id) => UploadComponent.use({ id }))}</main>`,
})

const AroundLive = LiveView.define({
  module: 'AroundLive',
  render: () => html`<main>${liveRender(UploadLive, { id: 'child' })}</main>`,
})

const router = Router.define((route) => {
  route.live('/view', UploadLive)
  route.live('/components', UploadsLive)
  route.live('/nested', AroundLive)
  route.live('/elsewhere', UploadLive)
})

/** A page with an upload, as a test sees it. */
export interface UploadPage {
  readonly view: TestView
  /** The selector of its form. */
  readonly form: string
  /** Does something with the socket that uploads, in its process. */
  run<Value>(body: (socket: Parameters<OnSocket>[0]) => Value): Promise<Awaited<Value>>
  /** Somebody chooses files; the page has not heard of it. */
  choose(...files: TestFile[]): TestUpload
  /** Somebody chooses files. @returns the page then. */
  change(upload: TestUpload): Promise<string>
}

/** Where an upload can be. */
export type UploadPlace = 'view' | 'component' | 'nested view'
export const PLACES: readonly UploadPlace[] = ['view', 'component', 'nested view']

/** Opens a page whose view, or component, allows the upload `avatar`. */
export async function openUploads(place: UploadPlace, options?: Partial<UploadOptions>): Promise<UploadPage> {
  const visitor = LiveViewTest.visit({ router })
  const page = await pages[place]((path) => visitor.live(path))
  if (options !== undefined)
    await page.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any', ...options }))
  return page
}

const pages: Record<UploadPlace, (live: (path: string) => Promise<TestView>) => Promise<UploadPage>> = {
  view: async (live) => pageOf(await live('/view')),
  component: async (live) => componentPage(await live('/components'), '0'),
  'nested view': async (live) => pageOf(await (await live('/nested')).findLiveChild('child')),
}

function pageOf(view: TestView): UploadPage {
  const run = (body: OnSocket) => UploadLive.call(view.pid, 'run', body)
  return { view, form: '#form', run: run as UploadPage['run'], ...actions(view, '#form') }
}

/** The component with this id, on a page of them. */
export function componentPage(view: TestView, id: string): UploadPage {
  const run = async (body: OnSocket) => {
    const { pid } = view
    return await new Promise((done) => void UploadsLive.call(pid, 'run', { id, body, done }))
  }
  return { view, form: `#form-${id}`, run: run as UploadPage['run'], ...actions(view, `#form-${id}`) }
}

function actions(view: TestView, form: string): Pick<UploadPage, 'choose' | 'change'> {
  return {
    choose: (...files) => view.fileInput(form, 'avatar', files),
    change: async (upload) => String(await view.form(form).renderUploadChange(upload)),
  }
}

/** So many files of 100 bytes: `myfile1.jpeg`, `myfile2.jpeg` … */
export function jpegs(count: number): TestFile[] {
  const names = Array.from({ length: count }, (_, index) => `myfile${index + 1}.jpeg`)
  return names.map((name) => ({ name, content: '0'.repeat(100), type: 'image/jpeg' }))
}

/** Watches a process. @returns what waits for its end, and gives the reason. */
export function watchEnd(pid: Pid): () => Promise<unknown> {
  const ref = monitor(pid)
  return async () => ((await assertReceive({ type: 'down', ref })) as { readonly reason: unknown }).reason
}
