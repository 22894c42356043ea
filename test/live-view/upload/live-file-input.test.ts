import t from 'tap'
import {
  type html,
  liveFileInput,
  liveImgPreview,
  type UploadEntry,
  type UploadOptions,
} from '../../../src/live-view/index.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import { failEntry, markPreflighted, putEntries, putProgress } from '../../../src/live-view/upload/config-changes.ts'
import { UploadConfig } from '../../../src/live-view/upload/upload-config.ts'
import { checkUploadOptions } from '../../../src/live-view/upload/upload-options.ts'

function config(options: Partial<UploadOptions> = {}, ...refs: string[]): UploadConfig {
  const checked = checkUploadOptions('test', { accept: 'any', ...options })
  const files = refs.map((ref) => ({ ref, name: `${ref}.txt`, size: 1, type: 'text/plain' }))
  const more = { relativePath: undefined, lastModified: undefined, meta: undefined }
  return putEntries(
    new UploadConfig('avatar', 'phx-F', checked),
    files.map((file) => ({ ...file, ...more })),
  ).config
}

const written = (rendered: ReturnType<typeof html>) => toHtml(rendered)

const BARE =
  '<input id="phx-F" type="file" name="avatar" data-phx-hook="Phoenix.LiveFileUpload" data-phx-upload-ref="phx-F" ' +
  'data-phx-active-refs="" data-phx-done-refs="" data-phx-preflighted-refs="">'

t.test('LV-152 liveFileInput is the input of an upload', async (t) => {
  t.equal(written(liveFileInput(config())), BARE)
  t.match(
    written(liveFileInput(config({ accept: ['.txt', '.md'] }))),
    / name="avatar" accept="\.txt,\.md" data-phx-hook/,
  )
  t.match(written(liveFileInput(config({ maxEntries: 2, autoUpload: true }))), / data-phx-auto-upload multiple>$/)
  t.match(
    written(
      liveFileInput(config(), { class: ['a', false, 'b'], required: true, webkitdirectory: true, capture: 'user' }),
    ),
    / data-phx-preflighted-refs="" class="a b" required webkitdirectory capture="user">$/,
  )
  t.match(written(liveFileInput(config(), { accept: 'image/*' })), / accept="image\/\*"/)
  t.match(written(liveFileInput(config({ accept: ['.txt'] }), { form: 'other' })), / form="other">$/)
})

t.test('LV-152 its refs follow the entries', async (t) => {
  const marked = markPreflighted(config({ maxEntries: 3 }, '0', '1', '2'), ['0', '1']).config
  const done = putProgress(marked, '1', 100)
  t.match(
    written(liveFileInput(done)),
    / data-phx-active-refs="0,1,2" data-phx-done-refs="1" data-phx-preflighted-refs="0,1" multiple>$/,
  )
  const failed = failEntry(failEntry(done, '2', 'a'), '2', 'b')
  t.match(written(liveFileInput(failed)), / data-phx-error-refs="2"/)
  t.match(written(liveFileInput(config({}, '0', '1'))), / data-phx-error-refs="phx-F"/)
  t.throws(() => liveFileInput(undefined as never), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /liveFileInput.*allowUpload/,
  })
})

t.test('LV-152 liveImgPreview is a picture of an entry', async (t) => {
  const entry = config({}, '7').entries[0] as UploadEntry
  const bare = (id: string) =>
    `<img id="${id}" data-phx-upload-ref="phx-F" data-phx-entry-ref="7" data-phx-hook="Phoenix.LiveImgPreview" data-phx-update="ignore">`
  t.equal(written(liveImgPreview(entry)), bare('phx-preview-7'))
  t.equal(written(liveImgPreview(entry, { id: 'modal-7' })), bare('modal-7'))
  t.match(
    written(liveImgPreview(entry, { width: 75, alt: 'A & B' })),
    / data-phx-update="ignore" width="75" alt="A &amp; B">$/,
  )
  t.throws(() => liveImgPreview({} as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /liveImgPreview/ })
})
