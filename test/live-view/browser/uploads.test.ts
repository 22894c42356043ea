import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntries,
  consumeUploadedEntry,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  liveImgPreview,
  ok,
  type UploadEntry,
  type Uploads,
  type UploadWriter,
  uploadErrors,
} from '../../../src/live-view/index.ts'
import { withoutChromium } from '../../support/chromium.ts'
import { formEventsIn, liveBrowser } from '../../support/live-browser.ts'

// Uploads by a real browser, with the unmodified client.

type Files = { uploads: Uploads<'doc'>; saved: readonly string[]; saves: number }

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)
const arrived = async (meta: { path?: string }, { clientName }: UploadEntry) => {
  const { path } = meta
  if (path === undefined) return ok(`${clientName}: ${JSON.stringify(meta)}`)
  const bytes = await readFile(path)
  return ok(`${clientName}: ${bytes.length} ${digest(bytes)}`)
}

/** Opens it when a test says so. */
let gate: { readonly opened: Promise<void>; open(): void }
function closeGate(): void {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  gate = { opened, open: () => open() }
}

/** Of files with more than one byte it writes nothing before the gate is open. */
const gated: UploadWriter<number, number> = {
  init: (size) => ok(size),
  meta: () => ({}),
  writeChunk: (_bytes, size) => (size > 1 ? gate.opened : undefined),
  close: () => {},
}

const FilesLive = LiveView.define({
  module: 'FilesLive',
  mount: ({ auto, slow, consume, direct }, _session, socket: LiveViewSocket<Files>) => {
    socket.assign({ saved: [], saves: 0 })
    allowUpload(socket, 'doc', {
      accept: ['.txt', '.bin', 'image/*'],
      maxEntries: 3,
      maxFileSize: 1_000_000,
      autoUpload: auto === '1',
      ...(slow === '1' && { writer: (_name, { clientSize }) => [gated, clientSize] }),
      ...(direct === '1' && { external: (entry) => ok({ uploader: 'Direct', to: `/x/${entry.clientName}` }) }),
      ...(consume === '1' && {
        progress: async (_name, entry, view) => {
          if (!entry.done) return
          const name = await consumeUploadedEntry(view, entry, arrived)
          view.update('saved', (saved) => [...saved, name])
        },
      }),
    })
  },
  handleEvent: {
    validate: () => {},
    cancel: ({ ref }, socket) => cancelUpload(socket, 'doc', ref),
    save: async (_value, socket) => {
      const names = await consumeUploadedEntries(socket, 'doc', arrived)
      socket.update('saved', (saved) => [...saved, ...names]).update('saves', (saves) => saves + 1)
    },
  },
  render: ({ uploads: { doc }, saved, saves }) => html`
    <form id="form" phx-change="validate" phx-submit="save">${liveFileInput(doc)}<button id="submit">save</button></form>
    ${doc.entries.map(
      (entry) => html`<article id=${`entry-${entry.ref}`}>${liveImgPreview(entry, { width: 20 })}
        <b>${entry.clientName}</b> <progress max="100" value=${entry.progress}></progress>
        <button phx-click="cancel" phx-value-ref=${entry.ref}>x</button><i>${uploadErrors(doc, entry).join()}</i></article>`,
    )}
    <p id="errors">${uploadErrors(doc).join()}</p><p id="saves">${saves}</p>
    <ul id="saved">${saved.map((name) => html`<li>${name}</li>`)}</ul>`,
})

const Drop = LiveComponent.define<{ uploads: Uploads<'doc'>; saved: string }>({
  module: 'Drop',
  mount: (socket) => allowUpload(socket.assign({ saved: '' }), 'doc', { accept: 'any' }),
  handleEvent: {
    validate: () => {},
    save: async (_value, socket) => {
      socket.assign({ saved: (await consumeUploadedEntries(socket, 'doc', arrived)).join() })
    },
  },
  render: ({ uploads, saved, myself }) =>
    html`<form id="part" phx-change="validate" phx-submit="save" phx-target=${myself}>${liveFileInput(uploads.doc)}
      <button>save</button><p id="part-saved">${saved}</p></form>`,
})
const PartLive = LiveView.define({ module: 'PartLive', render: () => html`<main>${Drop.use({ id: 'drop' })}</main>` })

const inBrowser = liveBrowser(t, {
  routes: (route) => {
    route.live('/files', FilesLive)
    route.live('/part', PartLive)
  },
})

const bytesOf = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31 + 7) % 256))
const bin = (name: string, size: number) => ({ name, mimeType: 'application/octet-stream', buffer: bytesOf(size) })
const saying = (name: string, size: number) => `${name}: ${size} ${digest(bytesOf(size))}`
const refsOf = (page: Page) =>
  page
    .locator('#form input')
    .evaluate((input) =>
      ['active', 'preflighted', 'done', 'error'].map((kind) => input.getAttribute(`data-phx-${kind}-refs`)),
    )
const savedOn = (page: Page) => page.locator('#saved li').allInnerTexts()

t.test('LV-142 files arrive unchanged, whatever their size', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    for (const transport of ['websocket', 'longpoll'] as const) {
      const { page, problems } = await open('/files', transport)
      const files = [bin('one.bin', 1), bin('even.bin', 64_000), bin('odd.bin', 64_001)]
      await page.setInputFiles('#form input', files)
      await page.locator('article').nth(2).waitFor()
      await page.click('#submit')
      await page.locator('#saves:text-is("1")').waitFor()
      const expected = [saying('one.bin', 1), saying('even.bin', 64_000), saying('odd.bin', 64_001)]
      t.same(await savedOn(page), expected, transport)
      await page.locator('article').first().waitFor({ state: 'detached' })
      // The client never announces a file without bytes: there is nothing to upload, and the form is sent without it.
      await page.setInputFiles('#form input', [bin('none.bin', 0)])
      await page.click('#submit')
      await page.locator('#saves:text-is("2")').waitFor()
      t.same(await savedOn(page), expected)
      t.same(problems, [])
      await page.close()
    }
  }),
)

t.test('LV-143 the attributes of the input follow, and the form waits for its files', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    closeGate()
    const { page, problems, sent } = await open('/files?auto=1&slow=1')
    t.same(await refsOf(page), ['', '', '', null])
    await page.setInputFiles('#form input', [bin('a.bin', 10), bin('b.bin', 10)])
    await page.locator('#form input[data-phx-preflighted-refs="0,1"]').waitFor()
    t.same(await refsOf(page), ['0,1', '0,1', '', null])
    await page.click('#submit')
    t.equal(formEventsIn(textsIn(sent)).filter(({ event }) => event === 'save').length, 0, 'not yet')
    gate.open()
    await page.locator('#saves:text-is("1")').waitFor()
    t.same(await savedOn(page), ['a.bin: {}', 'b.bin: {}'])
    await page.locator('#form input[data-phx-active-refs=""]').waitFor()
    t.same(await refsOf(page), ['', '', '', null])
    t.equal(formEventsIn(textsIn(sent)).filter(({ event }) => event === 'save').length, 1)
    t.same(problems, [])
  }),
)

/** Without the chunks. */
const textsIn = (sent: readonly string[]) => sent.filter((text) => text.startsWith('['))

t.test('LV-143 files that are consumed as they are done are counted once', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/files?consume=1')
    await page.setInputFiles('#form input', [bin('small.bin', 1), bin('large.bin', 900_000)])
    await page.locator('article').nth(1).waitFor()
    await page.click('#submit')
    await page.locator('#saves:text-is("1")').waitFor()
    t.same(await savedOn(page), [saying('small.bin', 1), saying('large.bin', 900_000)], 'all, before the form was sent')
    t.same(problems, [])
  }),
)

t.test('LV-143 one that was consumed does not let the form go without the others', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    closeGate()
    const { page, problems } = await open('/files?auto=1&consume=1&slow=1')
    await page.setInputFiles('#form input', [bin('small.bin', 1), bin('large.bin', 10)])
    await page.locator('#entry-0').waitFor({ state: 'detached' })
    await page.click('#submit')
    gate.open()
    await page.locator('#saves:text-is("1")').waitFor()
    t.same(await savedOn(page), ['small.bin: {}', 'large.bin: {}'])
    t.same(problems, [])
  }),
)

t.test('LV-145 LV-143 what is wrong holds the form back, until it is cancelled', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/files')
    await page.setInputFiles('#form input', [
      bin('a.bin', 1),
      bin('large.bin', 1_000_001),
      bin('b.bin', 2),
      bin('c.bin', 3),
    ])
    await page.locator('#errors:text-is("tooManyFiles")').waitFor()
    const [, , , errors] = await refsOf(page)
    t.match(errors, /^1,phx-/)
    t.equal(await page.innerText('#entry-1 i'), 'tooLarge')
    await page.click('#submit')
    await page.click('#entry-1 button')
    await page.locator('#entry-1').waitFor({ state: 'detached' })
    t.same(await refsOf(page), ['0,2,3', '', '', null])
    t.equal(await page.innerText('#saves'), '0', 'it was not sent')
    await page.click('#submit')
    await page.locator('#saves:text-is("1")').waitFor()
    t.same(await savedOn(page), [saying('a.bin', 1), saying('b.bin', 2), saying('c.bin', 3)])
    t.same(problems, [])
  }),
)

t.test('LV-145 an upload that is under way is cancelled', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    closeGate()
    const { page, problems } = await open('/files?auto=1&slow=1')
    await page.setInputFiles('#form input', [bin('a.bin', 10), bin('b.bin', 10)])
    await page.locator('#form input[data-phx-preflighted-refs="0,1"]').waitFor()
    await page.click('#entry-0 button')
    await page.locator('#entry-0').waitFor({ state: 'detached' })
    gate.open()
    await page.locator('#form input[data-phx-done-refs="1"]').waitFor()
    await page.click('#submit')
    await page.locator('#saves:text-is("1")').waitFor()
    t.same(await savedOn(page), ['b.bin: {}'])
    t.same(problems, [])
  }),
)

t.test('LV-143 a picture is shown before it is uploaded', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/files')
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    await page.setInputFiles('#form input', {
      name: 'dot.png',
      mimeType: 'image/png',
      buffer: Buffer.from(png, 'base64'),
    })
    const picture = page.locator('#phx-preview-0')
    await picture.waitFor()
    await page.waitForFunction('document.querySelector("#phx-preview-0").naturalWidth === 1')
    t.match(await picture.getAttribute('src'), /^blob:/)
    t.same(problems, [])
  }),
)

t.test('LV-148 a file goes elsewhere by an uploader of the page', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/files?direct=1')
    await page.evaluate(`liveSocket.uploaders.Direct = (entries) => entries.forEach((entry) => {
      window.went = (window.went ?? '') + entry.meta.to
      entry.progress(50)
      entry.progress(100)
    })`)
    await page.setInputFiles('#form input', [bin('a.bin', 10)])
    await page.locator('article').waitFor()
    await page.click('#submit')
    await page.locator('#saves:text-is("1")').waitFor()
    t.equal(await page.evaluate('window.went'), '/x/a.bin')
    t.same(await savedOn(page), ['a.bin: {"uploader":"Direct","to":"/x/a.bin"}'])
    t.same(problems, [])
  }),
)

t.test('LV-149 a component takes its files', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/part')
    await page.setInputFiles('#part input', [bin('a.bin', 70_000)])
    await page.locator('#part input[data-phx-active-refs="0"]').waitFor()
    await page.click('#part button')
    await page.locator('#part-saved:not(:empty)').waitFor()
    t.equal(await page.innerText('#part-saved'), saying('a.bin', 70_000))
    t.same(problems, [])
  }),
)
