import t from 'tap'
import * as z from 'zod'
import { text } from '../../../src/endpoint/index.ts'
import { type Pid, self, send } from '../../../src/index.ts'
import {
  type Form,
  form,
  html,
  inputsFor,
  JS,
  LiveView,
  type LiveViewSocket,
  toForm,
  usedErrors,
} from '../../../src/live-view/index.ts'
import { withoutChromium } from '../../support/chromium.ts'
import { Gate } from '../../support/gate.ts'
import { formEventsIn, liveBrowser } from '../../support/live-browser.ts'

// Forms in a browser: what it sends, and what a patch leaves alone.

const List = z.object({
  name: z.string().min(1, 'is missing'),
  title: z.string().min(1, 'is missing'),
  emails: z.array(z.object({ at: z.string().includes('@', 'is no address') })),
})

const listForm = (params: object) => toForm(params as never, { as: 'list', schema: List, lists: ['emails'] })
const changed = JS.dispatch('change')

const ListLive = LiveView.define({
  module: 'ListLive',
  mount: (_params, _session, socket: LiveViewSocket<{ list: Form }>) => void socket.assign({ list: listForm({}) }),
  handleEvent: { validate: ({ list }, socket) => socket.assign({ list: listForm(list) }) },
  render: ({ list }) =>
    form(
      { for: list, id: 'list', 'phx-change': 'validate', 'phx-submit': 'validate' },
      html`${['name', 'title'].map((name) => {
        const field = list.field(name)
        return html`<input id=${field.id} name=${field.name} value=${field.value}>
          <i id=${`${name}-errors`}>${usedErrors(field).join()}</i>`
      })}
      <button id="first" type="button" name="list[emails_sort][]" value="new" phx-click=${changed}>add first</button>
      <ol>${inputsFor(list.field('emails'), (email) => {
        const field = email.field('at')
        return html`<li><input type="hidden" name="list[emails_sort][]" value=${email.index}>
          <input class="at" id=${field.id} name=${field.name} value=${field.value}><i>${usedErrors(field).join()}</i>
          <button type="button" name="list[emails_drop][]" value=${email.index} phx-click=${changed}>drop</button></li>`
      })}</ol>
      <input type="hidden" name="list[emails_drop][]">
      <button id="add" type="button" name="list[emails_sort][]" value="new" phx-click=${changed}>add</button>
      <button id="save" name="list[how]" value="saved">save</button><input name="last" value="x">`,
    ),
})

const SendLive = LiveView.define({
  module: 'SendLive',
  mount: (_params, _session, socket: LiveViewSocket<{ isRight: boolean; error: string }>) => {
    if (socket.connected) mounts++
    socket.assign({ isRight: false, error: '' })
  },
  handleEvent: {
    save: ({ name }, socket) => socket.assign({ isRight: name !== '', error: name === '' ? 'is missing' : '' }),
  },
  render: ({ isRight, error }) =>
    form(
      { id: 'send', action: '/saved', method: 'put', 'phx-submit': 'save', 'phx-trigger-action': isRight },
      html`<input name="name"><i id="error">${error}</i><button name="how" value="quickly">save</button>`,
    ),
})

let mounts = 0

interface Ticking {
  n: number
  box: boolean
}

const TickLive = LiveView.define({
  module: 'TickLive',
  mount: (_params, _session, socket: LiveViewSocket<Ticking>) => {
    if (socket.connected) ticking = self()
    socket.assign({ n: 0, box: false })
  },
  handleEvent: { change: ({ box }, socket) => socket.assign({ box: box === 'on' }) },
  handleInfo: async (message, socket) => {
    if (message instanceof Gate)
      await message.opened // it is busy
    else socket.update('n', (n) => n + 1)
  },
  render: ({ n, box }) => html`<p id="n">${n}</p><input id="text" name="text" value=${`server ${n}`}>
    <textarea id="area" name="area">${`server ${n}`}</textarea><input id="other" name="other" value=${`server ${n}`}>
    <select id="select"><option value="a">${n}</option><option value="b">${n}</option></select>
    <form id="f" phx-change="change"><input id="box" type="checkbox" name="box" checked=${box}><i>${n}</i></form>`,
})

let ticking: Pid | undefined

const inBrowser = liveBrowser(t, {
  routes: (route) => {
    route.live('/list', ListLive)
    route.live('/send', SendLive)
    route.live('/tick', TickLive)
    route.put('/saved', async (request) => {
      const { _csrf_token, ...fields } = Object.fromEntries(await request.formData())
      return text(`${request.method} ${JSON.stringify(fields)}`)
    })
  },
})

t.test('LV-089 entries come, go and change places, and each keeps what was typed', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/list')
    const entries = () =>
      page.locator('.at').evaluateAll((inputs) => inputs.map((input) => (input as never as { value: string }).value))
    const count = (n: number) => page.waitForFunction(`document.querySelectorAll('li').length === ${n}`)
    await page.fill('#list_name', 'a list')
    await page.click('#add')
    await count(1)
    await page.fill('#list_emails_0_at', 'ann@x')
    await page.click('#add')
    await count(2)
    await page.fill('#list_emails_1_at', 'bob@x')
    await page.click('#add')
    await count(3)
    await page.fill('#list_emails_2_at', 'cid@x')
    await page.locator('li button').nth(1).click()
    await count(2)
    t.same(await entries(), ['ann@x', 'cid@x'], 'the second is gone')
    t.equal(await page.inputValue('#list_emails_2_at'), 'cid@x', 'the third has kept its id')
    await page.click('#first')
    await count(3)
    t.same(await entries(), ['', 'ann@x', 'cid@x'])
    await page.locator('.at').first().fill('new@x')
    await page.locator('.at').first().blur()
    await page.locator('#list:not([data-phx-ref-lock])').waitFor()
    // As a library for dragging does it.
    await page.evaluate(`
      const item = [...document.querySelectorAll('li')].at(-1)
      item.parentElement.prepend(item)
      item.querySelector('input').dispatchEvent(new Event('input', { bubbles: true }))`)
    await page.locator('#list_emails_2_at[name="list[emails][0][at]"]').waitFor()
    t.same(await entries(), ['cid@x', 'new@x', 'ann@x'], 'moved by hand, in the order of the page')
    t.equal(await page.inputValue('#list_name'), 'a list')
    for (let left = 3; left > 0; left--) {
      await page.locator('li button').first().click()
      await count(left - 1)
    }
    t.same(problems, [])
  }),
)

t.test('LV-082 LV-084 errors wait until an input was used, and a submit uses all', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, sent, problems } = await open('/list')
    await page.fill('#list_title', 'x')
    await page.fill('#list_title', '')
    await page.locator('#title-errors:text-is("is missing")').waitFor()
    t.equal(await page.innerText('#name-errors'), '', 'nobody has touched it')
    await page.click('#add')
    await page.locator('li').waitFor()
    t.equal(await page.innerText('li i'), '')
    sent.length = 0
    await page.click('#save')
    await page.locator('#name-errors:text-is("is missing")').waitFor()
    await page.locator('li i:text-is("is no address")').waitFor()
    const [event, ...more] = formEventsIn(sent)
    t.same(more, [])
    const names = [...new URLSearchParams(event?.value)].map(([name]) => name)
    t.same(names.slice(-3), ['list[emails_drop][]', 'list[how]', 'last'], 'the button has its place among the inputs')
    t.notOk(names.some((name) => name.includes('_unused_')))
    t.notOk('_target' in (event?.meta ?? {}))
    t.same(problems, [])
  }),
)

t.test('LV-087 a form that was accepted is sent over HTTP, by its button', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    mounts = 0
    const { page, problems } = await open('/send')
    await page.click('button')
    await page.locator('#error:text-is("is missing")').waitFor()
    await page.fill('input[name=name]', 'Ada')
    await page.click('button')
    await page.getByText('PUT {"_method":"put","name":"Ada","how":"quickly"}').waitFor()
    t.equal(mounts, 1, 'the view was not joined again meanwhile')
    t.same(problems, [])
  }),
)

t.test('LV-088 what somebody is typing stays, until the focus is elsewhere', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/tick')
    const tick = async (n: number) => {
      send(ticking as Pid, 'tick')
      await page.locator(`#n:text-is("${n}")`).waitFor()
    }
    await page.locator('#text').pressSequentially('mine')
    await tick(1)
    t.match(await page.inputValue('#text'), 'mine')
    t.equal(await page.inputValue('#other'), 'server 1')
    await page.locator('#area').pressSequentially('mine')
    await tick(2)
    t.equal(await page.inputValue('#text'), 'server 2', 'it has lost the focus')
    t.match(await page.inputValue('#area'), 'mine')
    await page.focus('#select')
    await page.selectOption('#select', 'b')
    await tick(3)
    t.equal(await page.inputValue('#select'), 'b')
    t.equal(await page.inputValue('#area'), 'server 3')
    t.same(problems, [])
  }),
)

t.test('LV-088 a choice stays while the server has not heard of it', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, sent, problems } = await open('/tick')
    const [first, second] = [new Gate(), new Gate()]
    for (const message of [first, 'tick', second]) send(ticking as Pid, message)
    await page.check('#box')
    await page.waitForFunction(`document.querySelector('#f').hasAttribute('data-phx-ref-lock')`)
    first.open()
    await page.locator('#n:text-is("1")').waitFor()
    t.equal(formEventsIn(sent).length, 1, 'it was told')
    t.equal(await page.isChecked('#box'), true, 'what came in between says nothing of it')
    t.equal(await page.innerText('#f i'), '0', 'and leaves its form alone')
    second.open()
    await page.locator('#f i:text-is("1")').waitFor()
    t.equal(await page.isChecked('#box'), true)
    t.same(problems, [])
  }),
)
