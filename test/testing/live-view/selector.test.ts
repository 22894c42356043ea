import t from 'tap'
import { attributeOf, parseHtml } from '../../../src/testing/live-view/dom.ts'
import { selectAll } from '../../../src/testing/live-view/selector.ts'

const page =
  parseHtml(`<main id="m" class="a b"><p class="x">1</p><p id="two" data-n="one two">2</p><ul><li>a</li><li class="x last">b</li></ul>
  <input type="checkbox" checked name="u[a]"><input disabled name='q"'><template><i>inside</i></template></main><footer></footer>`)

const found = (selector: string) =>
  selectAll(page, selector).map((element) => `${element.tagName}${attributeOf(element, 'id') ?? ''}`)

t.test('selectors of all kinds find what they say', async (t) => {
  t.same(found('p'), ['p', 'ptwo'])
  t.same(found('P'), ['p', 'ptwo'])
  t.same(found('#two'), ['ptwo'])
  t.same(found('.a.b'), ['mainm'])
  t.same(found('main .x'), ['p', 'li'])
  t.same(found('main > .x'), ['p'])
  t.same(found('p + ul > li'), ['li', 'li'])
  t.same(found('p + p'), ['ptwo'])
  t.same(found('.x ~ ul'), ['ul'])
  t.same(found('li:first-child, li.last'), ['li', 'li'])
  t.same(found('li:last-child'), ['li'])
  t.same(found('p:nth-child(2)'), ['ptwo'])
  t.same(found('p:not(.x)'), ['ptwo'])
  t.same(found('p:not([data-n])'), ['p'])
  t.same(found('[data-n]'), ['ptwo'])
  t.same(found('[data-n="one two"]'), ['ptwo'])
  t.same(found('[data-n~=two]'), ['ptwo'])
  t.same(found('[data-n^=one][data-n$=two][data-n*=" "]'), ['ptwo'])
  t.same(found('[name="u[a]"]:checked'), ['input'])
  t.same(found(':disabled'), ['input'])
  t.same(found('template i'), ['i'])
  t.equal(found('*').length, 11)
  t.same(found('section'), [])
})

t.test('a selector that is not known is refused', async (t) => {
  for (const selector of ['', 'p >', ':hover', 'p[', '#', 'li:nth-child(2n)', 'a,,b', 5])
    t.throws(() => selectAll(page, selector as string), { code: 'BEAMISH_BAD_ARGUMENT' }, String(selector))
})
