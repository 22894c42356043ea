import t from 'tap'
import {
  csrfMetaTag,
  hook,
  html,
  JS,
  LiveView,
  type LiveViewSocket,
  type RootLayout,
  reply,
  runtimeHook,
  scopedCss,
  serveColocated,
} from '../../../src/live-view/index.ts'
import { withoutChromium } from '../../support/chromium.ts'
import { liveBrowser } from '../../support/live-browser.ts'

// Hooks and styles that stand beside their templates, in a browser without a bundler.

const Digits = hook('Contacts.Digits', {
  mounted() {
    this.el.addEventListener('input', () => this.clean())
    this.pushEvent('hooked', { by: 'Digits' }, (reply) => {
      this.el.dataset['reply'] = reply.heard
    })
  },
  clean() {
    this.el.value = this.el.value.replace(/\D/g, '')
  },
})

const Shower = hook('Shower', {
  mounted() {
    this.js().show(this.el)
  },
})

const outer = scopedCss('.text { background-color: rgb(0, 0, 255); } :scope { padding-top: 3px; }')
const inner = scopedCss('.text { background-color: rgb(0, 255, 0); }')
const reaching = scopedCss('.row > * { padding-left: 7px; }', { includeRoots: true })

const innerOf = (content: unknown) =>
  html`<div ${inner.root}><span id="inner" class="text">inner</span>${content}</div>`

const ColocatedLive = LiveView.define({
  module: 'ColocatedLive',
  mount: (_params, _session, socket: LiveViewSocket<{ heard: string[]; isShown: boolean }>) =>
    void socket.assign({ heard: [], isShown: false }),
  handleEvent: {
    hooked: ({ by }, socket) => {
      socket.update('heard', (heard) => [...heard, by])
      return reply({ heard: `of ${by}` })
    },
    show: (_value, socket) => socket.assign({ isShown: true }),
  },
  render: ({ heard, isShown }) => html`<p id="heard">${heard.join()}</p><span id="outside" class="text">outside</span>
    <input id="digits" phx-hook=${Digits}><button id="show" phx-click=${JS.push('show')}>show</button>
    ${isShown && html`<div>${runtimeHook(Shower)}<b id="late" phx-hook=${Shower} style="display: none">late</b></div>`}
    <section ${outer.root}><span id="outer" class="text">outer</span>
      ${innerOf(html`<span ${outer.root}><i id="content" class="text">of the outer one</i></span>`)}</section>
    <section ${reaching.root}><div class="row"><p id="reached" ${inner.root}><b id="beyond" class="row">x</b></p></div></section>`,
})

const Page: RootLayout = ({ innerContent, conn }) => html`<!doctype html>
  <html lang="en"><head>${csrfMetaTag(conn)}<title>x</title><link rel="stylesheet" href="/colocated/index.css">
  <script type="module">import { hooks } from '/colocated/index.js'; const { Shower, ...others } = hooks; window.others = others</script>
  <script defer src="/assets/live.js"></script></head><body>${innerContent}</body></html>`

const inBrowser = liveBrowser(t, {
  hooks: 'window.others',
  routes: (route) => route.liveSession('colocated', { rootLayout: Page }, (r) => r.live('/', ColocatedLive)),
  outside: (route) => route.forward('/colocated', serveColocated),
})

t.test('LV-155 hooks beside templates, those that a patch brings, and scoped styles', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const { page, problems } = await open('/')
    await page.locator('#heard:text-is("Digits")').waitFor()
    await page.locator('#digits[data-reply="of Digits"]').waitFor()
    t.equal(await page.getAttribute('#digits', 'phx-hook'), 'Contacts.Digits')
    await page.locator('#digits').pressSequentially('1a2-3')
    t.equal(await page.inputValue('#digits'), '123')
    await page.click('#show')
    await page.locator('#late').waitFor({ state: 'visible' })
    const style = (id: string, name: string) =>
      page.evaluate(`getComputedStyle(document.getElementById('${id}'))['${name}']`)
    const colors = ['outside', 'outer', 'inner', 'content'].map((id) => style(id, 'backgroundColor'))
    t.same(await Promise.all(colors), ['rgba(0, 0, 0, 0)', 'rgb(0, 0, 255)', 'rgb(0, 255, 0)', 'rgb(0, 0, 255)'])
    t.equal(await page.evaluate(`getComputedStyle(document.querySelector('section')).paddingTop`), '3px')
    t.equal(await style('reached', 'paddingLeft'), '7px', 'a root is reached')
    t.equal(await style('beyond', 'paddingLeft'), '0px', 'and nothing in it')
    t.same(problems, [])
  }),
)
