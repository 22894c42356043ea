import t from 'tap'
import {
  focusWrap,
  form,
  html,
  JS,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  liveRender,
  portal,
} from '../../../src/live-view/index.ts'
import { withoutChromium } from '../../support/chromium.ts'
import { Gate } from '../../support/gate.ts'
import { liveBrowser } from '../../support/live-browser.ts'

// What the browser keeps of a page when patches come: roots, locks, what commands did, portals.

const hooks = `{
  Log: {
    log(what) { (window.log ??= []).push(what + ' ' + this.el.id) },
    mounted() {
      this.log('mounted')
      this.el.querySelector('.tell')?.addEventListener('click', () => this.pushEvent('told', { by: this.el.id }))
    },
    updated() { this.log('updated') },
    destroyed() { this.log('destroyed') },
  },
}`

// ── Roots of components ──

const RootComponent = LiveComponent.define<{ root: string }>({
  module: 'RootComponent',
  mount: (socket) => socket.assign({ root: 'first' }),
  handleEvent: { change: ({ to }, socket) => socket.assign({ root: to }) },
  render: ({ root, myself }) =>
    root === 'tag'
      ? html`<article id="article" phx-hook="Log"><b id="child-of-article">article</b></article>`
      : html`<section id=${root} phx-hook="Log"><b id=${`child-of-${root}`}>${root}</b>
          <button class="id" phx-click="change" phx-value-to="second" phx-target=${myself}>id</button>
          <button class="tag" phx-click="change" phx-value-to="tag" phx-target=${myself}>tag</button></section>`,
})

const RootsLive = LiveView.define({
  module: 'RootsLive',
  render: () => html`<main>${RootComponent.use({ id: 1 })}</main>`,
})

// ── Locks ──

let gates: Record<string, Gate> = {}

const LocksLive = LiveView.define({
  module: 'LocksLive',
  mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
  handleEvent: {
    slow: async ({ gate }, socket) => {
      await gates[gate]?.opened
      socket.update('n', (n) => n + 1)
    },
  },
  render: ({ n }) => html`<p id="n">${n}</p>
    <button id="one" phx-click="slow" phx-value-gate="one">${n}</button>
    <button id="two" phx-click="slow" phx-value-gate="two">${n}</button>`,
})

// ── Commands ──

const open = JS.show({ to: '#dialog', transition: ['run', 'from', 'to'], timeMs: 20 })
  .setAttribute(['data-open', 'yes'], { to: '#dialog' })
  .addClass('dim', { to: '#behind' })
  .pushFocus()
  .focusFirst({ to: '#dialog' })
const close = JS.hide({ to: '#dialog' })
  .removeAttribute('data-open', { to: '#dialog' })
  .removeClass('dim', { to: '#behind' })
  .popFocus()

const CommandsLive = LiveView.define({
  module: 'CommandsLive',
  mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
  handleEvent: { more: (_value, socket) => socket.update('n', (n) => n + 1) },
  render: ({ n }) => html`<p id="n">${n}</p>
    <button id="open" phx-click=${open.push('more')}>open</button><button id="behind" class=${['b', n % 2 && 'odd']}>${n}</button>
    ${focusWrap(
      {
        id: 'dialog',
        style: 'display: none',
        class: n % 2 ? 'odd' : 'even',
        'phx-click-away': JS.exec('data-close', { to: '#dialog' }),
        'data-close': close.push('more'),
      },
      html`<button id="inside" phx-click="more">${n}</button><input id="last">`,
    )}
    <i id="toggled" class="one">${n}</i>
    <button id="toggle" phx-click=${JS.toggle({ to: '#toggled' }).toggleClass('two', { to: '#open' }).toggleAttribute(['aria-expanded', 'true', 'false'], { to: '#open' })}>x</button>
    <details id="details"><summary>more</summary>${n}</details>
    <button id="ignore" phx-click=${JS.ignoreAttributes('open', { to: '#details' })}>x</button>
    <button id="more" phx-click="more">more</button>`,
})

// ── Portals ──

const PortalComponent = LiveComponent.define<{ n: number }>({
  module: 'PortalComponent',
  mount: (socket) => socket.assign({ n: 0 }),
  handleEvent: { more: (_value, socket) => socket.update('n', (n) => n + 1) },
  render: ({ n, myself }) =>
    html`<div id="component"><button id="of-component" phx-click="more" phx-target=${myself}>component ${n}</button></div>`,
})

const PortalChild = LiveView.define({
  module: 'PortalChild',
  mount: (_params, _session, socket: LiveViewSocket<{ n: number }>) => void socket.assign({ n: 0 }),
  handleEvent: { more: (_value, socket) => socket.update('n', (n) => n + 1) },
  render: ({ n }) => html`<button id="of-child" phx-click="more">child ${n}</button>`,
})

const PortalLive = LiveView.define({
  module: 'PortalLive',
  mount: (_params, _session, socket: LiveViewSocket<{ isShown: boolean; name: string; told: string; n: number }>) =>
    void socket.assign({ isShown: true, name: '', told: '', n: 0 }),
  handleEvent: {
    validate: ({ name }, socket) => socket.assign({ name }),
    told: ({ by }, socket) => socket.assign({ told: by }),
    more: (_value, socket) => socket.update('n', (n) => n + 1),
    toggle: (_value, socket) => socket.update('isShown', (isShown) => !isShown),
  },
  render: ({ isShown, name, told, n }) => html`<div id="target"></div>
    <main><p id="name">${name}</p><p id="told">${told}</p><button id="more" phx-click="more">more</button>
    <button id="toggle" phx-click="toggle">toggle</button>
    ${
      isShown &&
      portal(
        { id: 'source', target: '#target', class: 'box' },
        html`<p id="n">${n}</p>${form({ id: 'f', 'phx-change': 'validate' }, html`<input id="input" name="name" value=${name}>`)}
          <div id="hooked" phx-hook="Log"><button class="tell">tell</button></div>
          ${PortalComponent.use({ id: 1 })} ${liveRender(PortalChild, { id: 'child' })}`,
      )
    }</main>`,
})

const inBrowser = liveBrowser(t, {
  hooks,
  routes: (route) => {
    route.live('/roots', RootsLive)
    route.live('/locks', LocksLive)
    route.live('/commands', CommandsLive)
    route.live('/portal', PortalLive)
  },
})

t.test('LV-070 a component may change its root, and its hook begins anew', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/roots')
    const log = () => page.evaluate('window.log')
    t.same(await log(), ['mounted first'])
    await page.click('.id')
    await page.locator('#second #child-of-second').waitFor()
    t.same(await log(), ['mounted first', 'mounted second', 'destroyed first'])
    t.equal(await page.locator('main > *').count(), 1)
    await page.click('.tag')
    await page.locator('article#article #child-of-article').waitFor()
    t.same(((await log()) as string[]).slice(3).sort(), ['destroyed second', 'mounted article'])
    t.equal(await page.locator('main > *').count(), 1)
    t.same(problems, [])
  }),
)

t.test('LV-078 what was clicked is locked until its own answer', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const [one, two] = [new Gate(), new Gate()]
    gates = { one, two }
    const { page, problems } = await open('/locks')
    await page.click('#one')
    await page.click('#two')
    t.equal(await page.locator('button[data-phx-ref-lock]').count(), 2)
    one.open()
    await page.locator('#n:text-is("1")').waitFor()
    await page.locator('#one:not([data-phx-ref-lock]):text-is("1")').waitFor()
    t.equal(
      await page.locator('#two[data-phx-ref-lock]').innerText(),
      '0',
      'the answer to another click leaves it alone',
    )
    two.open()
    await page.locator('#two:not([data-phx-ref-lock]):text-is("2")').waitFor()
    await page.locator('#one:text-is("2")').waitFor()
    t.same(problems, [])
  }),
)

t.test('LV-153 what commands did stays when a patch comes', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/commands')
    const count = (n: number) => page.locator(`#n:text-is("${n}")`).waitFor()
    await page.click('#open')
    await count(1)
    await page.locator('#dialog[data-open=yes].odd').waitFor()
    t.equal(await page.isVisible('#dialog'), true)
    t.same(await page.locator('#behind').getAttribute('class'), 'b odd dim')
    await page.locator('#inside:focus').waitFor()
    await page.click('#inside')
    await count(2)
    t.equal(await page.isVisible('#dialog'), true, 'a click inside is not away')
    t.same(await page.locator('#behind').getAttribute('class'), 'b dim')
    await page.focus('#last')
    await page.keyboard.press('Tab')
    await page.locator('#inside:focus').waitFor()
    await page.click('#n')
    await page.locator('#dialog').waitFor({ state: 'hidden' })
    await count(3)
    t.equal(await page.isVisible('#dialog'), false)
    t.equal(await page.getAttribute('#dialog', 'data-open'), null)
    t.same(await page.locator('#behind').getAttribute('class'), 'b odd')
    await page.locator('#open:focus').waitFor()
    t.same(problems, [])
  }),
)

t.test('LV-153 toggles and ignored attributes stay as well', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/commands')
    const more = async (n: number) => {
      await page.click('#more')
      await page.locator(`#n:text-is("${n}")`).waitFor()
    }
    await page.click('#toggle')
    await page.locator('#toggled').waitFor({ state: 'hidden' })
    await page.click('#ignore')
    await page.click('summary')
    await more(1)
    t.equal(await page.isVisible('#toggled'), false)
    t.equal(await page.getAttribute('#open', 'class'), 'two')
    t.equal(await page.getAttribute('#open', 'aria-expanded'), 'true')
    t.equal(await page.evaluate(`document.querySelector('#details').open`), true)
    await page.click('#toggle')
    await page.locator('#toggled').waitFor({ state: 'visible' })
    await more(2)
    t.equal(await page.isVisible('#toggled'), true)
    t.equal(await page.innerText('#toggled'), '2')
    t.equal(await page.getAttribute('#open', 'aria-expanded'), 'false')
    t.same(problems, [])
  }),
)

t.test(
  'LV-154 what is in a portal is shown elsewhere, and belongs where it is written',
  { skip: withoutChromium },
  (t) =>
    inBrowser(async (open) => {
      const { page, problems } = await open('/portal')
      const box = page.locator('#target > #_lv_portal_wrap_source.box')
      await box.waitFor()
      t.equal(await page.locator('main #f').count(), 0)
      await page.click('#more')
      await box.locator('#n:text-is("1")').waitFor()
      await page.fill('#input', 'typed')
      await page.locator('#name:text-is("typed")').waitFor()
      await page.click('.tell')
      await page.locator('#told:text-is("hooked")').waitFor()
      await page.click('#of-component')
      await page.locator('#of-component:text-is("component 1")').waitFor()
      await page.click('#of-child')
      await page.locator('#of-child:text-is("child 1")').waitFor()
      await page.click('#more')
      await box.locator('#n:text-is("2")').waitFor()
      t.equal(await page.innerText('#of-child'), 'child 1')
      t.equal(await page.innerText('#of-component'), 'component 1')
      await page.click('#toggle')
      await box.waitFor({ state: 'detached' })
      t.equal(await page.locator('#target > *').count(), 0)
      t.match(await page.evaluate('window.log'), ['mounted hooked', 'destroyed hooked'])
      await page.click('#toggle')
      // A view in it is not joined anew: the client (1.2.12) does not leave it when it goes with its portal.
      await box.locator('#of-component:text-is("component 0")').waitFor()
      t.same(problems, [])
    }),
)
