import t from 'tap'
import { connected, startBrowser, withoutBrowser } from '../../shared/browser.ts'
import { bodies, enterRoom, say, sees, signUp, startChat } from './world.ts'

t.test('two people in two browsers', { skip: withoutBrowser }, async (t) => {
  const chat = await startChat(t)
  const browser = await startBrowser(t)
  const ann = await signUp(browser, chat, 'Ann')
  const bob = await signUp(browser, chat, 'Bob')
  await ann.locator('.person', { hasText: 'Bob' }).waitFor() // she looks at the lobby, and has not loaded it again
  await enterRoom(ann, 'Lobby')
  await enterRoom(bob, 'Lobby')

  await t.test('they see what the other says, in order and once, and markup is text', async (t) => {
    await say(ann, 'Hello Bob')
    await sees(bob, 'Hello Bob')
    await say(bob, 'Hello <b>Ann</b>, see https://example.com/?a=1.')
    for (const page of [ann, bob]) {
      await sees(page, 'Hello <b>Ann</b>')
      t.same(await bodies(page), ['Hello Bob', 'Hello <b>Ann</b>, see https://example.com/?a=1.'])
      t.equal(await page.locator('.body b').count(), 0)
      t.equal(await page.locator('.body a').getAttribute('href'), 'https://example.com/?a=1')
    }
    t.equal(await ann.inputValue('#composer-body'), '')
  })

  await t.test('who is here and who writes is seen', async (t) => {
    await ann.locator('.here li[title=Bob]').waitFor()
    await bob.locator('#composer-body').pressSequentially('I am wri')
    await ann.locator('.typing', { hasText: 'Bob is writing…' }).waitFor()
    await bob.fill('#composer-body', '')
    const tab = await bob.context().newPage()
    await tab.goto(`${chat.url}/rooms/lobby`)
    await connected(tab)
    await tab.close()
    t.equal(await ann.locator('.here li').count(), 2, 'a person with two pages is one')
  })

  await t.test('what is new elsewhere is counted', async () => {
    await enterRoom(bob, 'Garden')
    await ann.locator('.here li[title=Bob]').waitFor({ state: 'detached' })
    await say(ann, 'Where are you?')
    await bob.locator('.room', { hasText: 'Lobby' }).locator('.unread', { hasText: '1' }).waitFor()
    await enterRoom(bob, 'Lobby')
    await bob.locator('.room', { hasText: 'Lobby' }).locator('.unread').waitFor({ state: 'detached' })
  })

  await t.test('one’s own message is changed and deleted, for both', async (t) => {
    const mine = ann.locator('.message.mine').first()
    await mine.hover()
    await mine.getByLabel('Edit').click()
    await ann.locator('.edit textarea').fill('Hello Robert')
    await ann.locator('.edit .primary').click()
    await sees(bob, 'Hello Robert')
    t.equal(await bob.locator('.message', { hasText: 'Hello Robert' }).locator('.tools').count(), 0, 'not Bob’s')
    ann.once('dialog', (dialog) => dialog.accept())
    await mine.hover()
    await mine.getByLabel('Delete').click()
    await bob.locator('.message .gone').waitFor()
  })

  await t.test('a crash takes down one page’s process, which is back at once', async (t) => {
    await ann.evaluate('window.samePage = true')
    await say(ann, '/crash')
    await ann.waitForSelector('[data-phx-main].phx-error')
    await say(bob, 'Are you there?')
    await sees(ann, 'Are you there?')
    await connected(ann)
    t.equal(await ann.evaluate('window.samePage'), true, 'the page was not loaded again')
    await say(ann, 'I am')
    await sees(bob, 'I am')
    t.equal((await bodies(bob)).filter((body) => body === 'Are you there?').length, 1)
  })

  await t.test('two people talk alone', async (t) => {
    await bob.click('.brand')
    await bob.locator('.person', { hasText: 'Ann' }).click()
    await bob.locator('.talk h1', { hasText: '@ Ann' }).waitFor()
    await say(bob, 'psst')
    const direct = ann.locator('.room', { hasText: 'Bob' })
    await direct.locator('.unread').waitFor()
    await direct.click()
    await sees(ann, 'psst')
    const cid = await signUp(browser, chat, 'Cid')
    await cid.goto(bob.url())
    await cid.locator('.notice.error', { hasText: 'no such room' }).waitFor()
    t.equal(await cid.locator('.room', { hasText: 'Bob' }).count(), 0)
    await cid.context().close()
  })

  await t.test('a picture and a file are sent, and nothing in them runs', async (t) => {
    await enterRoom(ann, 'Garden')
    const pixel = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
      'base64',
    )
    await ann.setInputFiles('input[type=file]', [
      { name: 'dot.png', mimeType: 'image/png', buffer: pixel },
      { name: '../page.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') },
    ])
    await ann.locator('.chosen progress[value="100"]').nth(1).waitFor()
    await say(ann, 'two files')
    await enterRoom(bob, 'Garden')
    await sees(bob, 'two files')
    const picture = bob.locator('.picture img')
    await picture.scrollIntoViewIfNeeded()
    await bob.waitForFunction("document.querySelector('.picture img')?.naturalWidth === 1")
    const href = `${chat.url}${await bob.locator('.file').getAttribute('href')}`
    t.equal(await bob.locator('.file').getAttribute('download'), 'page.html')
    const response = await bob.context().request.get(href)
    t.match(response.headers(), { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' })
    t.equal(await response.text(), '<script>alert(1)</script>')
    const stranger = await browser.newContext()
    t.equal((await stranger.request.get(href)).status(), 404)
  })

  await t.test('a reload keeps the session, and signing out ends it on every page and in every copy', async (t) => {
    await bob.reload()
    await sees(bob, 'two files')
    const tab = await bob.context().newPage()
    await tab.goto(chat.url)
    await connected(tab)
    const copy = await browser.newContext({ storageState: await bob.context().storageState() })
    t.equal((await copy.request.get(chat.url)).url(), `${chat.url}/`)
    await bob.locator('button', { hasText: 'Sign out' }).click()
    await bob.waitForURL(/sign-in/)
    await tab.waitForURL(/sign-in/)
    t.match((await copy.request.get(chat.url)).url(), /sign-in$/)
  })

  t.same(
    ann.errors.filter((error) => !/WebSocket|ERR_/.test(error)),
    [],
  )
})
