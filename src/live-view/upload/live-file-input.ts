import { BadArgumentError } from '../../core/errors.ts'
import type { Attributes } from '../components/slot.ts'
import { html, type Rendered } from '../template/html.ts'
import { attrs } from '../template/values.ts'
import { checkConfig, type UploadConfig } from './upload-config.ts'
import type { UploadEntry } from './upload-entry.ts'

/**
 * The input that people choose files in: `${liveFileInput(uploads.avatar)}`, in a form with `phx-change` and `phx-submit`.
 * @param attributes - more of them, such as `class`, `required` and `webkitdirectory`; an `accept` stands for that of the upload.
 * @throws {BadArgumentError} for what is no upload. Semantics: Phoenix.Component.live_file_input/1.
 */
export function liveFileInput(config: UploadConfig, attributes: Attributes = {}): Rendered {
  const { ref, name, entries, errors, autoUpload, maxEntries } = checkConfig('liveFileInput', config)
  const { accept = config.accept, multiple = maxEntries > 1, ...rest } = attributes
  const refsOf = (isMeant: (entry: UploadEntry) => boolean) => joined(entries.filter(isMeant).map((entry) => entry.ref))
  const errorRefs = errors.length > 0 && joined(errors.map((problem) => problem.ref))
  return html`<input id=${ref} type="file" name=${name} accept=${accept} data-phx-hook="Phoenix.LiveFileUpload" data-phx-upload-ref=${ref} data-phx-active-refs=${refsOf(() => true)} data-phx-done-refs=${refsOf(({ done }) => done)} data-phx-preflighted-refs=${refsOf(({ preflighted }) => preflighted)} data-phx-error-refs=${errorRefs} data-phx-auto-upload=${autoUpload} multiple=${multiple} ${attrs(rest)}>`
}

function joined(refs: readonly string[]): string {
  return [...new Set(refs)].join(',')
}

/**
 * A picture of a file that was chosen, from the file itself: it need not be uploaded.
 * @param attributes - more of them, such as `width`; an `id` where the same entry is shown twice.
 * @throws {BadArgumentError} for what is no entry. Semantics: Phoenix.Component.live_img_preview/1.
 */
export function liveImgPreview(entry: UploadEntry, attributes: Attributes = {}): Rendered {
  if (typeof entry?.uploadRef !== 'string')
    throw new BadArgumentError('liveImgPreview: entry', 'an entry of assigns.uploads.avatar.entries', entry)
  const { id = `phx-preview-${entry.ref}`, ...rest } = attributes
  return html`<img id=${id} data-phx-upload-ref=${entry.uploadRef} data-phx-entry-ref=${entry.ref} data-phx-hook="Phoenix.LiveImgPreview" data-phx-update="ignore" ${attrs(rest)}>`
}
