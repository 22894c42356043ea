import t from 'tap'
import { connected, startBrowser, withoutBrowser } from '../../shared/browser.ts'
import { bodies, enterRoom, killAll, restart, say, sees, signUp, startChat } from './world.ts'

t.test('what goes wrong is mended, and nobody loads a page again', { skip: withoutBrowser }, async (t) => {
  const chat = await startChat(t)
  const browser = await startBrowser(t)
  const ann = await signUp(browser, chat, 'Ann')
  const bob = await signUp(browser, chat, 'Bob')
  for (const page of [ann, bob]) {
    await enterRoom(page, 'Lobby')
    await page.evaluate('window.samePage = true')
  }
  const said: string[] = []
  const talk = async (page: typeof ann, text: string): Promise<void> => {
    said.push(text)
    await say(page, text)
  }
  /** Both pages show everything, once, and each other; neither was loaded again. */
  const allIsWell = async (): Promise<void> => {
    for (const page of [ann, bob]) {
      await connected(page)
      await sees(page, said.at(-1) ?? '')
      t.same(await bodies(page), said)
      for (const name of ['Ann', 'Bob']) await page.locator(`.here li[title=${name}]`).waitFor()
      t.equal(await page.locator('.here li').count(), 2)
      t.equal(await page.evaluate('window.samePage'), true, 'the page was not loaded again')
    }
  }

  await t.test('the network is cut: what was said meanwhile comes, and goes', async (t) => {
    await talk(ann, 'Hello')
    await ann.context().setOffline(true)
    t.equal(await killAll('/live sockets'), 2)
    await ann.waitForSelector('[data-phx-main].phx-error')
    await connected(bob)
    await bob.locator('.here li[title=Ann]').waitFor({ state: 'detached' })
    await talk(bob, 'Are you away?')
    await say(ann, 'I was')
    await ann.context().setOffline(false)
    await sees(ann, 'Are you away?')
    await connected(ann)
    said.push('I was')
    await allIsWell()
    t.equal(await ann.inputValue('#composer-body'), '')
  })

  await t.test('views are killed: a draft stays', async (t) => {
    await ann.locator('#composer-body').pressSequentially('half a ')
    t.equal(await killAll('/live channels', 'LiveView'), 2)
    await ann.waitForSelector('[data-phx-main].phx-error')
    await connected(ann)
    await ann.locator('#composer-body').pressSequentially('sentence')
    await ann.press('#composer-body', 'Enter')
    said.push('half a sentence')
    await allIsWell()
  })

  await t.test('the pages’ own channels are killed: they follow the talk again', async (t) => {
    t.equal(await killAll('/live channels', 'PageChannel'), 2)
    for (const name of ['first', 'second']) await talk(bob, `the ${name}${'\n'.repeat(25)}long one`)
    await sees(ann, 'the second')
    // The client joins again after a second: from then on the list goes along.
    await ann.waitForFunction(
      "liveSocket.getSocket().channels.some(({ topic, state }) => topic.startsWith('page:') && state === 'joined')",
    )
    await ann.locator('#messages').evaluate((list) => list.scrollTo({ top: list.scrollHeight }))
    await talk(bob, 'the last line')
    await sees(ann, 'the last line')
    await ann.waitForFunction(
      "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 5)(document.getElementById('messages'))",
    )
    await allIsWell()
  })

  await t.test('the server is started again: sessions are kept, and nothing is lost', async (t) => {
    await restart()
    await talk(bob, 'after the restart') // perhaps before his page is back
    await allIsWell()
    await talk(ann, 'indeed')
    await allIsWell()
    t.equal(await ann.evaluate('liveSocket.getSocket().transport === WebSocket'), true, 'it did not take to polling')
    await ann.reload()
    await sees(ann, 'indeed')
    await ann.evaluate('window.samePage = true')
    await allIsWell()
  })

  await t.test('a tab is closed: who was in it is gone', async () => {
    await bob.close()
    await ann.locator('.here li[title=Bob]').waitFor({ state: 'detached' })
    await ann.locator('.room.current .count', { hasText: '1' }).waitFor()
  })
})
