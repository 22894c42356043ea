import { PubSub } from 'beamish/pubsub'
import { LiveViewTest, startSupervised, type TestView, withRuntime } from 'beamish/testing'
import t, { type Test } from 'tap'
import { FEATURES } from '../features.ts'
import { GalleryPresence } from '../live/presence-live.ts'
import { router, sessionOptions } from '../router.ts'

// Each page without a browser: what a newcomer's own test would look like.

type World = Parameters<Parameters<typeof withRuntime>[0]>[0]
type Visit = (path: string) => Promise<TestView>

function page(name: string, body: (t: Test, visit: Visit, world: World) => Promise<void>): void {
  t.test(name, (t) =>
    withRuntime(async (world) => {
      await startSupervised(PubSub.child({ name: 'gallery' }))
      await startSupervised(GalleryPresence)
      await body(t, (path) => LiveViewTest.visit({ router, session: sessionOptions }).live(path), world)
    }),
  )
}

const text = async (view: TestView, selector: string): Promise<string> =>
  (await view.element(selector).render())
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

page('the first page leads to all others, which show their source', async (t, visit) => {
  const index = await visit('/')
  for (const { path, title, file } of FEATURES) {
    t.ok(await index.hasElement(`.cards a[href="${path}"]`), path)
    const view = await visit(path)
    t.equal(await text(view, 'main h1'), title)
    t.match(await text(view, 'figure.source'), new RegExp(`live/${file}`))
    t.match(await text(view, '#menu [aria-current]'), title)
  }
})

page('events', async (t, visit) => {
  const view = await visit('/counter')
  await view.element('button', '+10').renderClick()
  await view.element('button[aria-label="One less"]').renderClick()
  t.equal(await text(view, 'output'), '9')
  await view.element('section.card').renderKeydown({ key: 'ArrowUp' })
  t.equal(await text(view, 'output'), '10')
  await view.element('button', 'Reset').renderClick()
  t.equal(await text(view, 'output'), '0')
})

page('forms', async (t, visit) => {
  const view = await visit('/form')
  await view.form('#booking-0', { booking: { name: 'A', email: 'ada', seats: '9' } }).renderChange()
  t.match(await text(view, '#booking-0'), /at least two letters .* an address such as .* at most six/)
  await view.form('#booking-0', { booking: { name: 'Ada', email: 'ada@example.com', seats: '2' } }).renderSubmit()
  t.match(await text(view, 'section.card'), /Booked 2 for Ada, ada@example\.com$/)
  t.match(await text(view, '#flash-info'), /Thank you, Ada\./)
})

page('lists', async (t, visit) => {
  const view = await visit('/lists')
  const names = () => text(view, 'ul.rows')
  t.equal(await names(), 'Blackbird × Kingfisher × Nightingale × Wren ×')
  await view.element('button', 'Reverse').renderClick()
  await view.element('#bird-3 button').renderClick()
  await view.element('button', 'Add').renderClick()
  t.equal(await names(), 'Wren × Kingfisher × Blackbird × Swift ×')
  await view.element('button', 'Sort').renderClick()
  t.equal(await names(), 'Blackbird × Kingfisher × Swift × Wren ×')
})

page('streams', async (t, visit) => {
  const view = await visit('/streams')
  const ends = async () => {
    const entries = (await text(view, '#entries')).match(/\d+/g) ?? []
    return [entries.length, entries[0], entries.at(-1)]
  }
  t.same(await ends(), [20, '1', '20'])
  for (const _page of [1, 2, 3]) await view.renderHook('down')
  t.same(await ends(), [60, '21', '80'])
  await view.renderHook('up')
  t.same(await ends(), [60, '1', '60'])
  for (const _page of [4, 5, 6]) await view.renderHook('down')
  await view.renderHook('up', { _overran: true })
  t.same(await ends(), [20, '1', '20'])
  await view.element('#entries-2 button').renderClick()
  t.same(await ends(), [19, '1', '20'])
})

page('components', async (t, visit) => {
  const view = await visit('/components')
  for (const fruit of ['apple', 'quince', 'quince'])
    await view.element(`button[aria-label="More ${fruit}"]`).renderClick()
  t.equal(await text(view, '#total'), '€2.20')
  await view.element('button[aria-label="Less quince"]').renderClick()
  t.equal(await text(view, '#total'), '€1.30')
})

page('async', async (t, visit, { clock }) => {
  const view = await visit('/async')
  t.match(await text(view, 'section.card'), /Asking the weather station/)
  await clock.advance(900)
  t.match(await text(view, 'section.card'), /19° cloudy/)
  await view.element('button', 'Fail').renderClick()
  await view.renderAsync()
  t.match(await text(view, 'section.card'), /Sorry: the weather station does not answer/)
  await view.element('button', 'Again').renderClick()
  await view.element('button', 'Cancel').renderClick()
  await view.renderAsync()
  t.match(await text(view, 'section.card'), /Sorry: you cancelled it/)
})

page('navigation', async (t, visit) => {
  const view = await visit('/navigation?tab=history')
  t.equal(await text(view, '#tab'), 'history')
  const mounted = await text(view, '#mounted')
  await view.element('a', 'details').renderClick()
  await view.element('button', 'Next tab').renderClick()
  await view.assertPatch('/navigation?tab=history')
  t.equal(await text(view, '#mounted'), mounted, 'it was not mounted again')
  const away = await view.element('a', 'Another view').renderClick()
  t.match(away, { to: '/navigation/other' })
  t.match(await text(await visit('/navigation/outside'), 'section.card'), /This page was loaded/)
})

page('flash', async (t, visit) => {
  const view = await visit('/flash')
  await view.element('button', 'Good news').renderClick()
  await view.element('button', 'Bad news').renderClick()
  t.match(await text(view, '#flash-info'), /Everything is saved/)
  t.match(await text(view, '#flash-error'), /on fire/)
  await view.element('button', 'Clear').renderClick()
  t.notOk(await view.hasElement('.flash'))
})

page('commands', async (t, visit) => {
  const view = await visit('/commands')
  await view.element('button', 'Yes').renderClick()
  t.equal(await text(view, '#pushed'), '1')
})

page('views in views', async (t, visit) => {
  const view = await visit('/nested')
  const lisbon = await view.findLiveChild('lisbon')
  const counting = await view.findLiveChild('counting')
  t.not(lisbon.pid, view.pid)
  await counting.element('button').renderClick()
  t.equal(await text(counting, 'output'), '1')
})

page('uploads', async (t, visit) => {
  const view = await visit('/uploads')
  const upload = view.fileInput('#photos', 'photos', [
    { name: 'dot.png', content: Buffer.from('a picture'), type: 'image/png' },
  ])
  await view.form('#photos').renderUploadChange(upload)
  await upload.renderUpload('dot.png')
  await view.form('#photos').renderSubmit()
  t.match(await view.element('#album').render(), /<img src="data:image\/png;base64,YSBwaWN0dXJl" alt="dot\.png"/)
  const wrong = view.fileInput('#photos', 'photos', [{ name: 'notes.txt', content: 'x', type: 'text/plain' }])
  await view.form('#photos').renderUploadChange(wrong)
  t.match(await text(view, '.chosen'), /no PNG, JPEG or WebP/)
})

page('hooks', async (_t, visit) => {
  const view = await visit('/hooks')
  await view.element('#canvas').renderHook('dot', { x: 0.25, y: 0.5 })
  await view.assertReply({ number: 1 })
  await view.element('button', 'Mirror').renderClick()
  await view.assertPushEvent('dots', { dots: [{ x: 0.75, y: 0.5 }] })
})

page('presence', async (t, visit, { clock }) => {
  const [ann, bob] = await Promise.all([visit('/presence'), visit('/presence')])
  await clock.advance(10_000)
  t.match(await text(ann as TestView, '.guests'), /^(\w+ \(you\) \w+|\w+ \w+ \(you\))$/)
  await (bob as TestView).element('button', 'Wave').renderClick()
  t.match(await text(ann as TestView, '#wave'), /^\w+ waves\.$/)
})

page('portals', async (t, visit) => {
  const view = await visit('/portals')
  await view.element('button[aria-label="Look at Mars"]').renderClick()
  t.match(await text(view, '[role=dialog]'), /Mars/)
  await view.element('button', 'Visit').renderClick()
  t.match(await text(view, '.hint'), /Visited: Mars/)
})
