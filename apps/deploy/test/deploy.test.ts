import { Application, exit } from 'beamish'
import { LiveViewTest, settle, withRuntime } from 'beamish/testing'
import t from 'tap'
import { connected, openPage, startBrowser, type WatchedPage, withoutBrowser } from '../../shared/browser.ts'
import { STEPS } from '../deploy-live.ts'
import { assets } from '../pages.ts'
import { DeployApp, DeployEndpoint, router } from '../tree.ts'

t.test('a click that comes while a deploy is under way begins no other', (t) =>
  withRuntime(async ({ clock }) => {
    Application.configure(DeployApp, { port: 0, stepMs: 1000 })
    await Application.start(DeployApp)
    const view = await LiveViewTest.visit({ router }).live('/')
    const at = async () => / aria-live="polite"[^>]*>([^<]*)/.exec(await view.render())?.[1]
    t.equal(await at(), 'Ready!')
    await view.element('button').renderClick()
    await clock.advance(1000)
    await view.element('button').renderClick()
    t.equal(await at(), STEPS[1])
    await clock.advance(1000)
    t.equal(await at(), STEPS[2])
    for (const _step of STEPS) await clock.advance(1000)
    t.equal(await at(), 'Done!')
    await view.element('button').renderClick()
    t.equal(await at(), STEPS[0], 'and when it is done, the next')
    await Application.stop(DeployApp)
  }),
)

t.test('when the page that was clicked is closed on the way, the others are ready again', (t) =>
  withRuntime(async ({ clock }) => {
    Application.configure(DeployApp, { port: 0, stepMs: 1000 })
    await Application.start(DeployApp)
    const [clicked, other] = [
      await LiveViewTest.visit({ router }).live('/'),
      await LiveViewTest.visit({ router }).live('/'),
    ]
    await clicked.element('button').renderClick()
    await clock.advance(1000)
    t.match(await other.render(), STEPS[1])
    exit(clicked.pid, 'kill')
    await settle()
    t.match(await other.render(), 'Ready!')
    await other.element('button').renderClick()
    t.match(await other.render(), 'You clicked.')
    await Application.stop(DeployApp)
  }),
)

t.test('a click on one page walks through the steps, and every page follows', { skip: withoutBrowser }, async (t) => {
  await assets.make()
  Application.configure(DeployApp, { port: 0, stepMs: 60 })
  await Application.start(DeployApp)
  t.teardown(() => Application.stop(DeployApp))
  const { port } = await DeployEndpoint.serverInfo()
  const browser = await startBrowser(t)
  const pages = await Promise.all([1, 2, 3].map(() => openPage(browser)))
  const [clicked, second, third] = pages as [WatchedPage, WatchedPage, WatchedPage]
  for (const page of pages) {
    await page.goto(`http://localhost:${port}`)
    await connected(page)
    t.equal(await page.textContent('[aria-live]'), 'Ready!')
    await page.evaluate(`
      window.seen = []
      new MutationObserver(() => {
        const text = document.querySelector('[aria-live]').textContent
        if (seen.at(-1) !== text) seen.push(text)
      }).observe(document.body, { subtree: true, childList: true, characterData: true })`)
  }

  await clicked.press('button', 'Enter')
  for (const page of pages) {
    await page.locator('[aria-live]', { hasText: 'Done!' }).waitFor()
    t.same(await page.evaluate('window.seen'), STEPS, 'each step, once, in order')
  }
  await clicked.locator('text=You clicked.').waitFor()
  t.equal(await clicked.evaluate('document.activeElement.tagName'), 'BUTTON', 'the focus stays where one pressed')
  for (const page of [second, third]) await page.locator('text=Somebody else clicked').waitFor()

  await second.click('button')
  await second.locator('text=You clicked.').waitFor()
  await clicked.locator('text=Somebody else clicked').waitFor()
  await clicked.locator('[aria-live]', { hasText: 'Done!' }).waitFor()
  for (const page of pages) t.same(page.errors, [])
})
