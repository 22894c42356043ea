import { Application } from 'beamish'
import t from 'tap'
import { connected, openPage, startBrowser, type WatchedPage, withoutBrowser } from '../../shared/browser.ts'
import { STEPS } from '../deploy-live.ts'
import { assets } from '../pages.ts'
import { DeployApp, DeployEndpoint } from '../tree.ts'

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

  await clicked.click('button')
  for (const page of pages) {
    await page.locator('[aria-live]', { hasText: 'Done!' }).waitFor()
    t.same(await page.evaluate('window.seen'), STEPS, 'each step, once, in order')
  }
  await clicked.locator('text=You clicked.').waitFor()
  for (const page of [second, third]) await page.locator('text=Somebody else clicked').waitFor()

  await second.click('button')
  await second.locator('text=You clicked.').waitFor()
  await clicked.locator('text=Somebody else clicked').waitFor()
  await clicked.locator('[aria-live]', { hasText: 'Done!' }).waitFor()
  for (const page of pages) t.same(page.errors, [])
})
