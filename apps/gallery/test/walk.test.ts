import { Application } from 'beamish'
import t from 'tap'
import { connected, openPage, startBrowser, type WatchedPage, withoutBrowser } from '../../shared/browser.ts'
import { FEATURES } from '../features.ts'
import { assets } from '../pages.ts'
import { GalleryApp, GalleryEndpoint } from '../tree.ts'

// One walk through all pages in a browser: what each shows works there, and nothing is ever written to the console.

const PHONE = { width: 390, height: 844 }
/** A picture of one pixel. */
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

type Steps = (page: WatchedPage) => Promise<void>

const says = (page: WatchedPage, selector: string, text: string | RegExp): Promise<void> =>
  page.locator(selector, { hasText: text }).first().waitFor()

/** What is done on each page. */
const STEPS: Readonly<Record<string, Steps>> = {
  '/counter': async (page) => {
    await page.click('button:text-is("+10")')
    await says(page, 'output', '10')
    await page.keyboard.press('ArrowDown')
    await says(page, 'output', '9')
  },
  '/form': async (page) => {
    await page.fill('#booking-0_email', 'ada')
    await says(page, '.error', 'an address')
    await page.fill('#booking-0_email', 'ada@example.com')
    await page.locator('.error').waitFor({ state: 'detached' })
    await page.fill('#booking-0_name', 'Ada')
    await page.press('#booking-0_name', 'Enter')
    await says(page, 'section ul', '1 for Ada')
    await says(page, '#flash-info', 'Thank you')
  },
  '/lists': async (page) => {
    await page.fill('#note-1', 'sings at dusk')
    await page.click('button:has-text("Reverse")')
    await page.locator('#bird-1:last-child').waitFor()
    await page.locator('#bird-1 input').waitFor()
    if ((await page.inputValue('#note-1')) !== 'sings at dusk') throw new Error('the note did not stay with its row')
  },
  '/streams': async (page) => {
    for (const entry of [20, 40, 60]) {
      await page.locator(`#entries-${entry}`).scrollIntoViewIfNeeded()
      await page.locator(`#entries-${entry + 20}`).waitFor()
    }
    await page.locator('#entries-1').waitFor({ state: 'detached' })
    await page.evaluate('document.querySelector("#entries").scrollTo(0, 0)')
    await page.locator('#entries-1').waitFor()
  },
  '/components': async (page) => {
    await page.click('[aria-label="More pear"]')
    await page.click('[aria-label="More pear"]')
    await says(page, '#total', '€1.10')
  },
  '/async': async (page) => {
    await says(page, 'section', '°')
    await page.click('button:has-text("Fail")')
    await says(page, '.error', 'Sorry')
  },
  '/navigation': async (page) => {
    const mounted = await page.textContent('#mounted')
    await page.click('.tabs a:text-is("details")')
    await says(page, '#tab', 'details')
    await page.click('button:has-text("Next tab")')
    await says(page, '#tab', 'history')
    await page.goBack()
    await says(page, '#tab', 'details')
    if ((await page.textContent('#mounted')) !== mounted) throw new Error('a patch mounted the view again')
    await page.evaluate('window.sign = "the same page"')
    await page.click('main a:text-is("Another view")')
    await says(page, 'section', 'This is another view')
    await page.click('main a:text-is("Back to the details")')
    await says(page, '#tab', 'details')
    if ((await page.evaluate('window.sign')) !== 'the same page') throw new Error('the page was loaded')
    await page.click('main a:text-is("Another live session")')
    await says(page, 'section', 'This page was loaded')
    if ((await page.evaluate('window.sign')) !== undefined) throw new Error('the page was not loaded')
    await connected(page)
  },
  '/flash': async (page) => {
    await page.click('button:has-text("Good news")')
    await says(page, '#flash-info', 'saved')
    await page.click('#flash-info button')
    await page.locator('#flash-info').waitFor({ state: 'detached' })
    await page.click('button:has-text("Say it on the next page")')
    await says(page, '#flash-info', 'You came from')
  },
  '/commands': async (page) => {
    await page.click('#tab-glass')
    await page.locator('#panel-glass').waitFor()
    await page.locator('#panel-wood').waitFor({ state: 'hidden' })
    await page.click('button:has-text("More")')
    await page.click('button:has-text("Turn the star")')
    await page.locator('#star.spun').waitFor()
    await page.locator('#more').waitFor({ state: 'hidden' })
    await page.click('button:has-text("Open the dialog")')
    await page.locator('#dialog-content').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#dialog').waitFor({ state: 'hidden' })
    await page.click('button:has-text("Open the dialog")')
    await page.click('button:has-text("Yes")')
    await says(page, '#pushed', '1')
  },
  '/nested': async (page) => {
    await page.click('#counting button')
    await says(page, '#counting output', '1')
    await says(page, '#lisbon output', /^[1-9]/)
    await page.click('#lisbon button')
    await says(page, '#lisbon output', /^0/)
    await says(page, '#tokyo output', /^[1-9]/)
    await page.click('main a:text-is("Go elsewhere")')
    await says(page, 'main', 'You are elsewhere')
    await page.click('#counting button')
    await says(page, '#counting output', '2')
  },
  '/uploads': async (page) => {
    await page.setInputFiles('input[type=file]', { name: 'dot.png', mimeType: 'image/png', buffer: DOT })
    await says(page, '.chosen', 'dot.png')
    await page.click('button:text-is("Upload")')
    await page.locator('#album img').waitFor()
  },
  '/hooks': async (page) => {
    await page.click('#canvas', { position: { x: 40, y: 40 } })
    await page.click('#canvas', { position: { x: 80, y: 60 } })
    await says(page, 'output', '2')
    await page.click('button:has-text("Mirror")')
    await page.locator('#canvas[aria-label*="with 2 of them"]').waitFor()
  },
  '/presence': async (page) => {
    const other = await page.context().newPage()
    await other.goto(page.url())
    await page.locator('.guests li:nth-child(2)').waitFor()
    await other.click('button:text-is("Wave")')
    await says(page, '#wave', 'waves.')
    await other.close()
    await page.locator('.guests li:nth-child(2)').waitFor({ state: 'detached' })
  },
  '/portals': async (page) => {
    await page.click('[aria-label="Look at Venus"]')
    await page.locator('#overlays [role=dialog]').waitFor()
    await page.click('#overlays button:text-is("Visit")')
    await says(page, '.hint', 'Visited: Venus')
    await page.locator('#overlays [role=dialog]').waitFor({ state: 'detached' })
  },
}

t.test('a walk through all pages', { skip: withoutBrowser }, async (t) => {
  await assets.make()
  Application.configure(GalleryApp, { port: 0 })
  await Application.start(GalleryApp)
  t.teardown(() => Application.stop(GalleryApp))
  const { port } = await GalleryEndpoint.serverInfo()
  const page = await openPage(await startBrowser(t), { viewport: PHONE })
  page.setDefaultTimeout(15_000)
  await page.goto(`http://localhost:${port}/`)
  await connected(page)

  for (const { path, title } of FEATURES) {
    await page.click('.toggle')
    await page.click(`#menu a[href="${path}"]`)
    await says(page, 'main h1', title)
    t.equal(await page.title(), `${title} · Beamish`)
    const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
    t.notOk(isTooWide, `${path} fits a phone`)
    await STEPS[path]?.(page)
    t.same(page.errors, [], `${path} works, and nothing went wrong`)
  }
  t.same(
    Object.keys(STEPS),
    FEATURES.map(({ path }) => path),
    'every page was walked',
  )
})
