import t from 'tap'
import { html, type Rendered } from '../../../src/live-view/template/html.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import { attrs, raw } from '../../../src/live-view/template/values.ts'

const hasRoot = (rendered: Rendered) => rendered.template.hasRoot

t.test(
  'LV-033 one element with everything in it is a root, also a void one, with whitespace and comments around',
  async (t) => {
    for (const one of [
      html`<p>${1}</p>`,
      html`<p>text <b>more</b> ${1}</p>`,
      html`<input value=${1}>`,
      html`<input value="a">`,
      html`<br/>`,
      html`  <p>x</p>
    `,
      html`<!-- what this is --><p>x</p>`,
      html`<!-- one
      more --><p>x</p><!-- after -->`,
      html`<svg><path d="M0 0" /></svg>`,
      html`<my-element a=${1}></my-element>`,
    ]) {
      t.ok(hasRoot(one), toHtml(one))
    }
  },
)

t.test('LV-033 text, two elements, or a value that comes first or last are no root', async (t) => {
  for (const none of [
    html``,
    html`text`,
    html`text <p>x</p>`,
    html`<p>x</p> text`,
    html`<p>x</p><p>y</p>`,
    html`<br><br>`,
    html`${1}`,
    html`${1}<p>x</p>`,
    html`<p>x</p>${1}`,
    html`${html`<p>x</p>`}`,
    html`<!doctype html><html></html>`,
  ]) {
    t.notOk(hasRoot(none), toHtml(none))
  }
})

t.test('the markup comes out as it was written, but for spaces in tags, quotes and comments', async (t) => {
  t.equal(
    toHtml(html`<p  class = 'a "b"'
    data-x=1 hidden>Hi<!-- no --> <b>${'x'}</b></p>`),
    '<p class="a &quot;b&quot;" data-x="1" hidden>Hi <b>x</b></p>',
  )
  t.equal(toHtml(html`<!doctype html><html lang="en"></html>`), '<!doctype html><html lang="en"></html>')
  t.equal(toHtml(html`<div/><br><br />`), '<div></div><br><br>')
  t.equal(toHtml(html`1 < 2 & 3`), '1 &lt; 2 & 3')
  t.equal(toHtml(html`<textarea><b>${'<i>'}</textarea>`), '<textarea><b>&lt;i&gt;</textarea>')
  t.equal(toHtml(html`<script>if (a < b) go("</p>")</script>`), '<script>if (a < b) go("</p>")</script>')
  t.equal(toHtml(html`<a href="/x?a=1&b=${2}" title='${"it's"}'>x</a>`), '<a href="/x?a=1&b=2" title="it&#39;s">x</a>')
})

t.test('an attribute whose value is all between quotes is left out like one without quotes', async (t) => {
  t.equal(toHtml(html`<p class="${null}" id='${undefined}' title="${'x'}">y</p>`), '<p title="x">y</p>')
})

/** The message of the error that using a template gives. */
function problemOf(use: () => Rendered): string {
  try {
    use()
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

t.test('LV-036 a template that is not well-formed is refused at first use, with file, line and tag', async (t) => {
  const cases: readonly (readonly [() => Rendered, RegExp])[] = [
    [() => html`<p>`, /<p> of line 1 has no <\/p>/],
    [
      () => html`<div>
      <p>x</div>`,
      /expected <\/p> for line 2, got <\/div> \(line 2 of the template at .*parse\.test\.[jt]s:\d+:\d+\)/,
    ],
    [() => html`</p>`, /<\/p> closes nothing/],
    [() => html`<input></input>`, /<input> is a void element/],
    [() => html`<p class="a>x</p>`, /the value of class has no closing "/],
    [() => html`<p class=>x</p>`, /the value of class was expected/],
    [() => html`<p "x">y</p>`, /an attribute was expected in <p>/],
    [() => html`<p`, /the tag <p> is not closed by >/],
    [() => html`<p class=${1}x>y</p>`, /the value of class goes on/],
    [() => html`<p class=a${1}>y</p>`, /space and attrs/],
    [() => html`<p${1}>y</p>`, /space and attrs/],
    [() => html`<${'p'}>y</p>`, /dynamicTag/],
    [() => html`<p>y</${'p'}>`, /an end tag is <\/name>/],
    [() => html`<!-- ${1} -->`, /a comment cannot hold a value/],
    [() => html`<!-- never closed`, /a comment/],
    [() => html`<script>${1}</script>`, /no value can be made safe inside <script>/],
    [() => html`<style>a { color: ${1} }</style>`, /no value can be made safe inside <style>/],
    [() => html`<title>x`, /<title> of line 1 has no <\/title>/],
  ]
  for (const [use, expected] of cases) {
    t.throws(use, { code: 'BEAMISH_INVALID_TEMPLATE' })
    t.match(problemOf(use), expected)
  }
})

t.test('LV-036 a broken template is refused again at the next use', async (t) => {
  const use = () => html`<p>`
  t.throws(use, { code: 'BEAMISH_INVALID_TEMPLATE' })
  t.throws(use, { code: 'BEAMISH_INVALID_TEMPLATE' })
})

t.test('LV-037 what the client finds by its id must have one', async (t) => {
  t.match(
    problemOf(() => html`<ul phx-update="stream"></ul>`),
    /<ul> with phx-update needs an id/,
  )
  t.match(
    problemOf(() => html`<ul phx-update="ignore"></ul>`),
    /<ul> with phx-update needs an id/,
  )
  t.match(
    problemOf(() => html`<ul phx-hook="Sort"></ul>`),
    /<ul> with phx-hook needs an id/,
  )
  t.match(
    problemOf(() => html`<ul phx-hook=${'Sort'}></ul>`),
    /<ul> with phx-hook needs an id/,
  )
  t.match(
    problemOf(() => html`<ul id="a" phx-update="append"></ul>`),
    /phx-update is one of replace, stream, ignore, not append/,
  )
  for (const fine of [
    () => html`<ul id="a" phx-update="stream"></ul>`,
    () => html`<ul id=${'a'} phx-hook="Sort"></ul>`,
    () => html`<ul id="a-${1}" phx-hook="Sort"></ul>`,
    () => html`<ul phx-update="replace"></ul>`,
    () => html`<ul phx-hook="Sort" ${attrs({ id: 'a' })}></ul>`,
    () => html`<ul ${attrs({ 'phx-hook': 'Sort' })}></ul>`,
  ]) {
    t.equal(problemOf(fine), 'none')
  }
})

t.test('raw markup is not escaped, and only a string can be raw', async (t) => {
  t.equal(toHtml(html`<p>${raw('<b>x</b>')}</p>`), '<p><b>x</b></p>')
  t.throws(() => raw(1 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})
