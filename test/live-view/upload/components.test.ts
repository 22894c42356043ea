import t from 'tap'
import { allowUpload, cancelUpload, uploadedEntries } from '../../../src/live-view/index.ts'
import { withRuntime } from '../../../src/testing/index.ts'
import { componentPage, jpegs, openUploads, type UploadPage, UploadsLive, watchEnd } from '../../support/upload-page.ts'

const CLOSED = { type: 'shutdown', detail: 'closed' }

function show(page: UploadPage, ...ids: string[]): Promise<unknown> {
  return UploadsLive.call(page.view.pid, 'show', ids) as Promise<unknown>
}

t.test('LV-149 LV-063 the uploads of a component that is removed are cancelled', (t) =>
  withRuntime(async () => {
    const page = await openUploads('component', {})
    const upload = page.choose(...jpegs(1))
    t.match(await upload.renderUpload('myfile1.jpeg', 1), /myfile1\.jpeg:1%/)
    const end = watchEnd(upload.pidOf('myfile1.jpeg'))
    await show(page)
    t.same(await end(), CLOSED)
    t.notMatch(await page.view.render(), /myfile1/)
    await show(page, '0')
    await page.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    t.match(await page.choose(...jpegs(1)).renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
  }),
)

t.test('LV-149 so are those that have not begun', (t) =>
  withRuntime(async () => {
    const page = await openUploads('component', {})
    t.match(await page.change(page.choose(...jpegs(1))), /myfile1\.jpeg/)
    await show(page)
    t.notMatch(await page.view.render(), /myfile1/)
    await show(page, '0')
    await page.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    t.match(await page.choose(...jpegs(1)).renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
  }),
)

t.test('LV-149 an upload is of the component that the form is for', (t) =>
  withRuntime(async () => {
    const first = await openUploads('component', {})
    await show(first, '0', '1')
    const second = componentPage(first.view, '1')
    await t.rejects(second.choose(...jpegs(1)).preflightUpload(), {
      message: /expected a liveFileInput with the name avatar/,
    })
    await second.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    t.match(await second.choose(...jpegs(1)).renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
    t.same(await first.run((socket) => uploadedEntries(socket, 'avatar').flat()), [])
  }),
)

t.test('LV-149 one that was refused leaves its name to others when it is cancelled', (t) =>
  withRuntime(async () => {
    const first = await openUploads('component', { autoUpload: true, maxFileSize: 1 })
    await show(first, '0', '1')
    const large = first.choose(...jpegs(1))
    t.match(await large.preflightUpload(), { errors: { [String(large.refs[0])]: ['too_large'] } })
    await first.run((socket) => void cancelUpload(socket, 'avatar', String(large.refs[0])))
    const second = componentPage(first.view, '1')
    await second.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    t.match(await second.choose(...jpegs(1)).renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
  }),
)

t.test('LV-149 a preflight of a component that has just been removed is answered with nothing', (t) =>
  withRuntime(async () => {
    const page = await openUploads('component', {})
    const answer = await page.view.ask('allow_upload', { ref: 'phx-any', entries: [], cid: 77 })
    t.same(answer?.[4], { status: 'ok', response: {} })
  }),
)

t.test('LV-149 the same name in two components ends the view when both upload, and not before', (t) =>
  withRuntime(async () => {
    const first = await openUploads('component', {})
    await show(first, '0', '1')
    const second = componentPage(first.view, '1')
    await second.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    const one = first.choose(...jpegs(1))
    const two = second.choose(...jpegs(1))
    t.match(await second.change(two), /myfile1\.jpeg:0%/)
    t.match(await one.renderUpload('myfile1.jpeg', 1), /myfile1\.jpeg:1%/)
    const end = watchEnd(first.view.pid)
    await two.renderUpload('myfile1.jpeg', 1).catch(() => {})
    const message = /existing upload for "avatar" already allowed in another component \(1\)/
    t.match(await end(), { error: { code: 'BEAMISH_DUPLICATE_UPLOAD', message } })
  }),
)

t.test('LV-149 two components upload under two names, and after each other under one', (t) =>
  withRuntime(async () => {
    const first = await openUploads('component', {})
    await show(first, '0', '1')
    const second = componentPage(first.view, '1')
    await second.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    const one = first.choose(...jpegs(1))
    t.match(await one.renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
    t.match(await first.view.form('#form-0').renderSubmit(), /consumed:myfile1\.jpeg/)
    const two = second.choose({ name: 'second.jpeg', content: 'x' })
    t.match(await two.renderUpload('second.jpeg'), /second\.jpeg:100%/)
    t.match(await first.view.form('#form-1').renderSubmit(), /consumed:second\.jpeg/)
  }),
)
