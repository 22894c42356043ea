import type { Page } from 'playwright-core'
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
  /** Some at a time: a browser takes its time for each page. */
  texts: readonly string[]
  taken: readonly string[]
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
  mount: ({ texts }, _session, socket: LiveViewSocket<Shown>) => {
    socket.assign({ taken: [] })
    show(socket, JSON.parse(texts ?? '["x"]'))
  },
  handleEvent: {
    set: ({ texts }, socket) => show(socket, texts),
    echo: ({ text }, socket) => show(socket, [text]),
    take: ({ text }, socket) => socket.update('taken', (taken) => [...taken, text]),
  },
  render: ({ texts, taken, flash, streams }) => html`<main id="corpus" phx-hook="Corpus">
    ${each(
      texts,
      (_text, n) => n,
      (text, n) => html`<div class="one">
        ${inText(text)} ${inAttributes(text, n)} ${inAddresses(text)} ${inLists(text)} ${inParts(text, n)} ${inEvents(text, n)}</div>`,
    )}
    <ul id="rows" phx-update="stream">${each(streams.rows, (row, id) => html`<li id=${id} title=${row.text}>${row.text}</li>`)}</ul>
    <p class="all">${flash['info']}</p> ${inChild(all(texts))}
    <form phx-change="echo" id="echo"><textarea name="text">${all(texts)}</textarea></form>
    <output id="taken" title=${all(taken)}></output>
  </main>`,
})

const all = (texts: readonly string[]): string => texts.join(' ')

function show(socket: LiveViewSocket<Shown>, texts: readonly string[]): void {
  socket.assign({ texts, pageTitle: all(texts) })
  putFlash(socket, 'info', all(texts))
  stream(
    socket,
    'rows',
    texts.map((text, id) => ({ id, text })),
    { reset: true },
  )
  pushEvent(socket, 'shown', { texts })
}

const inText = (text: string): Rendered => html`
  <p class="text">${text}</p><p class="text">${html`${text}`}</p><p>a ${text} b</p><p>${text}${text}</p><pre>${text}</pre>
  <textarea class="text">${text}</textarea><svg><title>${text}</title><text>${text}</text></svg>
  <table><tr><td class="text">${text}</td></tr></table><select><option value=${text}>${text}</option></select>
  <noscript>${text}</noscript><template>${text}</template><math><mi>${text}</mi></math>`

const inAttributes = (text: string, n: number): Rendered => html`
  <p class="attribute" title="${text}"></p><p class="attribute" title='${text}'></p><p class="attribute" title=${text}></p>
  <p title="a ${text} b ${text}"></p><p title='a "${text}" b'></p><p class=${text}></p><p class=${['a', text, null]}></p>
  <p style=${text}></p><p style=${['color: red', text]}></p><p class="a ${text}" style="color: ${text}"></p>
  <p ${attrs({ 'data-a': text, title: text, class: [text], style: [text], hidden: false })}></p>
  <input value=${text} placeholder=${text}><option value="${text}">x</option><label for=${text} id=${`${n}-${text}`}>x</label>`

const inAddresses = (text: string): Rendered => html`
  <a href=${text}>x</a><a href="/search?q=${text}">x</a><img src=${text} alt=${text}>
  <form action=${text}><button formaction=${text}>x</button></form><blockquote cite=${text}>x</blockquote>
  <svg><a xlink:href=${text}><text>x</text></a></svg>`

const inLists = (text: string): Rendered => html`
  <ul>${each([text], String, (item) => html`<li title=${item}>${item}</li>`)}</ul><p>${[text, text]}</p>
  <ul>${[html`<li>${text}</li>`, text]}</ul>`

const inParts = (text: string, n: number): Rendered => html`
  ${Box.use({ id: n, text, content: (inner) => html`<b title=${inner}>${inner}</b>` })}
  ${card(text, (inner) => html`<i title=${inner}>${inner}</i>`)}`

const inEvents = (text: string, n: number): Rendered => html`
  <button class="value" id="value-${n}" phx-click="take" phx-value-text=${text}>x</button>
  <button class="commands" id="commands-${n}" phx-click=${JS.setAttribute(['title', text]).dispatch('echoed', { detail: { text } })}>x</button>
  <button phx-click=${COMMANDS.includes(text) ? 'refused, see below' : text} phx-target="#corpus" data-x=${JS.push(text)}>x</button>`

const inChild = (text: string): unknown =>
  liveRender(ChildLive, {
    id: 'child',
    session: { text },
    container: ['aside', { title: text, class: [text], style: [text] }],
  })

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
/** What a part of the page says, in text and in attributes: each thing once. */
window.said = (part) => {
  const each = (selector, read) => [...new Set([...part.querySelectorAll(selector)].map(read))]
  return [...each('.text', (element) => element.textContent), ...each('.attribute', (element) => element.title)]
}
/** What the whole page says. */
window.saidOfAll = ({ document }) =>
  [...document.querySelectorAll('head > title, .all')].map((element) => element.textContent.replace(/ · Test$/, ''))
/** The elements that are other ones than expected. */
window.added = (expected, frame) => {
  const found = skeleton(frame)
  return found.length === expected.length ? found.filter((line, index) => line !== expected[index]) : found
}
window.verdict = async (expected, frame = window) => {
  await new Promise(requestAnimationFrame) // the client sets the title with the next one
  const ones = [...frame.document.querySelectorAll('.one')].map(said)
  return { added: added(expected, frame), ones, all: saidOfAll(frame), shown: window.shown, pwned: window.__pwned ?? null }
}
window.until = async (holds) => {
  while (!holds()) await new Promise((next) => setTimeout(next, 5))
}
window.load = (texts) => new Promise((done) => {
  const frame = document.createElement('iframe')
  frame.src = '/bare?texts=' + encodeURIComponent(JSON.stringify(texts))
  frame.onload = () => done([frame.contentWindow, () => frame.remove()])
  document.body.append(frame)
})
window.navigate = async (texts) => {
  const loaded = new Promise((done) => window.addEventListener('phx:page-loading-stop', done, { once: true }))
  liveSocket.js().navigate('/?texts=' + encodeURIComponent(JSON.stringify(texts)))
  await loaded
}
`
const HOOKS = `{
  Corpus: { mounted() {
    window.set = (texts) => new Promise((done) => this.pushEvent('set', { texts }, done))
    this.handleEvent('shown', ({ texts }) => { window.shown = texts })
    window.echoed = []
    window.addEventListener('echoed', ({ detail }) => window.echoed.push(detail.text))
  } }
}`

const Bare: RootLayout = ({ pageTitle, innerContent }) =>
  html`<!doctype html><html lang="en"><head><title>${pageTitle}</title></head><body>${innerContent}</body></html>`

/** One page for all that a browser is asked: what takes long is to start it. */
async function inBrowser(t: Test, body: (page: Page, address: string) => Promise<void>): Promise<void> {
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
      const browser = await launchChromium()
      t.teardown(() => browser.close())
      const context = await browser.newContext()
      await context.addInitScript(LOOK)
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      await body(page, `http://127.0.0.1:${port}`)
    },
    { clock: systemClock },
  )
}

/** Texts of payloads that the parser of HTML leaves as they are: it changes zero bytes, and ends of lines. */
const isKept = (text: string): boolean => !/[\0\r\n]/.test(text)

/** As a name of a test, whose lines tap reads. */
const nameOf = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

const PIECE = 12
/** The corpus in pieces of one size: the last one is filled up. */
const PIECES = Array.from({ length: Math.ceil(PAYLOADS.length / PIECE) }, (_, index) => {
  const texts = PAYLOADS.slice(index * PIECE, (index + 1) * PIECE)
  return [...texts, ...Array.from({ length: PIECE - texts.length }, () => 'x')]
})
const HARMLESS = Array.from({ length: PIECE }, () => 'x')

interface Verdict {
  readonly added: readonly string[]
  /** What is said of each text. */
  readonly ones: readonly (readonly string[])[]
  /** What is said of all together: the title, the flash. */
  readonly all: readonly string[]
  /** What the last pushed event said. */
  readonly shown?: readonly string[]
  readonly pwned: unknown
}

function assertInert(t: Test, texts: readonly string[], { added, ones, all: whole, pwned }: Verdict): void {
  t.equal(pwned, null, `nothing runs, from ${nameOf(texts[0] ?? '')} on`)
  t.same(added, [], 'nothing is added')
  t.equal(ones.length, texts.length)
  for (const [index, text] of texts.entries())
    if (isKept(text)) t.same(ones[index], [text, text], `is shown as it is: ${nameOf(text)}`)
  if (texts.every(isKept)) t.same(whole, [all(texts), all(texts)], 'in the title and the flash too')
}

/** Asks the page about each piece. @param show - brings its texts onto the page. */
async function verdictsOf(page: Page, show: string): Promise<Verdict[]> {
  const verdicts = await page.evaluate(`(async () => {
    const show = ${show}
    await show(${JSON.stringify(HARMLESS)})
    const expected = skeleton()
    const verdicts = []
    for (const texts of ${JSON.stringify(PIECES)}) {
      await show(texts)
      verdicts.push(await verdict(expected))
    }
    return verdicts
  })()`)
  return verdicts as Verdict[]
}

/** Loads the first page, and waits until it is alive. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForSelector('[data-phx-main].phx-connected')
}

const CONTAINED = PAYLOADS.filter((text) => /["']/.test(text) && isKept(text)).slice(0, 4)

t.test('in a browser every text is text', { skip: withoutChromium }, (t) =>
  inBrowser(t, async (page, address) => {
    await t.test('over HTTP', async (t) => {
      await page.goto(`${address}/bare`)
      // Each piece in a frame of this page: `top` is where their scripts would write.
      const verdicts = (await page.evaluate(`(async () => {
        const [harmless] = await load(${JSON.stringify(HARMLESS)})
        const expected = skeleton(harmless)
        const judge = async (texts) => {
          const [frame, close] = await load(texts)
          const found = await verdict(expected, frame)
          close()
          return found
        }
        return Promise.all(${JSON.stringify(PIECES)}.map(judge))
      })()`)) as Verdict[]
      for (const [index, texts] of PIECES.entries()) assertInert(t, texts, verdicts[index] as Verdict)
    })

    await t.test('as a whole tree, when it is joined', async (t) => {
      await open(page, address)
      const verdicts = await verdictsOf(page, 'navigate')
      for (const [index, texts] of PIECES.entries()) assertInert(t, texts, verdicts[index] as Verdict)
    })

    await t.test('in diffs: texts, streams, components, the flash, the title', async (t) => {
      await open(page, address)
      const verdicts = await verdictsOf(page, 'set')
      for (const [index, texts] of PIECES.entries()) assertInert(t, texts, verdicts[index] as Verdict)
      const shown = verdicts.map((verdict) => verdict.shown)
      t.same(shown, PIECES, 'in the payload of an event it is what it was')
    })

    await t.test('in commands, in the values of elements, and given back in forms', async (t) => {
      await open(page, address)
      const texts = PAYLOADS.filter(isKept).filter((_, index) => index % 4 === 0) // each is an event of its own
      const found = await page.evaluate(`(async () => {
        const texts = ${JSON.stringify(texts)}
        await set(texts)
        for (const button of document.querySelectorAll('.commands, .value')) button.click()
        await until(() => document.querySelector('#taken').title === texts.join(' '))
        const titles = [...document.querySelectorAll('.commands')].map(({ title }) => title)
        const field = document.querySelector('#echo textarea')
        field.value = texts.join(' - ')
        field.dispatchEvent(new Event('input', { bubbles: true }))
        await until(() => document.querySelectorAll('.one').length === 1)
        return { titles, echoed, back: said(document.querySelector('.one')), pwned: window.__pwned ?? null }
      })()`)
      const back = texts.join(' - ')
      t.same(found, { titles: texts, echoed: texts, back: [back, back], pwned: null })
    })

    await t.test('in attributes of containers, over HTTP and after a navigation', async (t) => {
      await open(page, address)
      for (const [index, text] of CONTAINED.entries()) {
        const isShown = `document.querySelector('[data-phx-main].phx-connected')?.title === ${JSON.stringify(text)}`
        await page.evaluate(`liveSocket.js().navigate('/container/${index}')`)
        await page.waitForFunction(isShown)
        await page.goto(`${address}/container/${index}`)
        await page.waitForFunction(isShown)
        const names = (await page.evaluate(`document.querySelector('[data-phx-main]').getAttributeNames()`)) as string[]
        t.same(names.filter((name) => !name.startsWith('data-phx')).sort(), ['class', 'id', 'title'], nameOf(text))
        t.equal(await page.evaluate('window.__pwned'), undefined, `no script ran: ${nameOf(text)}`)
      }
    })
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
