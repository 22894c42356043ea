import t from 'tap'
import {
  AsyncResult,
  asyncResult,
  dynamicTag,
  error,
  focusWrap,
  html,
  intersperse,
  JS,
  link,
  liveTitle,
  portal,
} from '../../../src/live-view/index.ts'
import type { Rendered } from '../../../src/live-view/template/html.ts'
import type { Comprehension } from '../../../src/live-view/template/lists.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import { TreePage } from '../../support/tree-page.ts'

const facts = { csrfToken: 'T&1' }
const markup = (node: Rendered | Comprehension) => toHtml(html`${node}`, { facts })
const refused = { code: 'BEAMISH_BAD_ARGUMENT' }

t.test('LV-152 a link to another view, or another address of this one', async (t) => {
  t.equal(
    markup(link({ navigate: '/x' }, 'text')),
    '<a href="/x" data-phx-link="redirect" data-phx-link-state="push">text</a>',
  )
  t.equal(
    markup(link({ patch: '/x?a=1&b=2', replace: true, class: ['a', false, 'b'] }, html`<b>${'<'}</b>`)),
    '<a href="/x?a=1&amp;b=2" data-phx-link="patch" data-phx-link-state="replace" class="a b"><b>&lt;</b></a>',
  )
  t.equal(
    markup(link({ navigate: 'https://example.com/x', replace: false, id: 'l', target: null }, () => 'made')),
    '<a href="https://example.com/x" data-phx-link="redirect" data-phx-link-state="push" id="l">made</a>',
  )
  t.equal(markup(link({ patch: '?page=2' })), '<a href="?page=2" data-phx-link="patch" data-phx-link-state="push"></a>')
})

t.test('LV-152 a plain link, and one with a method', async (t) => {
  t.equal(markup(link({ href: '/x', class: 'c' }, 'text')), '<a href="/x" class="c">text</a>')
  t.equal(markup(link({ href: '/x', method: 'GET', csrfToken: 'own' }, 'text')), '<a href="/x">text</a>')
  const clicked = { 'phx-click': JS.push('go') }
  const onClick = 'phx-click="[[&quot;push&quot;,{&quot;event&quot;:&quot;go&quot;}]]"'
  t.equal(markup(link(clicked, 'text')), `<a href="#" ${onClick}>text</a>`)
  t.equal(markup(link({ href: null, ...clicked }, 'text')), `<a href="#" ${onClick}>text</a>`)
  t.equal(markup(link({ href: '#' }, 'text')), '<a href="#">text</a>')
  t.equal(
    markup(link({ href: '/users', method: 'delete', 'data-confirm': 'Sure?' }, 'delete')),
    '<a href="/users" data-method="delete" data-csrf="T&amp;1" data-to="/users" data-confirm="Sure?">delete</a>',
  )
  t.equal(
    markup(link({ href: '/users', method: 'post', csrfToken: '123' }, 'x')),
    '<a href="/users" data-method="post" data-csrf="123" data-to="/users">x</a>',
  )
  t.equal(
    markup(link({ href: '/users', method: 'post', csrfToken: false }, 'x')),
    '<a href="/users" data-method="post" data-to="/users">x</a>',
  )
})

t.test('LV-151 LV-152 a link leads nowhere that runs something, unless its author says so', async (t) => {
  for (const href of [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    '  javascript:x',
    '\tjavascript:x',
    'java\nscript:x',
    'data:text/html,x',
    'vbscript:x',
    ':x',
  ])
    t.throws(() => link({ href }), { ...refused, message: /\['scheme', 'rest'\]/ }, href)
  for (const href of ['mailto:a@b', 'HTTPS://x', 'tel:1', '?to=https://x', '#a:b', '/a:b', 'a/b:c', 'x', ''])
    t.equal(markup(link({ href })), `<a href="${href}"></a>`)
  t.equal(markup(link({ href: ['javascript', "alert('x')"] })), '<a href="javascript:alert(&#39;x&#39;)"></a>')
  for (const kind of ['navigate', 'patch'] as const) {
    for (const to of ['javascript:x', ' javascript:x', 'mailto:a@b', 'foo:8080', '//evil', '/\\evil', '', 'x'])
      t.throws(() => link({ [kind]: to }), { ...refused, message: new RegExp(`link: ${kind}`) }, `${kind} ${to}`)
    for (const to of ['/', '/a:b', '/x?to=javascript:1', 'HTTP://x/y', '?a:b', '#x'])
      t.match(markup(link({ [kind]: to })), `href="${to}"`)
  }
})

t.test('LV-152 a link with two destinations, or a method without one, is a mistake', async (t) => {
  t.throws(() => link({ navigate: '/a', patch: '/b' }), refused)
  t.throws(() => link({ navigate: '/a', href: '/b' }), refused)
  t.throws(() => link({ navigate: '/a', method: 'delete' }), refused)
  t.throws(() => link({ method: 'delete' }), refused)
  t.throws(() => link({ href: '/x', method: 'delete', csrfToken: 5 as never }), refused)
})

t.test('LV-152 a token where the page has none is a mistake that says so', async (t) => {
  t.throws(() => toHtml(link({ href: '/x', method: 'delete' })), { code: 'BEAMISH_NO_CSRF_TOKEN' })
  t.match(toHtml(link({ href: '/x', method: 'delete', csrfToken: false })), 'data-method')
})

t.test('LV-152 the title of a document', async (t) => {
  t.equal(markup(liveTitle({}, 'My & mine')), '<title>My &amp; mine</title>')
  t.equal(markup(liveTitle({ prefix: 'App – ' }, 'Home')), '<title data-prefix="App – ">App – Home</title>')
  t.equal(
    markup(liveTitle({ prefix: 'a ', suffix: ' b', default: 'Welcome' }, 'Home')),
    '<title data-prefix="a " data-default="Welcome" data-suffix=" b">a Home b</title>',
  )
  for (const empty of [undefined, null, '', ' \n '])
    t.equal(
      markup(liveTitle({ default: 'Welcome', suffix: ' b' }, empty)),
      '<title data-default="Welcome" data-suffix=" b">Welcome b</title>',
    )
  t.equal(markup(liveTitle({}, undefined)), '<title></title>')
})

t.test('LV-152 a wrap for the focus', async (t) => {
  t.equal(
    markup(focusWrap({ id: 'W', class: 'c' }, html`<p>in</p>`)),
    '<div id="W" phx-hook="Phoenix.FocusWrap" class="c"><div id="W-start" tabindex="0" aria-hidden="true"></div>' +
      '<p>in</p><div id="W-end" tabindex="0" aria-hidden="true"></div></div>',
  )
})

t.test('LV-152 a portal', async (t) => {
  t.equal(
    markup(portal({ id: 'P', target: '#top' }, html`<p>in</p>`)),
    '<template id="P" data-phx-portal="#top"><div id="_lv_portal_wrap_P"><p>in</p></div></template>',
  )
  t.equal(
    markup(portal({ id: 'P', target: 'body', container: 'span', class: ['a', 'b'] }, 'in')),
    '<template id="P" data-phx-portal="body"><span id="_lv_portal_wrap_P" class="a b">in</span></template>',
  )
  t.throws(() => portal({ id: 'P', target: 'body', style: 'x' } as never), refused)
})

t.test('LV-152 a tag that is a value', async (t) => {
  t.equal(
    markup(dynamicTag({ tagName: 'p', class: "<b>'", foo_bar: 'baz', hidden: true }, html`<i>x</i>`)),
    '<p class="&lt;b&gt;&#39;" foo_bar="baz" hidden><i>x</i></p>',
  )
  t.equal(markup(dynamicTag({ tagName: 'tr' })), '<tr></tr>')
  t.equal(markup(dynamicTag({ tagName: 'input', type: 'text' })), '<input type="text">')
  t.equal(markup(dynamicTag({ tagName: 'textarea' }, '<b>')), '<textarea>&lt;b&gt;</textarea>')
  t.throws(() => markup(dynamicTag({ tagName: 'textarea' }, html`<b>x</b>`)), { code: 'BEAMISH_INVALID_VALUE' })
  for (const tagName of ['p><script>alert(1)</script', 'a b', '', '1p', 'script', 'STYLE', undefined as never])
    t.throws(() => dynamicTag({ tagName }), refused, tagName)
  t.throws(() => dynamicTag({ tagName: 'p', '<script>': '' }), refused)
  t.throws(() => dynamicTag({ tagName: 'br' }, 'x'), refused)
})

t.test('LV-152 something between the items of a list', async (t) => {
  const separator = html`<i>|</i>`
  const listed = (items: readonly number[]) => markup(intersperse({ items, separator }, (item) => html`<b>${item}</b>`))
  t.equal(listed([1, 2, 3]), '<b>1</b><i>|</i><b>2</b><i>|</i><b>3</b>')
  t.equal(listed([1]), '<b>1</b>')
  t.equal(listed([]), '')
  t.equal(markup(intersperse({ items: new Set(['a', 'b']), separator: ', ' }, (item) => item)), 'a, b')
})

t.test('LV-152 what is loaded beside the view', async (t) => {
  const shown = (state: AsyncResult<string>) =>
    markup(
      asyncResult(
        state,
        { loading: html`<i>wait</i>`, failed: ({ type, reason }) => `${type}: ${reason}` },
        (result) => html`<b>${result}</b>`,
      ),
    )
  const loading = AsyncResult.loading<string>()
  const there = AsyncResult.ok('r')
  t.equal(shown(loading), '<i>wait</i>')
  t.equal(shown(AsyncResult.failed(loading, error('why'))), 'error: why')
  t.equal(shown(AsyncResult.failed(loading, { type: 'exit', reason: 'killed' })), 'exit: killed')
  t.equal(shown(there), '<b>r</b>')
  t.equal(shown(AsyncResult.loading(there)), '<b>r</b>', 'a result stays')
  t.equal(shown(AsyncResult.failed(there, error('why'))), '<b>r</b>')
})

t.test('LV-152 statics of components travel once, and then what changed of them', async (t) => {
  const page = new TreePage()
  const view = (to: string, text: string) =>
    html`<nav>${link({ patch: to }, text)}${dynamicTag({ tagName: 'p', class: 'c' }, text)}</nav>`
  const first = page.render(view('/a', 'A'))
  t.ok((first['0'] as { s?: unknown }).s)
  t.same(page.render(view('/a', 'B')), { 0: { 3: 'B' }, 1: { 1: 'B' } })
  t.equal(page.html, toHtml(view('/a', 'B')))
  t.same(page.render(view('/b', 'B')), { 0: { 0: ' href="/b"' } })
})
