import t from 'tap'
import { error, ok, type UploadConfig, type UploadOptions, uploadErrors } from '../../../src/live-view/index.ts'
import {
  cancelEntry,
  consumeEntry,
  dropEntry,
  dropLeaving,
  failEntry,
  markPreflighted,
  putEntries,
  putError,
  putProgress,
  registerEntry,
} from '../../../src/live-view/upload/config-changes.ts'
import { UploadConfig as Config } from '../../../src/live-view/upload/upload-config.ts'
import type { ClientEntry } from '../../../src/live-view/upload/upload-entry.ts'
import { checkUploadOptions } from '../../../src/live-view/upload/upload-options.ts'

function config(options: Partial<UploadOptions> = {}): UploadConfig {
  return new Config('avatar', 'phx-ref', checkUploadOptions('allowUpload: avatar', { accept: 'any', ...options }))
}

function file(ref: string, more: Partial<ClientEntry> = {}): ClientEntry {
  const what = { name: `${ref}.txt`, size: 10, type: 'text/plain' }
  return { ref, ...what, relativePath: undefined, lastModified: undefined, meta: undefined, ...more }
}

function put(before: UploadConfig, ...files: ClientEntry[]): UploadConfig {
  return putEntries(before, files).config
}

const refs = ({ entries }: UploadConfig) => entries.map(({ ref }) => ref)
const errorsOf = (upload: UploadConfig) => upload.errors.map(({ ref, reason }) => [ref, reason])

t.test('LV-137 what an upload takes is checked when it is allowed', async (t) => {
  const bad: [string, object, RegExp][] = [
    ['nothing said', { accept: undefined }, /accept.*'any'/],
    ['an empty list', { accept: [] }, /accept/],
    ['something else', { accept: '.jpg' }, /accept/],
    ['not texts', { accept: [1] }, /accept/],
    ['neither an extension nor a type', { accept: ['.jpg', 'image/jpeg', 'bad'] }, /accept.*'bad'|accept.*"bad"/],
    ['an unknown extension', { accept: ['.foobarbaz'] }, /accept.*each of them known/],
    ['an unknown type', { accept: ['foo/bar-baz'] }, /accept/],
    ['an unknown wildcard', { accept: ['application/*'] }, /accept/],
    ['a type with parameters', { accept: ['text/plain;charset=utf-8'] }, /accept/],
    ['no entries', { maxEntries: 0 }, /maxEntries.*at least 1/],
    ['half an entry', { maxEntries: 1.5 }, /maxEntries/],
    ['no bytes', { maxFileSize: 0 }, /maxFileSize.*bytes/],
    ['fewer than none', { maxFileSize: -1 }, /maxFileSize/],
    ['no chunks', { chunkSize: 0 }, /chunkSize.*bytes/],
    ['no time', { chunkTimeoutMs: 0 }, /chunkTimeoutMs.*milliseconds/],
    ['another mode', { maxEntriesMode: 'all' }, /maxEntriesMode.*'selected'/],
    ['a word for autoUpload', { autoUpload: 'yes' }, /autoUpload.*true or false/],
    ['a validator that is none', { validator: 'large' }, /validator.*a function/],
    ['a progress that is none', { progress: 'save' }, /progress.*a function/],
    ['an external that is none', { external: {} }, /external.*a function/],
    ['a writer that is none', { writer: {} }, /writer.*a function/],
    ['an option that there is not', { max_entries: 2 }, /max_entries/],
  ]
  for (const [name, options, message] of bad)
    t.throws(() => config(options), { code: 'BEAMISH_BAD_ARGUMENT', message }, name)
})

t.test('LV-137 what it takes is in the attribute, as it was said', async (t) => {
  t.equal(config({ accept: ['.jpg', '.jpeg'] }).accept, '.jpg,.jpeg')
  t.equal(config({ accept: ['image/*', '.MD', 'text/plain'] }).accept, 'image/*,.MD,text/plain')
  t.equal(config().accept, undefined)
  const defaults = config()
  t.match(defaults, { maxEntries: 1, maxEntriesMode: 'selected', autoUpload: false, consumedEntries: 0 })
  t.match([defaults.maxFileSize, defaults.chunkSize, defaults.chunkTimeoutMs], [8_000_000, 64_000, 10_000])
})

t.test('LV-137 extensions and types may be mixed', async (t) => {
  const document = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  const mixed = config({ accept: ['.doc', '.docx', document, 'video/*', '.GIF'], maxEntries: 9 })
  t.equal(mixed.accept, `.doc,.docx,${document},video/*,.GIF`)
  const full = put(
    mixed,
    file('0', { name: 'a.doc', type: '' }),
    file('1', { name: 'a', type: 'application/msword' }),
    file('2', { name: 'a', type: document }),
    file('3', { name: 'a.webm', type: 'video/webm' }),
    file('4', { name: 'a', type: 'image/gif' }),
    file('5', { name: 'a.gif', type: '' }),
    file('6', { name: 'a.png', type: 'image/png' }),
    file('7', { name: '.doc', type: '' }),
  )
  t.same(errorsOf(full), [
    ['6', 'notAccepted'],
    ['7', 'notAccepted'],
  ])
})

t.test('LV-138 entries hold what the client says', async (t) => {
  const said = { relativePath: 'a/b.txt', lastModified: 7, meta: { width: 3 } }
  const [entry] = put(config(), file('0', said)).entries
  t.match(entry, {
    ref: '0',
    uploadRef: 'phx-ref',
    uploadName: 'avatar',
    clientName: '0.txt',
    clientRelativePath: 'a/b.txt',
    clientSize: 10,
    clientType: 'text/plain',
    clientLastModified: 7,
    clientMeta: { width: 3 },
    progress: 0,
    valid: true,
    done: false,
    cancelled: false,
    preflighted: false,
  })
  t.match(entry?.uuid, /^[0-9a-f-]{36}$/)
  t.throws(() => Object.assign(entry as object, { progress: 5 }), TypeError, 'a value does not change')
})

t.test('LV-138 each entry is judged by its size, its kind and the validator, in this order', async (t) => {
  const seen: string[] = []
  const upload = config({
    accept: ['.txt', 'image/*', 'application/pdf'],
    maxFileSize: 100,
    maxEntries: 20,
    validator: ({ clientName }) => {
      seen.push(clientName)
      if (clientName.startsWith('bad')) return error('badName')
      return clientName.startsWith('odd') ? error({ type: 'odd', name: clientName }) : ok()
    },
  })
  const full = put(
    upload,
    file('large', { size: 101, type: 'text/html', name: 'bad.html' }),
    file('half', { size: 1.5 }),
    file('negative', { size: -1 }),
    file('html', { name: 'bad.html', type: 'text/html' }),
    file('extension', { name: 'A.TXT', type: 'application/x-unknown' }),
    file('type', { name: 'noextension', type: 'TEXT/PLAIN' }),
    file('parameters', { name: 'noextension', type: 'text/plain; charset=utf-8' }),
    file('wildcard', { name: 'x', type: 'image/x-anything' }),
    file('audio', { name: 'x', type: 'audio/mpeg' }),
    file('none', { name: 'x', type: '' }),
    file('refused', { name: 'bad.txt' }),
    file('odd', { name: 'odd.txt' }),
  )
  t.same(errorsOf(full), [
    ['large', 'tooLarge'],
    ['half', 'tooLarge'],
    ['negative', 'tooLarge'],
    ['html', 'notAccepted'],
    ['audio', 'notAccepted'],
    ['none', 'notAccepted'],
    ['refused', 'badName'],
    ['odd', { type: 'odd', name: 'odd.txt' }],
  ])
  const valid = full.entries.filter((entry) => entry.valid).map(({ ref }) => ref)
  t.same(valid, ['extension', 'type', 'parameters', 'wildcard'])
  t.notOk(seen.includes('bad.html'), 'the validator sees what is small enough and of the right kind')
  t.same(uploadErrors(full, full.entry('refused')), ['badName'])
  t.same(uploadErrors(full), [])
  t.same(uploadErrors(full, full.entry('type')), [])
  const wrong = config({ validator: () => error(7 as never) })
  t.throws(() => put(wrong, file('0')), { code: 'BEAMISH_BAD_RETURN', message: /validator/ })
})

t.test('LV-138 an entry that is known is not overwritten', async (t) => {
  const one = put(config({ maxEntries: 2 }), file('0'))
  const two = put(one, file('0', { name: 'other.txt' }), file('1'), file('1', { name: 'twice.txt' }))
  t.equal(two.entry('0'), one.entry('0'))
  t.same(
    two.entries.map(({ clientName }) => clientName),
    ['0.txt', '1.txt'],
  )
})

t.test('LV-138 too many files are an error of the upload, until there are no more than there may be', async (t) => {
  const full = put(config({ maxEntries: 2 }), file('0'), file('1'), file('2'))
  t.same(errorsOf(full), [['phx-ref', 'tooManyFiles']])
  t.same(uploadErrors(full), ['tooManyFiles'])
  t.same(errorsOf(put(full, file('3'))), [['phx-ref', 'tooManyFiles']], 'said once')
  t.same(errorsOf(cancelEntry(full, '1')), [])
})

t.test('LV-138 of an upload of one file a new one takes the place of the one before', async (t) => {
  const one = put(config(), file('0', { size: 9_000_000 }))
  t.same(errorsOf(one), [['0', 'tooLarge']])
  const { config: two, replaced } = putEntries(one, [file('1')])
  t.same(refs(two), ['1'])
  t.same(errorsOf(two), [])
  t.same(
    replaced.map(({ ref }) => ref),
    ['0'],
  )
  t.same(refs(put(two, file('1'))), ['1'], 'itself is not new')
  t.same(errorsOf(put(two, file('2'), file('3'))), [['phx-ref', 'tooManyFiles']], 'two are too many')
})

t.test('LV-138 it takes the place of those that were too many, too', async (t) => {
  const two = put(config(), file('0'), file('1'))
  t.same([refs(two), errorsOf(two)], [['0', '1'], [['phx-ref', 'tooManyFiles']]])
  const one = put(two, file('2'))
  t.same([refs(one), errorsOf(one)], [['2'], []])
})

t.test('LV-138 one that is being uploaded makes room too, and leaves later', async (t) => {
  const uploading = registered(put(config(), file('0')), '0')
  const { config: two } = putEntries(uploading, [file('1')])
  t.match(two.entry('0'), { status: 'leaving', cancelled: true })
  t.same(errorsOf(two), [])
  t.same(
    markPreflighted(two, ['1']).entries.map(({ ref }) => ref),
    ['1'],
  )
  t.same(refs(dropLeaving(two)), ['1'])
})

t.test('LV-138 in total mode what was consumed counts, until the upload is allowed again', async (t) => {
  const total = config({ maxEntries: 2, maxEntriesMode: 'total' })
  const consumed = dropLeaving(consumeEntry(put(total, file('0')), '0'))
  t.match(consumed, { entries: [], consumedEntries: 1 })
  t.same(errorsOf(put(consumed, file('1'))), [])
  t.same(errorsOf(put(consumed, file('1'), file('2'))), [['phx-ref', 'tooManyFiles']])
  const selected = config({ maxEntries: 2 })
  const freed = dropLeaving(consumeEntry(put(selected, file('0')), '0'))
  t.same(errorsOf(put(freed, file('1'), file('2'))), [])
  t.equal(freed.consumedEntries, 0)
})

t.test('a client that makes up files without end does not fill the memory with them', async (t) => {
  let upload = config({ maxEntries: 3 })
  for (let round = 0; round < 5; round++) {
    const files = Array.from({ length: 1000 }, (_, index) => file(`${round}-${index}`))
    upload = put(upload, ...files)
  }
  t.equal(upload.entries.length, 1003)
  t.same(errorsOf(upload), [['phx-ref', 'tooManyFiles']])
})

function registered(upload: UploadConfig, ref: string): UploadConfig {
  const registration = registerEntry(markPreflighted(upload, [ref]).config, ref)
  if (registration.type !== 'registered') throw new Error(registration.reason)
  return registration.config
}

t.test('LV-140 entries are preflighted once, and no more than there may be', async (t) => {
  const upload = put(config({ maxEntries: 2 }), file('0'), file('1'), file('2'))
  const first = markPreflighted(upload, ['1', '2', 'unknown'])
  t.same(
    first.entries.map(({ ref }) => ref),
    ['1'],
    'the third is beyond the two',
  )
  const second = markPreflighted(first.config, ['0', '1'])
  t.same(
    second.entries.map(({ ref }) => ref),
    ['0'],
  )
  const total = consumeEntry(put(config({ maxEntries: 1, maxEntriesMode: 'total' }), file('0')), '0')
  t.same(markPreflighted(put(dropLeaving(total), file('1')), ['1']).entries, [])
})

t.test('LV-141 an entry is registered once, and only one that may be uploaded', async (t) => {
  const upload = put(config({ maxEntries: 3, maxFileSize: 10 }), file('0'), file('1', { size: 11 }), file('2'))
  const refusedBecause = (before: UploadConfig, ref: string) => registerEntry(before, ref)
  const disallowed = { type: 'refused', reason: 'disallowed' }
  t.same(refusedBecause(upload, '0'), disallowed, 'not preflighted')
  const marked = markPreflighted(upload, ['0', '1', '2']).config
  t.same(refusedBecause(marked, '1'), disallowed, 'too large')
  t.same(refusedBecause(marked, 'unknown'), disallowed)
  const uploading = registered(upload, '0')
  t.same(refusedBecause(uploading, '0'), { type: 'refused', reason: 'already_registered' })
  t.same(refusedBecause(failEntry(uploading, '0', 'full'), '0'), disallowed, 'its writer failed')
  t.same(refusedBecause(cancelEntry(uploading, '0'), '0'), disallowed, 'cancelled')
})

t.test('LV-143 progress is kept, and 100 is done', async (t) => {
  const upload = put(config(), file('0'))
  t.match(putProgress(upload, '0', 40).entry('0'), { progress: 40, done: false })
  t.match(putProgress(upload, '0', 100).entry('0'), { progress: 100, done: true })
  t.same(refs(putProgress(upload, 'unknown', 100)), ['0'])
})

t.test('LV-147 a failed entry stays with its error until it is cancelled', async (t) => {
  const failed = failEntry(registered(put(config(), file('0')), '0'), '0', 'ENOSPC')
  t.match(failed.entry('0'), { status: 'failed', done: false })
  t.same(uploadErrors(failed, failed.entry('0')), [{ type: 'writerFailure', reason: 'ENOSPC' }])
  t.same(failEntry(failed, '0', 'ENOSPC').errors, failed.errors, 'said once')
  t.same(errorsOf(putError(failed, '0', 'externalClientFailure')), [
    ['0', { type: 'writerFailure', reason: 'ENOSPC' }],
    ['0', 'externalClientFailure'],
  ])
  t.match(cancelEntry(failed, '0'), { entries: [], errors: [] })
  t.equal(failEntry(config(), 'gone', 'late').errors.length, 0, 'what is gone does not fail')
})

t.test('LV-145 LV-148 errors are said once, and go with their entry', async (t) => {
  const upload = put(config({ maxEntries: 2 }), file('0'), file('1'))
  const wrong = putError(putError(upload, '0', 'externalClientFailure'), '1', 'externalClientFailure')
  t.same(errorsOf(putError(wrong, '0', 'externalClientFailure')), [
    ['1', 'externalClientFailure'],
    ['0', 'externalClientFailure'],
  ])
  t.same(errorsOf(dropEntry(wrong, '0')), [['1', 'externalClientFailure']])
  t.throws(() => uploadErrors(undefined as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /allowUpload/ })
})
