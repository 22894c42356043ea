import t from 'tap'
import { Cid } from '../../src/live-view/component.ts'
import { JS, type JsCommand } from '../../src/live-view/js.ts'
import { html } from '../../src/live-view/template/html.ts'
import { toHtml } from '../../src/live-view/template/render-html.ts'

/** What stands in an attribute, read again. */
const sent = (command: JsCommand): unknown => JSON.parse(command.toText())

t.test('LV-150 a command without options has only what is always there', async (t) => {
  t.same(sent(JS), [])
  t.same(sent(JS.push('inc')), [['push', { event: 'inc' }]])
  t.same(sent(JS.navigate('/x')), [['navigate', { href: '/x', replace: false }]])
  t.same(sent(JS.patch('/x?a=1')), [['patch', { href: '/x?a=1', replace: false }]])
  t.same(sent(JS.show()), [['show', {}]])
  t.same(sent(JS.hide()), [['hide', {}]])
  t.same(sent(JS.toggle()), [['toggle', {}]])
  t.same(sent(JS.addClass('a  b')), [['add_class', { names: ['a', 'b'] }]])
  t.same(sent(JS.removeClass('a')), [['remove_class', { names: ['a'] }]])
  t.same(sent(JS.toggleClass('a')), [['toggle_class', { names: ['a'] }]])
  t.same(sent(JS.transition('fade')), [['transition', { transition: [['fade'], [], []] }]])
  t.same(sent(JS.setAttribute(['a', 'b'])), [['set_attr', { attr: ['a', 'b'] }]])
  t.same(sent(JS.removeAttribute('a')), [['remove_attr', { attr: 'a' }]])
  t.same(sent(JS.toggleAttribute(['a', 'b'])), [['toggle_attr', { attr: ['a', 'b'] }]])
  t.same(sent(JS.ignoreAttributes('open')), [['ignore_attrs', { attrs: ['open'] }]])
  t.same(sent(JS.dispatch('go')), [['dispatch', { event: 'go' }]])
  t.same(sent(JS.focus()), [['focus', {}]])
  t.same(sent(JS.focusFirst()), [['focus_first', {}]])
  t.same(sent(JS.pushFocus()), [['push_focus', {}]])
  t.same(sent(JS.popFocus()), [['pop_focus', {}]])
  t.same(sent(JS.exec('data-x')), [['exec', { attr: 'data-x' }]])
})

t.test('LV-150 every option is written as the client reads it', async (t) => {
  const to = { inner: '.box' } as const
  const looks = { to: '#b', transition: ['run now', 'start', 'end'], timeMs: 100, blocking: false } as const
  const written = { to: '#b', transition: [['run', 'now'], ['start'], ['end']], time: 100, blocking: false }
  t.same(sent(JS.push('inc', { target: '#t', loading: '.box', pageLoading: true, value: { one: 1 } })), [
    ['push', { event: 'inc', target: '#t', loading: '.box', page_loading: true, value: { one: 1 } }],
  ])
  t.same(sent(JS.push('inc', { target: new Cid(3), pageLoading: false })), [['push', { event: 'inc', target: 3 }]])
  t.same(sent(JS.push('inc', { target: 4 })), [['push', { event: 'inc', target: 4 }]])
  t.same(sent(JS.navigate('/x', { replace: true })), [['navigate', { href: '/x', replace: true }]])
  t.same(sent(JS.show({ ...looks, display: 'flex' })), [['show', { ...written, display: 'flex' }]])
  t.same(sent(JS.hide(looks)), [['hide', written]])
  t.same(sent(JS.toggle({ to, in: 'fade-in', out: ['a', 'b', 'c'], timeMs: 5, display: 'grid', blocking: true })), [
    [
      'toggle',
      { to, ins: [['fade-in'], [], []], outs: [['a'], ['b'], ['c']], time: 5, display: 'grid', blocking: true },
    ],
  ])
  t.same(sent(JS.addClass('x', looks)), [['add_class', { names: ['x'], ...written }]])
  t.same(sent(JS.removeClass('x', looks)), [['remove_class', { names: ['x'], ...written }]])
  t.same(sent(JS.toggleClass('x', looks)), [['toggle_class', { names: ['x'], ...written }]])
  t.same(sent(JS.transition('fade', { to, timeMs: 5, blocking: false })), [
    ['transition', { transition: [['fade'], [], []], to, time: 5, blocking: false }],
  ])
  t.same(sent(JS.setAttribute(['a', 'b'], { to })), [['set_attr', { attr: ['a', 'b'], to }]])
  t.same(sent(JS.removeAttribute('a', { to })), [['remove_attr', { attr: 'a', to }]])
  t.same(sent(JS.toggleAttribute(['a', '1', '2'], { to })), [['toggle_attr', { attr: ['a', '1', '2'], to }]])
  t.same(sent(JS.ignoreAttributes(['open', 'data-*'], { to })), [['ignore_attrs', { attrs: ['open', 'data-*'], to }]])
  t.same(sent(JS.dispatch('go', { to, detail: { a: 1 }, bubbles: false, blocking: true })), [
    ['dispatch', { event: 'go', to, detail: { a: 1 }, bubbles: false, blocking: true }],
  ])
  for (const name of ['focus', 'focusFirst', 'pushFocus'] as const) {
    t.match(sent(JS[name]({ to: { closest: 'form' } })), [[String, { to: { closest: 'form' } }]])
  }
  t.same(sent(JS.exec('data-x', { to })), [['exec', { attr: 'data-x', to }]])
})

t.test('LV-150 commands are chained in their order, and a chain never changes', async (t) => {
  const chain = JS.push('inc', { value: { one: 1 }, loading: '.box' })
  const longer = chain.addClass('hot now', { to: '#b', timeMs: 100 })
  t.same(sent(longer), [
    ['push', { event: 'inc', loading: '.box', value: { one: 1 } }],
    ['add_class', { names: ['hot', 'now'], time: 100, to: '#b' }],
  ])
  t.same(sent(chain), [['push', { event: 'inc', loading: '.box', value: { one: 1 } }]])
  t.same(sent(JS.hide().concat(JS.show())), [
    ['hide', {}],
    ['show', {}],
  ])
  t.equal(
    toHtml(html`<b phx-click=${JS.push('a')}>x</b>`),
    '<b phx-click="[[&quot;push&quot;,{&quot;event&quot;:&quot;a&quot;}]]">x</b>',
  )
  t.equal(
    JSON.stringify({ command: JS.popFocus() }),
    '{"command":[["pop_focus",{}]]}',
    'in a payload it is the list itself',
  )
})

t.test('LV-150 mistakes are refused', async (t) => {
  const refused = (make: () => unknown, message: RegExp) => t.throws(make, { code: 'BEAMISH_BAD_ARGUMENT', message })
  refused(() => JS.push('a', { to: '#x' } as never), /JS.push expects the options target, .* got "to"/)
  refused(() => JS.show({ time: 5 } as never), /got "time"/)
  refused(() => JS.focus({ selector: 'x' } as never), /got "selector"/)
  refused(() => JS.push('a', { value: 1 as never }), /JS.push: value expects an object/)
  refused(() => JS.push('a', { value: [1] as never }), /JS.push: value expects an object/)
  refused(() => JS.dispatch('go', { detail: 'x' as never }), /detail expects an object/)
  refused(() => JS.dispatch('click', { detail: { a: 1 } }), /none for click/)
  refused(() => JS.dispatch('go', { blocking: true, detail: { done: 1 } }), /without done/)
  refused(() => JS.hide({ to: { parent: 'x' } as never }), /JS.hide: to expects a selector/)
  refused(() => JS.hide({ to: 1 as never }), /JS.hide: to/)
  refused(() => JS.hide({ transition: ['a', 'b'] as never }), /while it runs/)
  refused(() => JS.hide(null as never), /an object with/)
})

t.test('LV-151 links lead to paths and pages of the web only', async (t) => {
  for (const go of ['navigate', 'patch'] as const) {
    for (const href of [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      '  javascript:x',
      'data:x',
      '//evil',
      'x',
      '',
      '/\\x',
      '\tjavascript:x',
    ])
      t.throws(() => JS[go](href), { code: 'BEAMISH_BAD_ARGUMENT' }, `${go} ${href}`)
    for (const href of ['/', '/x?to=javascript:1', '/a:b', 'http://x', 'https://x/y', 'HTTPS://x'])
      t.match(sent(JS[go](href)), [[go, { href }]])
  }
})
