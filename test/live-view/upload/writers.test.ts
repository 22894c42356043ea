import t, { type Test } from 'tap'
import { exit, type Pid, self, send } from '../../../src/index.ts'
import {
  allowUpload,
  type CloseReason,
  cancelUpload,
  consumeUploadedEntries,
  consumeUploadedEntry,
  disallowUpload,
  error,
  ok,
  type UploadEntry,
  type UploadWriter,
  uploadErrors,
  uploadedEntries,
} from '../../../src/live-view/index.ts'
import { assertReceive, refuteReceive, UploadRefused, withRuntime } from '../../../src/testing/index.ts'
import { type OnSocket, openUploads, PLACES, type UploadPage, watchEnd } from '../../support/upload-page.ts'

type Socket = Parameters<OnSocket>[0]

/** What a writer of these tests does wrong, and who hears of what it does. */
interface Telling {
  readonly to: Pid
  readonly fails?: 'init' | 'done'
}

/** Tells the test what it does. The bytes `error` it cannot write. */
const tellingWriter: UploadWriter<Telling & { readonly written: number }, Telling> = {
  init: (options) => {
    send(options.to, { type: 'init', by: self() })
    return options.fails === 'init' ? error('initFailed') : ok({ ...options, written: 0 })
  },
  meta: ({ to, written }) => {
    send(to, { type: 'meta' })
    return { written }
  },
  writeChunk: async (bytes, state) => {
    const text = Buffer.from(bytes).toString()
    if (text === 'error') return error('customError')
    send(state.to, { type: 'write', text, by: self() })
    return ok({ ...state, written: state.written + bytes.length })
  },
  close: ({ to, fails }, reason) => {
    send(to, { type: 'close', reason })
    return fails === 'done' && reason === 'done' ? error('closeFailed') : undefined
  },
}

function writing(fails?: Telling['fails']) {
  const to = self()
  return { writer: (): [typeof tellingWriter, Telling] => [tellingWriter, { to, ...(fails && { fails }) }] }
}

function closing(reason: CloseReason) {
  return { type: 'close', reason }
}

const hundred = '0'.repeat(100)
const CLOSED = { type: 'shutdown', detail: 'closed' }

/** Tells the test of entries whose writer failed. */
function recordFailures() {
  const test = self()
  return (_name: string, entry: UploadEntry, socket: Socket) => {
    const errors = uploadErrors(socket.assigns.uploads['avatar'], entry)
    const [, inProgress] = uploadedEntries(socket, 'avatar')
    if (errors.length > 0) send(test, { type: 'failure', entry, errors, isInProgress: inProgress.includes(entry) })
  }
}

/** Whether the entry is on the page with this failure, as the client has to see it. */
async function assertFailed(t: Test, page: UploadPage, ref: string, reason: string): Promise<void> {
  const html = await page.view.render()
  t.match(html, new RegExp(`entry_error:\\{"type":"writerFailure","reason":"${reason}"\\}`))
  t.match(html, new RegExp(`data-phx-active-refs="${ref}"`))
  t.match(html, new RegExp(`data-phx-preflighted-refs="${ref}"`))
  t.match(html, new RegExp(`data-phx-error-refs="${ref}"`))
  t.match(html, /data-phx-done-refs=""/)
}

for (const place of PLACES) {
  t.test(`in a ${place}`, async (t) => {
    t.test('LV-142 a writer gets the bytes as they come, in the process of the upload', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { chunkSize: 50, ...writing() })
        const upload = page.choose({ name: 'foo.jpeg', content: hundred })
        t.match(await upload.renderUpload('foo.jpeg', 50), /foo\.jpeg:50%/)
        const by = upload.pidOf('foo.jpeg')
        const end = watchEnd(by)
        t.match(await upload.renderUpload('foo.jpeg', 50), /foo\.jpeg:100%/)
        t.same(
          await page.run((socket) =>
            consumeUploadedEntries(socket, 'avatar', (meta: { written: number }) => ok(meta.written)),
          ),
          [100],
        )
        await assertReceive({ type: 'init', by })
        await assertReceive({ type: 'write', text: '0'.repeat(50), by })
        await assertReceive({ type: 'write', text: '0'.repeat(50), by })
        await assertReceive(closing('done'))
        await assertReceive({ type: 'meta' })
        t.same(await end(), CLOSED)
        await refuteReceive({ type: 'close' })
      }),
    )

    t.test('LV-146 the writer of a view that is killed is closed with cancel', () =>
      withRuntime(async () => {
        const page = await openUploads(place, { chunkSize: 50, ...writing() })
        const upload = page.choose({ name: 'foo.jpeg', content: hundred })
        await upload.renderUpload('foo.jpeg', 50)
        await assertReceive({ type: 'write' })
        exit(page.view.pid, 'kill')
        await assertReceive(closing('cancel'))
        await refuteReceive({ type: 'write' })
      }),
    )

    t.test('LV-145 the writer of an upload that is cancelled is closed with cancel', () =>
      withRuntime(async () => {
        const page = await openUploads(place, { chunkSize: 50, ...writing() })
        const upload = page.choose({ name: 'foo.jpeg', content: hundred })
        await upload.renderUpload('foo.jpeg', 50)
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(upload.refs[0])))
        await assertReceive(closing('cancel'))
      }),
    )

    t.test('LV-147 a writer that fails to write ends its upload, and the entry stays with its error', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { chunkSize: 5, progress: recordFailures(), ...writing() })
        const upload = page.choose({ name: 'foo.jpeg', content: '00000error' })
        t.match(await upload.renderUpload('foo.jpeg', 50), /foo\.jpeg:50%/)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        const html = String(await upload.renderUpload('foo.jpeg', 50))
        t.match(html, /foo\.jpeg:50%:failed/)
        await assertReceive(closing({ type: 'error', reason: 'customError' }))
        t.same(await end(), CLOSED)
        const [ref] = upload.refs
        await assertFailed(t, page, String(ref), 'customError')
        const failure = await assertReceive({ type: 'failure' })
        t.match(failure, {
          entry: { clientName: 'foo.jpeg', done: false },
          errors: [{ type: 'writerFailure', reason: 'customError' }],
          isInProgress: true,
        })
        await refuteReceive({ type: 'failure' })
      }),
    )

    t.test('LV-147 cancelled, it makes room for another', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { chunkSize: 5, ...writing() })
        const upload = page.choose({ name: 'foo.jpeg', content: 'error' })
        await upload.renderUpload('foo.jpeg')
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(upload.refs[0])))
        const html = await page.view.render()
        t.notMatch(html, /foo\.jpeg/)
        t.match(html, /data-phx-active-refs="" data-phx-done-refs="" data-phx-preflighted-refs=""/)
        t.notMatch(html, /data-phx-error-refs/)
        const retry = page.choose({ name: 'retry.jpeg', content: 'retry' })
        t.match(await retry.renderUpload('retry.jpeg'), /retry\.jpeg:100%/)
      }),
    )

    t.test('LV-147 the callback may cancel it, and disallow the upload, before its process is gone', (t) =>
      withRuntime(async () => {
        const progress = (name: string, entry: UploadEntry, socket: Socket) => {
          const errors = uploadErrors(socket.assigns.uploads[name], entry)
          if (errors.length > 0) disallowUpload(cancelUpload(socket, name, entry.ref), name)
        }
        const page = await openUploads(place, { chunkSize: 5, progress, ...writing() })
        const upload = page.choose({ name: 'foo.jpeg', content: '00000error' })
        await upload.renderUpload('foo.jpeg', 50)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        t.notMatch(await upload.renderUpload('foo.jpeg', 50), /foo\.jpeg/)
        t.same(await end(), CLOSED)
        t.match(await page.view.render(), /save/)
      }),
    )

    t.test('LV-147 a writer that fails to begin lets nobody in', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { progress: recordFailures(), ...writing('init') })
        const upload = page.choose({ name: 'foo.jpeg', content: hundred })
        t.same(await upload.renderUpload('foo.jpeg', 50), new UploadRefused('writer_error'))
        await assertReceive({ type: 'init' })
        await assertReceive({ type: 'failure', errors: [{ type: 'writerFailure', reason: 'initFailed' }] })
        await assertFailed(t, page, String(upload.refs[0]), 'initFailed')
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(upload.refs[0])))
        t.notMatch(await page.view.render(), /foo\.jpeg/)
      }),
    )

    t.test('LV-147 a writer that fails to close is not closed again', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { chunkSize: 50, progress: recordFailures(), ...writing('done') })
        const upload = page.choose({ name: 'foo.jpeg', content: hundred })
        await upload.renderUpload('foo.jpeg', 50)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        t.match(await upload.renderUpload('foo.jpeg', 50), /foo\.jpeg:50%:failed/)
        await assertReceive(closing('done'))
        t.same(await end(), CLOSED)
        await refuteReceive({ type: 'close' })
        await assertReceive({ type: 'failure', errors: [{ type: 'writerFailure', reason: 'closeFailed' }] })
        await refuteReceive({ type: 'failure' })
        await assertFailed(t, page, String(upload.refs[0]), 'closeFailed')
      }),
    )

    t.test('LV-147 its siblings go on, and can be consumed one by one', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 2, chunkSize: 5, ...writing() })
        const upload = page.choose({ name: 'bad.jpeg', content: '00000error' }, { name: 'good.jpeg', content: hundred })
        t.match(await upload.renderUpload('bad.jpeg', 50), /bad\.jpeg:50%/)
        t.match(await upload.renderUpload('good.jpeg'), /good\.jpeg:100%/)
        t.match(await upload.renderUpload('bad.jpeg', 50), /bad\.jpeg:50%:failed/)
        const all = page.run((socket) => consumeUploadedEntries(socket, 'avatar', () => ok()).catch((e) => e.code))
        t.equal(await all, 'BEAMISH_UPLOAD_IN_PROGRESS')
        const good = await page.run((socket) => {
          const [[entry]] = uploadedEntries(socket, 'avatar')
          return consumeUploadedEntry(socket, entry as UploadEntry, () => ok(entry?.clientName))
        })
        t.equal(good, 'good.jpeg')
        const html = await page.view.render()
        t.match(html, /entry_error:.*customError/)
        t.notMatch(html, /good\.jpeg/)
      }),
    )
  })
}

t.test('a writer that is none, or says what means nothing, ends the view', (t) =>
  withRuntime(async () => {
    const missing = { init: () => ok({}), meta: () => ({}), writeChunk: () => {} }
    const fine: UploadWriter = { ...missing, close: () => {} }
    const wrong: Record<string, unknown> = {
      'no list': fine,
      'a function is missing': [missing],
      'a bad init': [{ ...fine, init: () => ({}) }],
      'a bad writeChunk': [{ ...fine, writeChunk: () => 7 }],
      'a bad close': [{ ...fine, close: () => false }],
      'a bad meta': [{ ...fine, meta: () => 'path' }],
    }
    for (const [name, choice] of Object.entries(wrong)) {
      const page = await openUploads('view', { writer: () => choice as never })
      const end = watchEnd(page.view.pid)
      const upload = page.choose({ name: 'foo.jpeg', content: hundred })
      await upload.renderUpload('foo.jpeg').catch(() => {})
      t.match(JSON.stringify(await end()), /badReturnValue|BEAMISH_BAD_RETURN/, name)
    }
  }),
)

t.test('a writer that throws ends its view, which the client joins again', (t) =>
  withRuntime(async () => {
    const page = await openUploads('view', {
      writer: () => [
        {
          ...tellingWriter,
          writeChunk: () => {
            throw new Error('crashed on demand')
          },
        },
        { to: self() },
      ],
    })
    const end = watchEnd(page.view.pid)
    const upload = page.choose({ name: 'foo.jpeg', content: hundred })
    await upload.renderUpload('foo.jpeg').catch(() => {})
    t.match(await end(), { type: 'shutdown', detail: { type: 'channelUploadExit', reason: { type: 'error' } } })
  }),
)

t.test('the next chunk waits until the one before is written', (t) =>
  withRuntime(async () => {
    const written: string[] = []
    let release = () => {}
    const slow: UploadWriter = {
      init: () => ok({}),
      meta: () => ({}),
      writeChunk: (bytes) =>
        new Promise((resolve) => {
          release = () => {
            written.push(Buffer.from(bytes).toString())
            resolve()
          }
        }),
      close: () => {},
    }
    const page = await openUploads('view', { chunkSize: 2, chunkTimeoutMs: 5, writer: () => [slow] })
    const upload = page.choose({ name: 'a.txt', content: 'abcd' })
    await upload.preflightUpload()
    const first = upload.sendBytes('a.txt', Buffer.from('ab'))
    const second = upload.sendBytes('a.txt', Buffer.from('cd'))
    await page.view.render()
    t.same(written, [])
    release()
    t.match(await first, { status: 'ok' })
    t.same(written, ['ab'], 'the second was not begun')
    await page.view.render()
    release()
    t.match(await second, { status: 'ok' })
    t.same(written, ['ab', 'cd'])
  }),
)

t.test('time that a writer takes is not the fault of the client', (t) =>
  withRuntime(async ({ clock }) => {
    let release = () => {}
    const writeChunk = () =>
      new Promise<void>((resolve) => {
        release = resolve
      })
    const slow: UploadWriter = { init: () => ok({}), meta: () => ({}), writeChunk, close: () => {} }
    const page = await openUploads('view', { chunkSize: 2, chunkTimeoutMs: 100, writer: () => [slow] })
    const upload = page.choose({ name: 'a.txt', content: 'abcd' })
    await upload.preflightUpload()
    const first = upload.sendBytes('a.txt', Buffer.from('ab'))
    await clock.advance(1000)
    release()
    t.match(await first, { status: 'ok' })
    const end = watchEnd(upload.pidOf('a.txt'))
    await clock.advance(100)
    t.same(await end(), CLOSED)
  }),
)

t.test('chunks that are not waited for end the upload and its view, before they fill the memory', (t) =>
  withRuntime(async () => {
    const never: UploadWriter = {
      init: () => ok({}),
      meta: () => ({}),
      writeChunk: () => new Promise(() => {}),
      close: () => {},
    }
    const page = await openUploads('view', { maxFileSize: 1000, writer: () => [never] })
    const upload = page.choose({ name: 'a.txt', content: '0'.repeat(1000) })
    await upload.preflightUpload()
    const end = watchEnd(page.view.pid)
    for (let count = 0; count < 20; count++) void upload.sendBytes('a.txt', Buffer.from('0'))
    t.match(await end(), { detail: { type: 'channelUploadExit', reason: { type: 'mailboxOverflow' } } })
  }),
)

t.test('LV-145 an upload that was disallowed is ignored, and works when it is allowed again', (t) =>
  withRuntime(async () => {
    const page = await openUploads('view', {})
    const upload = page.choose({ name: 'a.txt', content: 'a' })
    await page.run((socket) => void disallowUpload(socket, 'avatar'))
    t.notMatch(await page.change(upload), /a\.txt/)
    await page.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
    t.match(await page.choose({ name: 'a.txt', content: 'a' }).renderUpload('a.txt'), /a\.txt:100%/)
  }),
)
