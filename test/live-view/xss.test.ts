import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/core/clock.ts'
import { HttpError, Router } from '../../src/endpoint/index.ts'
import {
  attrs,
  each,
  html,
  JS,
  LiveComponent,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  liveRender,
  pushEvent,
  pushNavigate,
  pushPatch,
  putFlash,
  type Rendered,
  type RootLayout,
  raw,
  redirect,
  rootLayout,
  stream,
} from '../../src/live-view/index.ts'
import { toHtml } from '../../src/live-view/template/render-html.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { clientAssets, startLive } from '../support/live-endpoint.ts'
import { COMMANDS, PAYLOADS } from '../support/xss-payloads.ts'

// Whatever a user writes is text, wherever a template shows it: in the answer over HTTP, in a join, in a diff.

// ── A view with every kind of dynamic ──

interface Shown {
  text: string
  taken: string
  streams: { rows: LiveStream<{ id: number; text: string }> }
}

type Slot = (text: string) => Rendered

const Box = LiveComponent.define<{ text: string; content: Slot }>({
  module: 'Box',
  render: ({ text, content }) => html`<section title=${text}>${text} ${content(text)}</section>`,
})

const ChildLive = LiveView.define({
  module: 'ChildLive',
  mount: (_params, session, socket: LiveViewSocket<{ text: string }>) => {
    socket.assign({ text: String(session['text']) })
  },
  render: ({ text }) => html`<p title=${text}>${text}</p>`,
})

/** A function component with a slot. */
const card = (title: string, content: Slot): Rendered => html`<article><h2>${title}</h2>${content(title)}</article>`

const CorpusLive = LiveView.define({
  module: 'CorpusLive',
  mount: ({ text = 'x' }, _session, socket: LiveViewSocket<Shown>) => {
    socket.assign({ taken: '' })
    show(socket, text)
  },
  handleEvent: {
    set: ({ text }, socket) => show(socket, text),
    echo: ({ text }, socket) => show(socket, text),
    take: ({ text }, socket) => socket.assign({ taken: text }),
  },
  render: (assigns) => html`<main id="corpus" phx-hook="Corpus">
    ${inText(assigns)} ${inAttributes(assigns)} ${inAddresses(assigns)} ${inLists(assigns)} ${inParts(assigns)} ${inEvents(assigns)}
  </main>`,
})

function show(socket: LiveViewSocket<Shown>, text: string): void {
  socket.assign({ text, pageTitle: text })
  putFlash(socket, 'info', text)
  stream(socket, 'rows', [{ id: 1, text }], { reset: true })
  pushEvent(socket, 'shown', { text })
}

const inText = ({ text, flash }: { text: string; flash: Readonly<Record<string, unknown>> }): Rendered => html`
  <p class="text">${text}</p><p class="text">${html`${text}`}</p><p>a ${text} b</p><p>${text}${text}</p><pre>${text}</pre>
  <p class="text">${flash['info']}</p><textarea class="text">${text}</textarea><svg><title>${text}</title><text>${text}</text></svg>
  <table><tr><td class="text">${text}</td></tr></table><select><option value=${text}>${text}</option></select>
  <noscript>${text}</noscript><template>${text}</template><math><mi>${text}</mi></math>`

const inAttributes = ({ text }: { text: string }): Rendered => html`
  <p class="attribute" title="${text}"></p><p class="attribute" title='${text}'></p><p class="attribute" title=${text}></p>
  <p title="a ${text} b ${text}"></p><p title='a "${text}" b'></p><p class=${text}></p><p class=${['a', text, null]}></p>
  <p style=${text}></p><p style=${['color: red', text]}></p><p class="a ${text}" style="color: ${text}"></p>
  <p ${attrs({ 'data-a': text, title: text, class: [text], style: [text], hidden: false })}></p>
  <input value=${text} placeholder=${text}><option value="${text}">x</option><label for=${text} id=${`id-${text}`}>x</label>`

const inAddresses = ({ text }: { text: string }): Rendered => html`
  <a href=${text}>x</a><a href="/search?q=${text}">x</a><img src=${text} alt=${text}>
  <form action=${text}><button formaction=${text}>x</button></form><blockquote cite=${text}>x</blockquote>
  <svg><a xlink:href=${text}><text>x</text></a></svg>`

const inLists = ({ text, streams }: Pick<Shown, 'text' | 'streams'>): Rendered => html`
  <ul>${each([text], String, (item) => html`<li title=${item}>${item}</li>`)}</ul><p>${[text, text]}</p>
  <ul>${[html`<li>${text}</li>`, text]}</ul>
  <ul id="rows" phx-update="stream">${each(streams.rows, (row, id) => html`<li id=${id} title=${row.text}>${row.text}</li>`)}</ul>`

const inParts = ({ text }: { text: string }): Rendered => html`
  ${Box.use({ id: 'box', text, content: (inner) => html`<b title=${inner}>${inner}</b>` })}
  ${card(text, (inner) => html`<i title=${inner}>${inner}</i>`)}
  ${liveRender(ChildLive, { id: 'child', session: { text }, container: ['aside', { title: text, class: [text], style: [text] }] })}`

const inEvents = ({ text, taken }: { text: string; taken: string }): Rendered => html`
  <button id="value" phx-click="take" phx-value-text=${text}>x</button><output id="taken" title=${taken}></output>
  <button id="commands" phx-click=${JS.setAttribute(['title', text]).dispatch('echoed', { detail: { text } })}>x</button>
  <button phx-click=${COMMANDS.includes(text) ? 'refused, see below' : text} phx-target="#corpus" data-x=${JS.push(text)}>x</button>
  <form phx-change="echo" id="echo"><textarea name="text">${text}</textarea></form>`

// ── In the browser ──

/**
 * What the tests ask in the page. `frame`: the window of a document of its own, else the page's. A skeleton is what a page has apart
 * from what a view says: its elements, and the names of their attributes.
 */
const LOOK = `
window.skeleton = (frame = window) => [...frame.document.querySelectorAll('*')]
  .filter((element) => !element.closest('head') || element.localName === 'title')
  .map((element) => [element, element.getAttributeNames().filter((name) => !/^data-phx|^selected$/.test(name)).sort()])
  .map(([element, names]) => element.localName + ' ' + names)
window.said = (frame = window) => {
  const all = (selector, read) => [...new Set([...frame.document.querySelectorAll(selector)].map(read))]
  return {
    texts: all('.text, head > title', (element) => element.textContent.replace(/ · Test$/, '')),
    attributes: all('.attribute', (element) => element.title),
  }
}
/** The elements that one has and the other has not, or not there. */
window.added = (expected, frame) => {
  const found = skeleton(frame)
  return found.length === expected.length ? found.filter((line, index) => line !== expected[index]) : found
}
window.verdict = async (expected, frame) => {
  await new Promise(requestAnimationFrame) // the client sets the title with the next one
  return { added: added(expected, frame), said: said(frame), shown: window.shown, pwned: window.__pwned ?? null }
}
window.until = async (holds) => {
  while (!holds()) await new Promise((next) => setTimeout(next))
}
window.each = async (texts, make) => {
  const verdicts = []
  for (const text of texts) verdicts.push(await make(text))
  return verdicts
}
`
const HOOKS = `{
  Corpus: { mounted() {
    window.set = (text) => new Promise((done) => this.pushEvent('set', { text }, done))
    this.handleEvent('shown', ({ text }) => { window.shown = text })
    window.addEventListener('echoed', ({ detail }) => { window.echoed = detail.text })
  } }
}`

const Bare: RootLayout = ({ pageTitle, innerContent }) =>
  html`<!doctype html><html lang="en"><head><title>${pageTitle}</title></head><body>${innerContent}</body></html>`

let browser: Browser | undefined
t.teardown(() => browser?.close())

async function inBrowser(t: Test, path: string, body: (page: Page, address: string) => Promise<void>): Promise<void> {
  const assets = await clientAssets(t, HOOKS)
  await withRuntime(
    async () => {
      const { port } = await startLive(
        (route) => {
          route.live('/', CorpusLive)
          route.scope('/bare', { pipe: rootLayout(Bare) }, (r) => r.live('/', CorpusLive))
          for (const [index, text] of CONTAINED.entries())
            route.live(`/container/${index}`, ChildLive, null, {
              container: ['div', { title: text, class: ['a', text] }],
            })
        },
        { static: { '/assets': assets } },
      )
      browser ??= await launchChromium()
      const context = await browser.newContext()
      await context.addInitScript(LOOK)
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      const address = `http://127.0.0.1:${port}${path}`
      await page.goto(address)
      await body(page, address)
      await context.close()
    },
    { clock: systemClock },
  )
}

/** Texts of payloads that the parser of HTML leaves as they are: it changes zero bytes, and ends of lines. */
const isKept = (text: string): boolean => !/[\0\r\n]/.test(text)

/** As a name of a test, whose lines tap reads. */
const nameOf = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

interface Verdict {
  readonly added: readonly string[]
  readonly said: unknown
  /** What the last pushed event said. */
  readonly shown?: string
  readonly pwned: unknown
}

function assertInert(t: Test, texts: readonly string[], verdicts: readonly Verdict[]): void {
  t.equal(verdicts.length, texts.length)
  for (const [index, text] of texts.entries()) {
    const { added, said, pwned } = verdicts[index] as Verdict // just counted
    t.same({ added, pwned }, { added: [], pwned: null }, `adds nothing and runs nothing: ${nameOf(text)}`)
    if (isKept(text)) t.same(said, { texts: [text], attributes: [text] }, `is shown as it is: ${nameOf(text)}`)
  }
}

t.test('over HTTP every text is text', { skip: withoutChromium }, (t) =>
  inBrowser(t, '/bare', async (page) => {
    // Each in a frame of this page: \`top\` is where their scripts would write.
    const verdicts = await page.evaluate(`(async () => {
      const expected = skeleton()
      const load = (text) => new Promise((done) => {
        const frame = document.createElement('iframe')
        frame.src = '/bare?text=' + encodeURIComponent(text)
        frame.onload = async () => {
          done(await verdict(expected, frame.contentWindow))
          frame.remove()
        }
        document.body.append(frame)
      })
      const texts = ${JSON.stringify(PAYLOADS)}
      const batches = Array.from({ length: Math.ceil(texts.length / 10) }, (_, index) => texts.slice(index * 10, index * 10 + 10))
      return (await each(batches, (batch) => Promise.all(batch.map(load)))).flat()
    })()`)
    assertInert(t, PAYLOADS, verdicts as Verdict[])
  }),
)

/** Some of each kind, where a text goes the way of others. */
const SOME = PAYLOADS.filter((_, index) => index % 4 === 0)

t.test('what is joined is text, as a whole tree', { skip: withoutChromium }, (t) =>
  inBrowser(t, '/', async (page) => {
    await page.waitForSelector('.phx-connected')
    const verdicts = await page.evaluate(`(async () => {
      const expected = skeleton()
      const load = async (text) => {
        const loaded = new Promise((done) => window.addEventListener('phx:page-loading-stop', done, { once: true }))
        liveSocket.js().navigate('/?text=' + encodeURIComponent(text))
        await loaded
        return verdict(expected)
      }
      return each(${JSON.stringify(SOME)}, load)
    })()`)
    assertInert(t, SOME, verdicts as Verdict[])
  }),
)

t.test('what changes is text: diffs, streams, components, flash, the title', { skip: withoutChromium }, (t) =>
  inBrowser(t, '/', async (page) => {
    await page.waitForSelector('.phx-connected')
    const verdicts = (await page.evaluate(`(async () => {
      const expected = skeleton()
      const change = async (text) => {
        await set(text)
        return verdict(expected)
      }
      return each(${JSON.stringify(PAYLOADS)}, change)
    })()`)) as Verdict[]
    assertInert(t, PAYLOADS, verdicts)
    t.same(
      verdicts.map(({ shown }) => shown),
      PAYLOADS,
      'in the payload of an event it is what it was',
    )
  }),
)

t.test('commands and values carry text, and forms give it back', { skip: withoutChromium }, (t) =>
  inBrowser(t, '/', async (page) => {
    await page.waitForSelector('.phx-connected')
    const texts = SOME.filter(isKept)
    const verdicts = (await page.evaluate(`(async () => {
      const expected = skeleton()
      const [field, value, commands, taken] = ['#echo textarea', '#value', '#commands', '#taken'].map((id) => document.querySelector(id))
      const echo = async (text) => {
        field.value = text
        field.dispatchEvent(new Event('input', { bubbles: true }))
        await until(() => value.getAttribute('phx-value-text') === text)
        commands.click()
        value.click()
        await until(() => taken.title === text)
        return { ...(await verdict(expected)), title: commands.title, echoed: window.echoed }
      }
      return each(${JSON.stringify(texts)}, echo)
    })()`)) as (Verdict & { title: string; echoed: string })[]
    for (const [index, text] of texts.entries()) {
      const { title, echoed, pwned } = verdicts[index] ?? {}
      t.same({ title, echoed, pwned }, { title: text, echoed: text, pwned: null }, nameOf(text))
    }
  }),
)

const CONTAINED = PAYLOADS.filter((text) => /["']/.test(text) && isKept(text)).slice(0, 6)

t.test('attributes of containers are text, over HTTP and after a navigation', { skip: withoutChromium }, (t) =>
  inBrowser(t, '/', async (page, address) => {
    await page.waitForSelector('.phx-connected')
    for (const [index, text] of CONTAINED.entries()) {
      const isShown = `document.querySelector('[data-phx-main].phx-connected')?.title === ${JSON.stringify(text)}`
      await page.evaluate(`liveSocket.js().navigate('/container/${index}')`)
      await page.waitForFunction(isShown)
      await page.goto(`${address}container/${index}`)
      await page.waitForFunction(isShown)
      const names = (await page.evaluate(`document.querySelector('[data-phx-main]').getAttributeNames()`)) as string[]
      t.same(names.filter((name) => !name.startsWith('data-phx')).sort(), ['class', 'id', 'title'], nameOf(text))
      t.equal(await page.evaluate('window.__pwned'), undefined, `no script ran: ${nameOf(text)}`)
    }
  }),
)

// ── What is refused ──

t.test('there is no place for text in code, comments, names of tags and of attributes', async (t) => {
  const text = 'x'
  const templates: readonly (() => unknown)[] = [
    () => html`<script>${text}</script>`,
    () => html`<SCRIPT>${text}</SCRIPT>`,
    () => html`<svg><script>${text}</script></svg>`,
    () => html`<Style>${text}</Style>`,
    () => html`<!-- ${text} -->`,
    () => html`<!doctype ${text}>`,
    () => html`<${text}>x</p>`,
    () => html`<p ${text}="x">x</p>`,
    () => html`<p data-${text}="x">x</p>`,
    () => html`<p title=${text}${text}>x</p>`,
    () => html`<p onclick="greet('${text}')">x</p>`,
    () => html`<p ONCLICK='greet("${text}")'>x</p>`,
    () => html`<a href=" JavaScript:greet('${text}')">x</a>`,
    () => html`<p phx-click='[["push",{"event":"${text}"}]]'>x</p>`,
  ]
  for (const template of templates)
    t.throws(() => toHtml(template() as Rendered), { name: /^Invalid(Template|Value)Error$/ })
  for (const name of ['a b', 'a>b', 'a"b', "a'b", 'a/b', 'a=b', 'a\0b', '', 'x><script'])
    t.throws(() => attrs({ [name]: 'x' }), { code: 'BEAMISH_BAD_ARGUMENT' }, JSON.stringify(name))
})

t.test('objects are never markup, whatever they look like', async (t) => {
  const markup = '<script>top.__pwned=1</script>'
  const objects = [
    { html: markup },
    { toString: () => markup },
    { strings: [markup], values: [] },
    JSON.parse('{"__proto__":{}}'),
  ]
  for (const object of objects) {
    t.throws(() => toHtml(html`<p>${object}</p>`), { code: 'BEAMISH_INVALID_VALUE' })
    t.throws(() => toHtml(html`<p title=${object}></p>`), { code: 'BEAMISH_INVALID_VALUE' })
    t.throws(() => toHtml(html`<p ${object}></p>`), { code: 'BEAMISH_INVALID_VALUE' })
  }
})

t.test('text that the client would perform as commands is no name of an event', async (t) => {
  for (const text of COMMANDS) {
    for (const template of [
      () => html`<p phx-click=${text}></p>`,
      () => html`<p phx-click="${text} x"></p>`,
      () => html`<p PHX-MOUNTED=${text}></p>`,
      () => html`<p ${attrs({ 'phx-window-keydown': text })}></p>`,
    ])
      t.throws(() => toHtml(template()), {
        code: 'BEAMISH_INVALID_VALUE',
        message: /JS commands, or the name of an event/,
      })
    t.match(toHtml(html`<p phx-value-x=${text} phx-target="[data-x]"></p>`), /phx-value-x="\[/, 'elsewhere it is text')
  }
  t.match(toHtml(html`<p phx-click=${JS.push('go')}></p>`), /phx-click="\[\[&quot;push/)
  t.equal(toHtml(html`<p phx-click="go_${'[1]'}"></p>`), '<p phx-click="go_[1]"></p>')
})

t.test('a document in an attribute is markup: only raw markup can be one', async (t) => {
  t.throws(() => toHtml(html`<iframe srcdoc=${'<p>x'}></iframe>`), {
    code: 'BEAMISH_INVALID_VALUE',
    message: /raw\(…\)/,
  })
  t.throws(() => toHtml(html`<iframe srcDoc="a ${'<p>x'}"></iframe>`), { code: 'BEAMISH_INVALID_VALUE' })
  t.equal(toHtml(html`<iframe srcdoc=${raw('<p>x')}></iframe>`), '<iframe srcdoc="&lt;p&gt;x"></iframe>')
})

t.test('addresses are not rewritten in attributes, and checked where something is made of them', async (t) => {
  const address = 'javascript:top.__pwned=1'
  t.equal(toHtml(html`<a href=${address}>x</a>`), `<a href="${address}">x</a>`)
  const socket = { redirect: undefined } as unknown as LiveViewSocket // never looked at
  for (const to of [address, '//evil.example', '/\\evil.example', '/\tevil', 'https://evil.example']) {
    t.throws(() => pushNavigate(socket, { to }), { code: 'BEAMISH_BAD_ARGUMENT' }, to)
    t.throws(() => pushPatch(socket, { to }), { code: 'BEAMISH_BAD_ARGUMENT' }, to)
    t.throws(() => redirect(socket, { to }), { code: 'BEAMISH_BAD_ARGUMENT' }, to)
  }
  for (const to of [address, ` ${address}`, 'data:text/html,x', 'vbscript:x']) {
    t.throws(() => redirect(socket, { external: to }), { code: 'BEAMISH_BAD_ARGUMENT' }, to)
    t.throws(() => JS.navigate(to), { code: 'BEAMISH_BAD_ARGUMENT' }, to)
    t.throws(() => JS.patch(to), { code: 'BEAMISH_BAD_ARGUMENT' }, to)
  }
})

t.test('error pages show what was thrown as text', async (t) => {
  const router = Router.define(
    (route) => {
      route.get('/bad', (request) => {
        throw new HttpError(400, `cannot read ${new URL(request.url).searchParams.get('text')}`)
      })
      route.get('/broken', (request) => {
        throw new Error(`cannot read ${new URL(request.url).searchParams.get('text')}`)
      })
    },
    { debugErrors: true },
  )
  await withRuntime(async () => {
    for (const text of PAYLOADS) {
      for (const path of ['/bad', '/broken', `/${encodeURIComponent(text)}`]) {
        const request = new Request(`http://localhost${path}?text=${encodeURIComponent(text)}`, {
          headers: { accept: 'text/html' },
        })
        const page = await (await router.handle(request)).text()
        t.notMatch(
          page.replace(/<\/?(html|meta|title|h1|p|pre|!doctype)\b[^<>]*>/g, ''),
          /</,
          `${nameOf(path)} ${nameOf(text)}`,
        )
      }
    }
  })
})
