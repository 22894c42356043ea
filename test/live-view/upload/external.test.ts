import t from 'tap'
import {
  consumeUploadedEntries,
  consumeUploadedEntry,
  error,
  ok,
  postpone,
  type UploadEntry,
  uploadErrors,
  uploadedEntries,
} from '../../../src/live-view/index.ts'
import { UploadRefused, withRuntime } from '../../../src/testing/index.ts'
import { type OnSocket, openUploads, PLACES, watchEnd } from '../../support/upload-page.ts'

type Socket = Parameters<OnSocket>[0]

/** Signs each file, and remembers in the view that it did. */
const presign = async (entry: UploadEntry, socket: Socket) => {
  socket.update('consumed', (names: string[]) => [...names, `signed ${entry.clientName}`])
  if (entry.clientName.startsWith('bad')) return error({ reason: 'no place' })
  return ok({ uploader: 'S3', key: entry.clientName })
}

const files = (...names: string[]) => names.map((name) => ({ name, content: '0'.repeat(100) }))

for (const place of PLACES) {
  t.test(`in a ${place}`, async (t) => {
    t.test('LV-148 the page gets what `external` says in the place of tokens, and reports progress', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 2, external: presign })
        const upload = page.choose(...files('a.jpeg', 'b.jpeg'))
        await page.change(upload)
        const [first = '', second = ''] = upload.refs
        t.match(await upload.preflightUpload(), {
          entries: { [first]: { uploader: 'S3', key: 'a.jpeg' }, [second]: { uploader: 'S3', key: 'b.jpeg' } },
          errors: {},
        })
        t.match(await page.view.render(), /signed a\.jpeg/, 'it may assign')
        t.match(await upload.renderUpload('a.jpeg', 20), /a\.jpeg:20%/)
        t.throws(() => upload.pidOf('a.jpeg'), 'nothing comes here')
        t.match(await upload.renderUpload('a.jpeg'), /a\.jpeg:100%/)
        t.match(await upload.renderUpload('b.jpeg'), /b\.jpeg:100%/)
        const consume = (isLater: boolean) =>
          page.run((socket) =>
            consumeUploadedEntries(socket, 'avatar', (meta: { key: string }, { clientName }) => {
              t.equal(meta.key, clientName)
              return isLater ? postpone(meta.key) : ok(meta.key)
            }),
          )
        t.same(await consume(true), ['a.jpeg', 'b.jpeg'])
        t.same(await consume(false), ['a.jpeg', 'b.jpeg'])
        t.notMatch(await page.view.render(), /jpeg:/)
      }),
    )

    t.test('LV-148 without autoUpload one that fails stops all', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 2, external: presign })
        const upload = page.choose(...files('bad.jpeg', 'good.jpeg'))
        const [bad] = upload.refs
        t.same(await upload.renderUpload('good.jpeg'), new UploadRefused([[bad, { reason: 'no place' }]]))
        const html = await page.view.render()
        t.match(html, /entry_error:\{"type":"externalMetadataFailure","meta":\{"reason":"no place"\}\}/)
        t.notMatch(html, /signed good/)
      }),
    )

    t.test('LV-148 with autoUpload only that one fails, as does one that is not valid', (t) =>
      withRuntime(async () => {
        const options = { maxEntries: 3, autoUpload: true, maxFileSize: 100, external: presign }
        const page = await openUploads(place, options)
        const upload = page.choose(...files('bad.jpeg', 'good.jpeg'), { name: 'large.jpeg', content: '0'.repeat(101) })
        const [bad = '', good = '', large = ''] = upload.refs
        t.match(await upload.preflightUpload(), {
          entries: { [good]: { uploader: 'S3' } },
          errors: { [bad]: [{ reason: 'no place' }], [large]: ['too_large'] },
        })
        t.match(await upload.renderUpload('good.jpeg'), /good\.jpeg:100%/)
        t.same(await upload.renderUpload('bad.jpeg'), new UploadRefused([{ reason: 'no place' }]))
        const html = await page.view.render()
        t.match(html, /externalMetadataFailure/)
        t.notMatch(html, /signed large/, 'nobody was asked')
      }),
    )

    t.test('LV-148 LV-138 nobody is asked about too many files, or one that the validator refuses', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { external: presign })
        const two = page.choose(...files('a.jpeg', 'b.jpeg'))
        t.match(await two.renderUpload('a.jpeg'), { reason: [[/^phx-/, 'too_many_files']] })
        const auto = await openUploads(place, { external: presign, autoUpload: true })
        const upload = auto.choose(...files('a.jpeg', 'b.jpeg'))
        t.match(await upload.renderUpload('a.jpeg', 1), /a\.jpeg:1%/)
        t.same(await upload.renderUpload('b.jpeg'), new UploadRefused('not_allowed'))
        const picky = await openUploads(place, { external: presign, autoUpload: true, validator: () => error('ugly') })
        t.same(await picky.choose(...files('a.jpeg')).renderUpload('a.jpeg'), new UploadRefused(['ugly']))
        t.notMatch(await picky.view.render(), /signed/)
      }),
    )

    t.test('LV-148 LV-144 many are consumed as each is done, and in total mode they count', (t) =>
      withRuntime(async () => {
        const progress = async (_name: string, entry: UploadEntry, socket: Socket) => {
          if (entry.done) await consumeUploadedEntry(socket, entry, () => ok())
        }
        const page = await openUploads(place, { external: presign, maxEntries: 5, maxEntriesMode: 'total', progress })
        const names = ['1.png', '2.png', '3.png', '4.png', '5.png']
        const upload = page.choose(...files(...names))
        for (const name of names) await upload.renderUpload(name, 99)
        await Promise.all(names.map((name) => upload.renderUpload(name, 1)))
        t.same(await page.run((socket) => uploadedEntries(socket, 'avatar')), [[], []])
        t.equal(await page.run((socket) => socket.assigns.uploads['avatar'].consumedEntries), 5)
      }),
    )

    t.test('LV-148 a client whose own uploader fails says so', (t) =>
      withRuntime(async () => {
        const heard: unknown[] = []
        const progress = (name: string, entry: UploadEntry, socket: Socket) =>
          heard.push([entry.progress, uploadErrors(socket.assigns.uploads[name], entry)])
        const page = await openUploads(place, { external: presign, progress })
        const upload = page.choose(...files('a.jpeg'))
        await upload.renderUpload('a.jpeg', 10)
        const { ref } = (await upload.preflightUpload()) as { ref: string }
        const cid = place === 'component' ? 1 : null
        const failed = { ref, entry_ref: upload.refs[0], cid, progress: { error: 'the network is gone' } }
        await page.view.ask('progress', failed)
        await page.view.ask('progress', failed)
        const html = await page.view.render()
        t.equal(html.split('externalClientFailure').length, 2, 'said once')
        t.match(html, new RegExp(`data-phx-error-refs="${upload.refs[0]}"`))
        t.same(heard, [
          [10, []],
          [10, ['externalClientFailure']],
          [10, ['externalClientFailure']],
        ])
        t.same(await page.run((socket) => uploadedEntries(socket, 'avatar')[0]), [])
      }),
    )
  })
}

t.test('LV-148 what `external` returns has an uploader, or is a failure with an object', (t) =>
  withRuntime(async () => {
    const wrong = [ok({ key: 'a' }), ok(), ok('S3'), error('no place'), undefined, { uploader: 'S3' }]
    for (const result of wrong) {
      const page = await openUploads('view', { external: () => result as never })
      const end = watchEnd(page.view.pid)
      await page
        .choose(...files('a.jpeg'))
        .preflightUpload()
        .catch(() => {})
      t.match(await end(), { error: { code: 'BEAMISH_BAD_RETURN', message: /external/ } })
    }
  }),
)

t.test('LV-148 nobody uploads to us what goes elsewhere', (t) =>
  withRuntime(async () => {
    const page = await openUploads('view', { external: () => error(undefined) })
    const upload = page.choose(...files('a.jpeg'))
    t.same(
      await upload.renderUpload('a.jpeg'),
      new UploadRefused([[upload.refs[0], {}]]),
      'a failure that says nothing',
    )
  }),
)
