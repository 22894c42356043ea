import { Application, exit, whereis } from 'beamish'
import t from 'tap'
import { connected, openPage, startBrowser, type WatchedPage, withoutBrowser } from '../../shared/browser.ts'
import { CLIENTS } from '../clients.ts'
import { assets } from '../pages.ts'
import { ExchangeApp, ExchangeEndpoint } from '../tree.ts'

const heard = (page: WatchedPage): Promise<string[]> => page.locator('#log li').allTextContents()
const nameOf = async (page: WatchedPage): Promise<string> => (await page.textContent('#me')) ?? ''
const hears = (page: WatchedPage, text: string): Promise<void> => page.locator('#log li', { hasText: text }).waitFor()

t.test('browsers find one another, and talk one to one', { skip: withoutBrowser }, async (t) => {
  await assets.make()
  Application.configure(ExchangeApp, { port: 0 })
  await Application.start(ExchangeApp)
  t.teardown(() => Application.stop(ExchangeApp))
  const { port } = await ExchangeEndpoint.serverInfo()
  const browser = await startBrowser(t)
  const open = async (): Promise<WatchedPage> => {
    const page = await openPage(browser)
    await page.addInitScript('delete Crypto.prototype.randomUUID') // as on a page that comes over plain HTTP from another machine
    await page.goto(`http://localhost:${port}`)
    await connected(page)
    await page.locator('#me', { hasNotText: '…' }).waitFor()
    return page
  }

  const first = await open()
  const second = await open()
  const [one, two] = [await nameOf(first), await nameOf(second)]
  await hears(first, `${two} came`)
  await hears(second, `${one} is here`)
  const third = await open()
  const three = await nameOf(third)
  for (const [page, expected] of [
    [first, [`${two} came`, `${three} came`]],
    [second, [`${one} is here`, `${three} came`]],
  ] as const) {
    await hears(page, `${three} came`)
    t.same(await heard(page), expected, 'a newcomer is told to all others, and an answer comes to the newcomer alone')
  }
  for (const name of [one, two]) await hears(third, `${name} is here`)

  await first.locator('#others li', { hasText: two }).locator('button').click()
  await hears(second, `${one}: hello!`)
  t.notOk(
    (await heard(third)).some((line) => line.includes('hello!')),
    'nobody else hears it',
  )

  await second.close()
  for (const page of [first, third]) {
    await hears(page, `${two} left`)
    t.equal(await page.locator('#others li').count(), 1)
  }

  const clients = whereis(CLIENTS)
  const lost = Promise.all([first, third].map((page) => page.waitForSelector('[data-phx-main].phx-error')))
  if (clients !== undefined) exit(clients, 'kill')
  await lost
  for (const page of [first, third]) {
    await connected(page)
    await page.locator('#others li').waitFor()
  }
  t.not(whereis(CLIENTS), clients, 'it was started again, and the pages have said hello to it')
  await third.locator('#others li', { hasText: one }).locator('button').click()
  await hears(first, `${three}: hello!`)
})
