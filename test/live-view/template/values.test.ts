import t from 'tap'
import { Cid } from '../../../src/live-view/component.ts'
import { JS } from '../../../src/live-view/js.ts'
import { html } from '../../../src/live-view/template/html.ts'
import { each } from '../../../src/live-view/template/lists.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import { attrs, raw } from '../../../src/live-view/template/values.ts'

t.test('LV-031 nothing, a number and text become text', async (t) => {
  const inText = (value: unknown) => toHtml(html`<p>${value}</p>`)
  for (const nothing of [null, undefined, false, '']) t.equal(inText(nothing), '<p></p>')
  t.equal(inText(0), '<p>0</p>')
  t.equal(inText(12.5), '<p>12.5</p>')
  t.equal(inText(10n), '<p>10</p>')
  t.equal(inText(`<b> "O'Connor" & co`), '<p>&lt;b&gt; &quot;O&#39;Connor&quot; &amp; co</p>')
  t.equal(inText(new Cid(3)), '<p>3</p>')
  t.equal(inText(['a', '<', 1, null]), '<p>a&lt;1</p>')
})

t.test('LV-031 what is no text and no node is refused, with its place', async (t) => {
  for (const value of [true, {}, () => 1, Symbol('s'), Promise.resolve(1), new Date(0), [html`<b>x</b>`, true]]) {
    t.throws(() => toHtml(html`<p class="x">${value}</p>`), {
      code: 'BEAMISH_INVALID_VALUE',
      message:
        /value 1 of the template at .*values\.test\.[jt]s:\d+:\d+, in "<p class="x">\$\{…\}<\/p>": expected text/,
    })
  }
  t.throws(() => toHtml(html`<p>${true}</p>`), { message: /Is something missing after &&\?/ })
  t.throws(() => toHtml(html`<p>${Promise.resolve()}</p>`), { message: /Await it/ })
  t.throws(() => toHtml(html`<p class=${{}}>x</p>`), { code: 'BEAMISH_INVALID_VALUE', message: /the attribute class/ })
  t.throws(() => toHtml(html`<p class="a ${true}">x</p>`), { code: 'BEAMISH_INVALID_VALUE' })
  t.throws(() => toHtml(html`<p ${'hidden'}>x</p>`), { code: 'BEAMISH_INVALID_VALUE', message: /attrs\(\{ … \}\)/ })
  t.throws(() => toHtml(html`<textarea>${html`<b>x</b>`}</textarea>`), { message: /<textarea> holds no markup/ })
  t.throws(() => toHtml(html`<p title=${raw('"')}>x</p>`), { code: 'BEAMISH_INVALID_VALUE' })
})

t.test('LV-032 an attribute is left out, bare, or quoted and escaped', async (t) => {
  const withValue = (value: unknown) => toHtml(html`<input checked=${value} data_x="1">`)
  for (const nothing of [null, undefined, false]) t.equal(withValue(nothing), '<input data_x="1">')
  t.equal(withValue(true), '<input checked data_x="1">')
  t.equal(withValue(''), '<input checked="" data_x="1">')
  t.equal(withValue(`a"'<>&`), '<input checked="a&quot;&#39;&lt;&gt;&amp;" data_x="1">')
  t.equal(withValue(0), '<input checked="0" data_x="1">')
})

t.test('LV-032 classes and styles may be lists, of which falsy items are dropped', async (t) => {
  const isHot: boolean = t.passing()
  const classes = ['a', isHot && 'hot', 0, Number.NaN, null, undefined, '', false, ['b', ['c']]]
  t.equal(toHtml(html`<p class=${classes}>x</p>`), '<p class="a hot b c">x</p>')
  t.equal(toHtml(html`<p class="x ${['y', false]} z">x</p>`), '<p class="x y z">x</p>')
  t.equal(toHtml(html`<p style=${['color: red', null, 'top: 0']}>x</p>`), '<p style="color: red; top: 0">x</p>')
  t.equal(toHtml(html`<p class=${[]}>x</p>`), '<p class="">x</p>')
  t.throws(() => toHtml(html`<p title=${['a']}>x</p>`), { code: 'BEAMISH_INVALID_VALUE' })
})

t.test('LV-032 spread attributes keep their order, and their values are escaped', async (t) => {
  const list = {
    id: 'a',
    'data-x': '"<',
    hidden: true,
    title: null,
    class: ['b', false],
    'phx-click': JS.push('go'),
    data_y: 1,
  }
  t.equal(
    toHtml(html`<p class="z" ${attrs(list)} lang="en">x</p>`),
    '<p class="z" id="a" data-x="&quot;&lt;" hidden class="b"' +
      ' phx-click="[[&quot;push&quot;,{&quot;event&quot;:&quot;go&quot;}]]" data_y="1" lang="en">x</p>',
  )
  t.equal(toHtml(html`<p ${null}>x</p>`), '<p>x</p>')
  for (const name of ['a b', 'a"', '', 'a=b', '<'])
    t.throws(() => attrs({ [name]: 1 }), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => attrs({ id: {} }), { code: 'BEAMISH_INVALID_VALUE' })
})

t.test('a list is made of what can be gone through', async (t) => {
  t.throws(() => each(5 as never, String, String), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('a list takes anything that can be gone through, and anything that may stand in a template', async (t) => {
  const list = each(new Set(['a', 'b']), String, (item, index) => (index === 0 ? html`<b>${item}</b>` : item))
  t.equal(toHtml(html`<p>${list}</p>`), '<p><b>a</b>b</p>')
  t.equal(toHtml(html`<p>${[html`<i>1</i>`, 'two', null]}</p>`), '<p><i>1</i>two</p>')
})

t.test('a live component in a page that is no live view is refused', async (t) => {
  const { LiveComponent } = await import('../../../src/live-view/component.ts')
  const Row = LiveComponent.define({ module: 'Row', render: () => html`<p></p>` })
  t.throws(() => toHtml(html`<p>${Row.use({ id: 1 })}</p>`), { code: 'BEAMISH_NOT_IN_LIVE_VIEW' })
})
