import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { systemClock } from '../../src/core/clock.ts'
import type { RouteScope } from '../../src/endpoint/index.ts'
import { Supervisor } from '../../src/index.ts'
import { html, LiveComponent, LiveView, liveRender } from '../../src/live-view/index.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { clientAssets, startLive } from '../support/live-endpoint.ts'

// The server ends and another one takes its place, under a page that is open in a real browser.

interface Text {
  text: string
  changes: number
}

/** What was changed is told by how often: a form that is sent once more than it should be is seen. */
const validate = {
  validate: ({ text }: { text: string }, socket: { assign(update: (assigns: Text) => Text): unknown }) =>
    void socket.assign(({ changes }) => ({ text, changes: changes + 1 })),
}

const NoteComponent = LiveComponent.define<Text>({
  module: 'restart.Note',
  mount: (socket) => socket.assign({ text: '', changes: 0 }),
  handleEvent: validate,
  render: ({ text, changes, myself }) =>
    html`<div id="note"><form id="note-form" phx-change="validate" phx-target=${myself}><input name="text" value=${text}></form>
      <p class="echo">${text} ${changes}</p></div>`,
})

const ChildLive = LiveView.define<Text>({
  module: 'restart.Child',
  mount: (_params, _session, socket) => socket.assign({ text: '', changes: 0 }),
  handleEvent: validate,
  render: ({ text, changes }) =>
    html`<form id="child-form" phx-change="validate"><input name="text" value=${text}></form><p class="echo">${text} ${changes}</p>`,
})

const PageLive = LiveView.define<Text & { at: string; ignored: number }>({
  module: 'restart.Page',
  mount: (_params, _session, socket) => socket.assign({ text: '', changes: 0, ignored: 0 }),
  handleParams: ({ at }, _uri, socket) => socket.assign({ at: String(at ?? 'start') }),
  handleEvent: { ...validate, other: (_value, socket) => socket.update('ignored', (count) => count + 1) },
  render: ({ text, changes, at, ignored }) =>
    html`<h1>${at}</h1><i id="count">${ignored}</i><form id="form" phx-change="validate"><input name="text" value=${text}></form><p class="echo">${text} ${changes}</p>
      <form id="ignored" phx-change="other" phx-auto-recover="ignore"><input name="text" value=""></form>
      <a id="patch" href="/?at=there" data-phx-link="patch" data-phx-link-state="push">there</a>
      ${NoteComponent.use({ id: 1 })}${liveRender(ChildLive, { id: 'child' })}`,
})

const routes = (route: RouteScope) => void route.live('/', PageLive)

let browser: Browser | undefined
t.teardown(() => browser?.close())

async function type(page: Page, form: string, text: string, echo: string): Promise<void> {
  await page.fill(`#${form} input`, text)
  await page.waitForSelector(`${echo}:text-is("${text} 1")`)
}

for (const transport of ['websocket', 'longpoll'] as const) {
  t.test(
    `LV-160 a page lives on when the server is replaced, with what was typed: ${transport}`,
    { skip: withoutChromium },
    async (t) => {
      const assets = await clientAssets(t)
      await withRuntime(
        async () => {
          const server = { static: { '/assets': assets }, port: await freePort() }
          const first = await startLive(routes, server)
          browser ??= await launchChromium()
          const context = await browser.newContext()
          if (transport === 'longpoll') await context.addInitScript('window.isToPoll = true')
          const page = await context.newPage()
          page.setDefaultTimeout(20_000)
          await page.goto(`http://127.0.0.1:${first.port}/`)
          await page.waitForSelector('#child.phx-connected')
          await page.evaluate(`
          window.sameDocument = true
          window.closes = []
          liveSocket.getSocket().onClose(({ code }) => closes.push(code))`)
          await page.click('#patch')
          await page.waitForSelector('h1:text-is("there")')
          await type(page, 'form', 'typed', 'h1 ~ .echo')
          await type(page, 'note-form', 'noted', '#note .echo')
          await type(page, 'child-form', 'nested', '#child .echo')
          await page.fill('#ignored input', 'lost')
          await page.waitForSelector('#count:text-is("1")')

          await Supervisor.stop(first.tree)
          await page.waitForSelector('[data-phx-main].phx-client-error, [data-phx-main].phx-error')
          await startLive(routes, server)

          await page.waitForSelector('#child.phx-connected')
          await page.waitForSelector('#child .echo:text-is("nested 1")')
          t.equal(await page.innerText('h1'), 'there', 'at the present address')
          t.equal(await page.innerText('h1 ~ .echo'), 'typed 1', 'each form was sent once')
          t.equal(await page.innerText('#note .echo'), 'noted 1')
          t.equal(await page.inputValue('#note-form input'), 'noted')
          t.equal(await page.inputValue('#form input'), 'typed')
          t.equal(await page.innerText('#count'), '0', 'this one does not want to be recovered')
          t.equal(await page.evaluate('window.sameDocument'), true, 'the page was not loaded anew')
          if (transport === 'websocket') t.equal(await page.evaluate('closes[0]'), 1012)
          await page.fill('#child-form input', 'alive')
          await page.waitForSelector('#child .echo:text-is("alive 2")')
          await context.close()
        },
        { clock: systemClock },
      )
    },
  )
}
