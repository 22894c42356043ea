// What must not compile of uploads, and what is known of them. Checked by the compiler, never run.
import {
  allowUpload,
  consumeUploadedEntries,
  consumeUploadedEntry,
  error,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  postpone,
  type UploadEntry,
  type Uploads,
  type UploadWriter,
  uploadErrors,
} from '../../src/live-view/index.ts'

interface Album {
  readonly uploads: Uploads<'photo'>
  readonly photos: readonly string[]
}

const countingWriter: UploadWriter<number, { readonly from: number }> = {
  init: ({ from }) => (from < 0 ? error('negative') : ok(from)),
  meta: (count) => ({ count: count.toFixed() }),
  writeChunk: (bytes, count) => ok(count + bytes.length),
  close: (_count, reason) => (reason === 'done' ? undefined : error('late')),
}

LiveView.define<Album>({
  mount: (_params, _session, socket) => {
    allowUpload(socket, 'photo', {
      accept: ['.jpg'],
      progress: (name, { progress }, view) => view.assign({ photos: [name, progress.toFixed()] }),
      writer: (_name, { clientSize }) => [countingWriter, { from: clientSize }],
      external: async ({ clientName }) => (clientName === '' ? error({ reason: 'no name' }) : ok({ uploader: 'S3' })),
      validator: ({ clientName }) => (clientName === '' ? error('noName') : undefined),
    }).assign({ photos: [] })
    // @ts-expect-error what is accepted must be said
    allowUpload(socket, 'photo', {})
    // @ts-expect-error as in Elixir
    allowUpload(socket, 'photo', { accept: 'any', max_entries: 2 })
    // @ts-expect-error another mode
    allowUpload(socket, 'photo', { accept: 'any', maxEntriesMode: 'all' })
    // @ts-expect-error the client needs an uploader
    allowUpload(socket, 'photo', { accept: 'any', external: () => ok({ key: 'x' }) })
    // @ts-expect-error an error has a word, or a type
    allowUpload(socket, 'photo', { accept: 'any', validator: () => error(7) })
    // @ts-expect-error there is no such assign
    allowUpload(socket, 'photo', { accept: 'any', progress: (_name, _entry, view) => view.assign({ pictures: [] }) })
  },
  handleEvent: {
    save: async (_value, socket) => {
      const paths: string[] = await consumeUploadedEntries(socket, 'photo', ({ path }) => ok(path))
      socket.assign({ photos: paths })
      const counts: number[] = await consumeUploadedEntries(socket, 'photo', (meta: { count: number }) =>
        ok(meta.count),
      )
      const [entry] = socket.assigns.uploads.photo.entries
      if (entry !== undefined) await consumeUploadedEntry(socket, entry, () => postpone(counts))
      // @ts-expect-error it says neither ok nor postpone
      await consumeUploadedEntries(socket, 'photo', ({ path }) => path)
    },
  },
  render: ({ uploads }) => {
    // @ts-expect-error a value does not change
    uploads.photo.entries.push(uploads.photo.entries[0] as UploadEntry)
    // @ts-expect-error perhaps there is no such upload
    const cover = liveFileInput(uploads['cover'])
    return html`${liveFileInput(uploads.photo, { class: 'wide' })}${cover}${uploadErrors(uploads.photo).map(String)}`
  },
})

const Part = LiveComponent.define<Album>({
  mount: (socket) => allowUpload(socket, 'photo', { accept: 'any', maxEntries: 2 }),
  render: ({ uploads, photos }) => html`<p>${liveFileInput(uploads.photo)}${photos}</p>`,
})
Part.use({ id: 1 })

export const onAnyView = (socket: LiveViewSocket<Album>): unknown => socket.assigns.uploads.photo.entries
