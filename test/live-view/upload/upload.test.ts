import { existsSync, readFileSync, statSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname } from 'node:path'
import t from 'tap'
import { exit } from '../../../src/index.ts'
import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntries,
  consumeUploadedEntry,
  disallowUpload,
  error,
  ok,
  postpone,
  pushNavigate,
  putFlash,
  type TemporaryFile,
  type UploadEntry,
  uploadedEntries,
} from '../../../src/live-view/index.ts'
import { LiveRedirect, UploadRefused, withRuntime } from '../../../src/testing/index.ts'
import { jpegs, type OnSocket, openUploads, PLACES, type UploadPage, watchEnd } from '../../support/upload-page.ts'

// Everything here holds for a view, and for a component in one.

type Socket = Parameters<OnSocket>[0]

/** The entries of the upload, as `[done, inProgress]` names. */
function entriesOf(page: UploadPage): Promise<string[][]> {
  return page.run((socket) => uploadedEntries(socket, 'avatar').map((list) => list.map((entry) => entry.clientName)))
}

const CLOSED = { type: 'shutdown', detail: 'closed' }
const hundred = '0'.repeat(100)
const foo = { name: 'foo.jpeg', content: hundred }

/** Consumes an entry that is done. */
async function consume(_name: string, entry: UploadEntry, socket: Socket): Promise<void> {
  if (!entry.done) return
  const name = await consumeUploadedEntry(socket, entry, () => ok(entry.clientName))
  socket.update('consumed', (consumed: string[]) => [...consumed, name])
}

for (const place of PLACES) {
  t.test(`in a ${place}`, async (t) => {
    t.test('LV-140 entries are preflighted, uploaded by a process each, and consumed', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 3, chunkSize: 20 })
        const upload = page.choose(...jpegs(2))
        t.match(await page.change(upload), /myfile1\.jpeg:0%:waiting/)
        const response = await upload.preflightUpload()
        t.match(response, {
          ref: /^phx-/,
          config: { max_file_size: 8_000_000, max_entries: 3, chunk_size: 20, chunk_timeout: 10_000 },
          errors: {},
        })
        t.match(await upload.renderUpload('myfile1.jpeg', 1), /myfile1\.jpeg:1%:uploading/)
        t.match(await upload.renderUpload('myfile2.jpeg', 2), /myfile2\.jpeg:2%:uploading/)
        t.not(upload.pidOf('myfile1.jpeg'), upload.pidOf('myfile2.jpeg'))
        t.match(await upload.renderUpload('myfile1.jpeg', 19), /myfile1\.jpeg:20%/)
        t.match(await upload.renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
        t.match(await upload.renderUpload('myfile2.jpeg'), /myfile2\.jpeg:100%/)
        const files = await page.run((socket) =>
          consumeUploadedEntries(socket, 'avatar', ({ path }, { clientName }) =>
            ok([clientName, readFileSync(path, 'utf8')]),
          ),
        )
        t.same(files, [
          ['myfile1.jpeg', hundred],
          ['myfile2.jpeg', hundred],
        ])
        t.notMatch(await page.view.render(), /myfile/)
      }),
    )

    t.test('LV-140 with an error nothing is uploaded: the page is told of all of them', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxFileSize: 1 })
        const upload = page.choose({ name: 'foo.jpeg', content: 'overmax' })
        t.match(await page.change(upload), /entry_error:&quot;tooLarge&quot;|entry_error:"tooLarge"/)
        const [ref] = upload.refs
        t.same(await upload.renderUpload('foo.jpeg'), new UploadRefused([[ref, 'too_large']]))
        t.throws(() => upload.pidOf('foo.jpeg'))
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(ref)))
        await page.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any' }))
        const retry = page.choose({ name: 'retry.jpeg', content: 'retry' })
        t.match(await retry.renderUpload('retry.jpeg'), /retry\.jpeg:100%/)
      }),
    )

    t.test('LV-140 too many at once, and too many after each other', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 2 })
        const three = page.choose(...jpegs(3))
        t.match(await page.change(three), /config_error:.*tooManyFiles/)
        t.match(await three.renderUpload('myfile1.jpeg', 1), { type: 'refused', reason: [[/^phx-/, 'too_many_files']] })
        const again = await openUploads(place, { maxEntries: 2 })
        const two = again.choose(...jpegs(2))
        t.match(await two.renderUpload('myfile1.jpeg', 1), /myfile1\.jpeg:1%/)
        const third = again.choose(foo)
        t.match(await third.preflightUpload(), { type: 'refused', reason: [[/^phx-/, 'too_many_files']] })
      }),
    )

    t.test('LV-140 with autoUpload the valid ones are uploaded, up to the maximum', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 2, maxFileSize: 100, autoUpload: true })
        const upload = page.choose(
          foo,
          { name: 'large.jpeg', content: '1'.repeat(101) },
          { ...foo, name: 'third.jpeg' },
        )
        const html = await page.change(upload)
        t.match(html, /config_error:.*tooManyFiles/)
        t.match(html, /entry_error:.*tooLarge/)
        const [, large] = upload.refs
        t.match(await upload.preflightUpload(), { errors: { [String(large)]: ['too_large'] } })
        t.match(await upload.renderUpload('foo.jpeg'), /foo\.jpeg:100%/)
        t.same(await upload.renderUpload('large.jpeg'), new UploadRefused(['too_large']))
        t.same(await upload.renderUpload('third.jpeg'), new UploadRefused('not_allowed'))
      }),
    )

    t.test('LV-138 with autoUpload, what was consumed counts in total mode, until the upload is allowed again', (t) =>
      withRuntime(async () => {
        const options = { autoUpload: true, maxEntriesMode: 'total', progress: consume } as const
        const page = await openUploads(place, options)
        const file = (name: string) => ({ name, content: name })
        t.match(await page.choose(file('first.jpeg')).renderUpload('first.jpeg'), /consumed:first\.jpeg/)
        t.equal(await page.run((socket) => socket.assigns.uploads['avatar'].consumedEntries), 1)
        const second = page.choose(file('second.jpeg'))
        t.match(await page.change(second), /config_error:.*tooManyFiles/)
        t.same(await second.renderUpload('second.jpeg'), new UploadRefused('not_allowed'))
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(second.refs[0])))
        await page.run((socket) => void allowUpload(socket, 'avatar', { accept: 'any', ...options }))
        t.match(await page.choose(file('third.jpeg')).renderUpload('third.jpeg'), /consumed:third\.jpeg/)
      }),
    )

    t.test('LV-138 else it does not', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { autoUpload: true, progress: consume })
        for (const name of ['first.jpeg', 'second.jpeg'])
          t.match(await page.choose({ name, content: name }).renderUpload(name), new RegExp(`consumed:${name}`))
        t.equal(await page.run((socket) => socket.assigns.uploads['avatar'].consumedEntries), 0)
      }),
    )

    t.test('LV-138 what the validator refuses is not uploaded', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { validator: () => error('ugly') })
        const upload = page.choose(foo)
        t.match(await page.change(upload), /entry_error:"ugly"/)
        t.same(await upload.renderUpload('foo.jpeg'), new UploadRefused([[upload.refs[0], 'ugly']]))
      }),
    )

    t.test('LV-138 of one file, a new one takes the place of one that is being uploaded', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const first = page.choose(foo)
        await first.renderUpload('foo.jpeg', 1)
        const end = watchEnd(first.pidOf('foo.jpeg'))
        const second = page.choose({ ...foo, name: 'bar.jpeg' })
        const html = await second.renderUpload('bar.jpeg')
        t.match(html, /bar\.jpeg:100%/)
        t.notMatch(html, /foo\.jpeg|config_error/)
        t.same(await end(), CLOSED)
      }),
    )

    t.test('LV-140 what is preflighted is skipped the next time', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 3 })
        const upload = page.choose(...jpegs(1))
        t.match(await upload.renderUpload('myfile1.jpeg', 1), /1%/)
        const pid = upload.pidOf('myfile1.jpeg')
        t.match(await upload.preflightUpload(), { entries: {}, errors: {} })
        t.equal(upload.pidOf('myfile1.jpeg'), pid)
        t.match(await upload.renderUpload('myfile1.jpeg'), /100%/)
      }),
    )

    t.test('LV-142 more bytes than were said end the upload', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxFileSize: 1000 })
        const upload = page.choose(foo)
        t.match(await upload.renderUpload('foo.jpeg', 1), /foo\.jpeg:1%/)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        t.same(await upload.sendBytes('foo.jpeg', Buffer.alloc(100)), {
          status: 'error',
          response: { reason: 'file_size_limit_exceeded', limit: 100 },
        })
        t.same(await end(), CLOSED)
        t.notMatch(await page.view.render(), /foo\.jpeg/)
      }),
    )

    t.test('LV-142 a client that sends nothing any more is not waited for', (t) =>
      withRuntime(async ({ clock }) => {
        const page = await openUploads(place, { chunkTimeoutMs: 500 })
        const upload = page.choose(foo)
        t.match(await upload.renderUpload('foo.jpeg', 1), /foo\.jpeg:1%/)
        await clock.advance(499)
        t.match(await upload.renderUpload('foo.jpeg', 1), /foo\.jpeg:2%/)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        await clock.advance(499)
        t.same((await entriesOf(page))[1], ['foo.jpeg'])
        await clock.advance(1)
        t.same(await end(), CLOSED)
        t.notMatch(await page.view.render(), /foo\.jpeg/)
      }),
    )

    t.test('LV-142 nobody has to send anything once all of it is there', (t) =>
      withRuntime(async ({ clock }) => {
        const page = await openUploads(place, { chunkTimeoutMs: 500 })
        const upload = page.choose(foo)
        t.match(await upload.renderUpload('foo.jpeg'), /foo\.jpeg:100%/)
        await clock.advance(60_000)
        t.same(await entriesOf(page), [['foo.jpeg'], []])
      }),
    )

    t.test('LV-143 the callback hears of each progress, and may consume', (t) =>
      withRuntime(async () => {
        const heard: unknown[] = []
        const progress = async (name: string, entry: UploadEntry, socket: Socket) => {
          heard.push([name, entry.clientName, entry.progress, entry.done])
          await consume(name, entry, socket)
        }
        const page = await openUploads(place, { maxEntries: 3, chunkSize: 50, progress })
        const upload = page.choose(foo)
        const html = await upload.renderUpload('foo.jpeg')
        t.match(html, /consumed:foo\.jpeg/)
        t.notMatch(html, /foo\.jpeg:100%/)
        t.same(heard, [
          ['avatar', 'foo.jpeg', 50, false],
          ['avatar', 'foo.jpeg', 100, true],
        ])
      }),
    )

    t.test('LV-143 the callback may consume all when the last one is done', (t) =>
      withRuntime(async () => {
        const progress = async (name: string, _entry: UploadEntry, socket: Socket) => {
          const [, inProgress] = uploadedEntries(socket, name)
          if (inProgress.length > 0) return
          const names = await consumeUploadedEntries(socket, name, (_meta, entry) => ok(entry.clientName))
          socket.update('consumed', (consumed: string[]) => [...consumed, ...names])
        }
        const page = await openUploads(place, { maxEntries: 2, chunkSize: 20, progress })
        const upload = page.choose(...jpegs(2))
        t.match(await upload.renderUpload('myfile1.jpeg'), /myfile1\.jpeg:100%/)
        const html = await upload.renderUpload('myfile2.jpeg')
        t.match(html, /consumed:myfile1\.jpeg/)
        t.match(html, /consumed:myfile2\.jpeg/)
      }),
    )

    t.test('LV-143 the callback may go elsewhere, also when it has consumed', (t) =>
      withRuntime(async () => {
        for (const isConsumed of [false, true]) {
          const progress = async (name: string, entry: UploadEntry, socket: Socket) => {
            if (isConsumed) await consume(name, entry, socket)
            if (!isConsumed || entry.done) pushNavigate(socket, { to: '/elsewhere' })
          }
          const page = await openUploads(place, { chunkSize: 20, progress })
          const outcome = await page.choose(foo).renderUpload('foo.jpeg')
          t.ok(outcome instanceof LiveRedirect)
          t.match(outcome, { type: 'navigate', to: '/elsewhere' })
        }
      }),
    )

    t.test('LV-143 a progress of what is unknown, or none, changes nothing', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 40)
        const [entry_ref] = upload.refs
        const { ref } = (await upload.preflightUpload()) as { ref: string }
        const cid = place === 'component' ? 1 : null
        const ask = async (over: object) =>
          (await page.view.ask('progress', { event: null, ref, entry_ref, cid, progress: 50, ...over }))?.[4]
        for (const progress of [-1, 101, 1e300, 50.5, Number.NaN, '50', null, [], {}])
          t.same(await ask({ progress }), { status: 'error', response: { reason: 'bad request' } })
        t.same(await ask({ cid: 'one' }), { status: 'error', response: { reason: 'bad request' } })
        const nothing = { status: 'ok', response: {} }
        t.same(await ask({ ref: 'phx-unknown' }), nothing)
        t.same(await ask({ entry_ref: 'unknown' }), nothing)
        t.same(await ask({ cid: 77 }), nothing)
        t.same(await ask({ progress: { error: 'failed' } }), nothing, 'not external: our process says so itself')
        t.match(await page.view.render(), /foo\.jpeg:40%:uploading/)
      }),
    )

    t.test('LV-144 entries are consumed one by one or together, and their files are gone', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, { maxEntries: 2, chunkSize: 20 })
        t.same(await page.run((socket) => consumeUploadedEntries(socket, 'avatar', () => ok('boom'))), [])
        const upload = page.choose(...jpegs(2))
        await upload.renderUpload('myfile1.jpeg')
        const end = watchEnd(upload.pidOf('myfile1.jpeg'))
        const path = await page.run((socket) => {
          const [done] = uploadedEntries(socket, 'avatar')
          return consumeUploadedEntry(socket, done[0] as UploadEntry, (meta) => {
            t.equal(readFileSync(meta.path, 'utf8'), hundred)
            t.equal(dirname(meta.path), tmpdir())
            t.match(basename(meta.path), /^beamish-upload-[\w-]+$/)
            t.equal(statSync(meta.path).mode & 0o777, 0o600, 'nobody else may read it')
            return ok(meta.path)
          })
        })
        t.same(await end(), CLOSED)
        await gone(path)
        t.same(await entriesOf(page), [[], ['myfile2.jpeg']])
      }),
    )

    t.test('LV-144 what is postponed stays', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg')
        const consumeAll = (isLater: boolean) =>
          page.run((socket) =>
            consumeUploadedEntries(socket, 'avatar', ({ path }) => (isLater ? postpone(path) : ok(path))),
          )
        const [path] = await consumeAll(true)
        t.ok(existsSync(String(path)))
        t.same(await entriesOf(page), [['foo.jpeg'], []])
        const one = await page.run((socket) =>
          consumeUploadedEntry(socket, uploadedEntries(socket, 'avatar')[0][0] as UploadEntry, () => postpone('later')),
        )
        t.equal(one, 'later')
        t.same(await consumeAll(false), [path])
        await gone(String(path))
        t.same(await consumeAll(false), [], 'once')
      }),
    )

    t.test('LV-144 what is still in progress cannot be consumed', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 1)
        const code = await page.run(async (socket) => {
          const [, [entry]] = uploadedEntries(socket, 'avatar')
          const all = consumeUploadedEntries(socket, 'avatar', () => ok())
          const one = consumeUploadedEntry(socket, entry as UploadEntry, () => ok())
          return await Promise.all([all, one].map((promise) => promise.catch((error) => error.code)))
        })
        t.same(code, ['BEAMISH_UPLOAD_IN_PROGRESS', 'BEAMISH_UPLOAD_IN_PROGRESS'])
        const unknown = page.run((socket) =>
          consumeUploadedEntries(socket, 'cover', () => ok()).catch((error) => error),
        )
        t.match(await unknown, { code: 'BEAMISH_UNKNOWN_UPLOAD', message: /"cover".*avatar/ })
        const wrong = page.run((socket) => {
          socket.assign({ consumed: [] })
          return consumeUploadedEntries(socket, 'avatar', (() => 'boom') as never).catch((error) => error.code)
        })
        t.equal(await wrong, 'BEAMISH_UPLOAD_IN_PROGRESS')
        await upload.renderUpload('foo.jpeg')
        const bad = page.run((socket) =>
          consumeUploadedEntries(socket, 'avatar', (() => 'boom') as never).catch((e) => e),
        )
        t.match(await bad, { code: 'BEAMISH_BAD_RETURN', message: /ok\(value\) \| postpone\(value\)/ })
      }),
    )

    t.test('LV-144 a client that says that it is done before it is has nothing to consume', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 1)
        const [entry_ref] = upload.refs
        const { ref } = (await upload.preflightUpload()) as { ref: string }
        await page.view.ask('progress', { ref, entry_ref, cid: place === 'component' ? 1 : null, progress: 100 })
        t.same(await entriesOf(page), [['foo.jpeg'], []], 'for display it is done')
        const code = page.run((socket) =>
          consumeUploadedEntries(socket, 'avatar', () => ok()).catch((error) => error.code),
        )
        t.equal(await code, 'BEAMISH_UPLOAD_IN_PROGRESS')
      }),
    )

    t.test('LV-145 an upload that is in progress can be cancelled', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 1)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        const [ref] = upload.refs
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(ref)))
        t.same(await end(), CLOSED)
        t.same(await entriesOf(page), [[], []])
        t.notMatch(await page.view.render(), /foo\.jpeg/)
      }),
    )

    t.test('LV-145 so can one that has not begun', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        t.match(await page.change(upload), /foo\.jpeg/)
        await page.run((socket) => void cancelUpload(socket, 'avatar', String(upload.refs[0])))
        t.notMatch(await page.view.render(), /foo\.jpeg/)
        const error = await page.run((socket) => {
          try {
            return cancelUpload(socket, 'avatar', 'bad_ref')
          } catch (error) {
            return error
          }
        })
        t.match(error, { code: 'BEAMISH_UNKNOWN_UPLOAD', message: /"bad_ref" is no entry of the upload "avatar"/ })
      }),
    )

    t.test('LV-145 an upload with active entries is neither allowed anew nor disallowed', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 1)
        const codeOf = (body: (socket: Socket) => unknown) =>
          page.run((socket) => {
            try {
              body(socket)
              return 'nothing'
            } catch (error) {
              return (error as { code: string }).code
            }
          })
        const allow = (socket: Socket) => allowUpload(socket, 'avatar', { accept: 'any' })
        t.equal(await codeOf(allow), 'BEAMISH_UPLOAD_ACTIVE')
        t.equal(await codeOf((socket) => disallowUpload(socket, 'avatar')), 'BEAMISH_UPLOAD_ACTIVE')
        t.equal(await codeOf((socket) => disallowUpload(socket, 'cover')), 'BEAMISH_UNKNOWN_UPLOAD')
        t.equal(await codeOf((socket) => allow(cancelUpload(socket, 'avatar', String(upload.refs[0])))), 'nothing')
        const retry = page.choose({ name: 'retry.jpeg', content: 'retry' })
        t.match(await retry.renderUpload('retry.jpeg'), /retry\.jpeg:100%/)
        await page.run((socket) => consumeUploadedEntries(socket, 'avatar', () => ok()))
        t.equal(await codeOf((socket) => allow(disallowUpload(socket, 'avatar'))), 'nothing')
      }),
    )

    t.test('LV-145 an entry leaves the page although its upload was disallowed when it was consumed', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        await page.choose(foo).renderUpload('foo.jpeg')
        await page.run(async (socket) => {
          await consumeUploadedEntries(socket, 'avatar', () => ok())
          disallowUpload(socket, 'avatar')
        })
        t.notMatch(await page.view.render(), /foo\.jpeg/)
      }),
    )

    t.test('LV-105 an upload takes along what its own callback put into the flash, and nothing older', (t) =>
      withRuntime(async () => {
        const progress = (_name: string, { done }: UploadEntry, socket: Socket) => {
          if (done) pushNavigate(putFlash(socket, 'info', 'uploaded'), { to: '/elsewhere' })
          else putFlash(socket, 'error', 'old')
        }
        const page = await openUploads(place, { progress, chunkSize: 50 })
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 50)
        const { to, flash } = (await upload.renderUpload('foo.jpeg')) as LiveRedirect
        t.same({ to, flash }, { to: '/elsewhere', flash: { info: 'uploaded' } })
      }),
    )

    t.test('LV-146 the end of the view ends its uploads', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 1)
        const end = watchEnd(upload.pidOf('foo.jpeg'))
        exit(page.view.pid, 'kill')
        t.same(await end(), CLOSED)
      }),
    )

    t.test('LV-146 an upload that ends in order leaves no entry, one that crashes ends the view', (t) =>
      withRuntime(async () => {
        const page = await openUploads(place, {})
        const upload = page.choose(foo)
        await upload.renderUpload('foo.jpeg', 1)
        exit(upload.pidOf('foo.jpeg'), 'shutdown')
        await watchEnd(upload.pidOf('foo.jpeg'))()
        t.same(await entriesOf(page), [[], []])
        const second = page.choose(foo)
        await second.renderUpload('foo.jpeg', 1)
        const end = watchEnd(page.view.pid)
        exit(second.pidOf('foo.jpeg'), 'kill')
        t.same(await end(), { type: 'shutdown', detail: { type: 'channelUploadExit', reason: 'killed' } })
      }),
    )
  })
}

/** Deleting a file takes a moment. */
async function gone(path: string): Promise<void> {
  const deleted = new Promise<void>((resolve) => {
    const watcher = watch(dirname(path), () => existsSync(path) || finish())
    const finish = () => {
      watcher.close()
      resolve()
    }
    if (!existsSync(path)) finish()
  })
  await deleted
}

t.test('LV-159 a file that is not there, and an input that is none, are named', (t) =>
  withRuntime(async () => {
    const page = await openUploads('view', {})
    const upload = page.choose(foo)
    await t.rejects(upload.renderUpload('unknown.jpeg'), { message: /no such file: unknown\.jpeg.*has foo\.jpeg/ })
    t.throws(() => upload.pidOf('foo.jpeg'), { message: /no process takes the file foo\.jpeg/ })
    const cover = page.view.fileInput('#form', 'cover', [foo])
    await t.rejects(cover.renderUpload('foo.jpeg'), { message: /expected a liveFileInput with the name cover/ })
  }),
)

t.test('what is consumed has the type that its writer says', (t) =>
  withRuntime(async () => {
    const page = await openUploads('view', {})
    const keys: number[] = await page.run((socket) =>
      consumeUploadedEntries(socket, 'avatar', (meta: { key: string }) => ok(meta.key.length)),
    )
    const paths: TemporaryFile['path'][] = await page.run((socket) =>
      consumeUploadedEntries(socket, 'avatar', ({ path }) => ok(path)),
    )
    t.same([keys, paths], [[], []])
  }),
)
