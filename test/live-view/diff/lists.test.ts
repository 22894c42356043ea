import fc from 'fast-check'
import t from 'tap'
import { html } from '../../../src/live-view/template/html.ts'
import { each, memo } from '../../../src/live-view/template/lists.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import { raw } from '../../../src/live-view/template/values.ts'
import { TreePage } from '../../support/tree-page.ts'

interface Item {
  readonly id: number
  readonly name: string
}

const item = (id: number, name: string): Item => ({ id, name })
const ann = item(1, 'ann')
const bob = item(2, 'bob')
const cid = item(3, 'cid')

/** A list with keys. */
const keyed = (items: readonly Item[], mark = '') =>
  html`<ul>${each(
    items,
    ({ id }) => id,
    ({ id, name }) => html`<li>${id}:${name}${mark}</li>`,
  )}</ul>`

t.test('LV-044 a list comes with the statics of its entries, and keeps them when it is emptied', async (t) => {
  const page = new TreePage()
  const view = (items: readonly string[]) => html`<ul>${items.map((text) => html`<li>${text}</li>`)}</ul>`
  t.same(page.render(view(['a', 'b'])), {
    s: ['<ul>', '</ul>'],
    0: { s: ['<li>', '</li>'], k: { 0: { 0: 'a' }, 1: { 0: 'b' }, kc: 2 } },
  })
  t.same(page.render(view(['a'])), { 0: { k: { kc: 1 } } })
  t.same(page.render(view(['a'])), {})
  t.same(page.render(html`<p></p>`), { s: ['<p></p>'] })
  t.same(page.render(view([])), { s: ['<ul>', '</ul>'], 0: '' })
  t.same(page.render(view([])), {})
  t.same(page.render(view(['x'])), { 0: { s: ['<li>', '</li>'], k: { 0: { 0: 'x' }, kc: 1 } } })
  t.same(page.render(view([])), { 0: { k: { kc: 0 } } })
  t.same(page.render(view(['y', 'z'])), { 0: { k: { 0: { 0: 'y' }, 1: { 0: 'z' }, kc: 2 } } })
  t.equal(page.html, '<ul><li>y</li><li>z</li></ul>')
})

t.test('LV-045 entries that only moved are numbers, and a change of each is told of each', async (t) => {
  const page = new TreePage()
  page.render(keyed([ann, bob]))
  t.same(page.render(keyed([bob, ann])), { 0: { k: { 0: 1, 1: 0, kc: 2, km: true } } })
  t.same(page.render(keyed([bob, ann], '!')), { 0: { k: { 0: { 2: '!' }, 1: { 2: '!' }, kc: 2 } } })
  t.equal(page.html, '<ul><li>2:bob!</li><li>1:ann!</li></ul>')
  t.same(page.render(keyed([ann, cid, bob], '!')), {
    0: { k: { 0: 1, 1: { 0: '3', 1: 'cid', 2: '!' }, 2: 0, kc: 3, km: true } },
  })
  t.equal(page.html, '<ul><li>1:ann!</li><li>3:cid!</li><li>2:bob!</li></ul>')
})

t.test('LV-046 an entry that moved and changed is a pair; a new one in an old place is whole', async (t) => {
  const page = new TreePage()
  page.render(keyed([ann, bob, cid]))
  t.same(page.render(keyed([item(9, 'new'), ann, item(2, 'bo')])), {
    0: { k: { 0: { 0: '9', 1: 'new', 2: '' }, 1: 0, 2: [1, { 1: 'bo' }], kc: 3, km: true } },
  })
  t.equal(page.html, '<ul><li>9:new</li><li>1:ann</li><li>2:bo</li></ul>')
  t.same(page.render(keyed([item(8, 'eve'), item(2, 'bo'), ann])), {
    0: { k: { 0: { 0: '8', 1: 'eve', 2: '' }, 1: 2, 2: 1, kc: 3, km: true } },
  })
  t.equal(page.html, '<ul><li>8:eve</li><li>2:bo</li><li>1:ann</li></ul>')
})

t.test('LV-047 without keys entries are told apart by their places', async (t) => {
  const page = new TreePage()
  const view = (items: readonly Item[]) => html`<ul>${items.map(({ id, name }) => html`<li>${id}:${name}</li>`)}</ul>`
  page.render(view([ann, bob]))
  t.same(page.render(view([bob, ann])), { 0: { k: { 0: { 0: '2', 1: 'bob' }, 1: { 0: '1', 1: 'ann' }, kc: 2 } } })
  t.same(page.render(view([bob, item(1, 'amy')])), { 0: { k: { 1: { 1: 'amy' }, kc: 2 } } })
  t.equal(page.html, '<ul><li>2:bob</li><li>1:amy</li></ul>')
})

t.test('LV-048 other objects that look the same are no change', async (t) => {
  const page = new TreePage()
  page.render(keyed([ann, bob]))
  t.same(page.render(keyed([{ ...ann }, { ...bob }])), {})
})

t.test('LV-049 two lists may have the same keys', async (t) => {
  const page = new TreePage()
  const view = (left: readonly Item[], right: readonly Item[]) => html`<div>${keyed(left)}${keyed(right)}</div>`
  page.render(view([ann, bob], [ann, bob]))
  t.same(page.render(view([ann, bob], [bob, ann])), { 1: { 0: { k: { 0: 1, 1: 0, kc: 2, km: true } } } })
  t.equal(page.html, '<div><ul><li>1:ann</li><li>2:bob</li></ul><ul><li>2:bob</li><li>1:ann</li></ul></div>')
})

t.test('LV-049 a key that stands for two items of one list is refused, with the key', async (t) => {
  const problem = { code: 'BEAMISH_DUPLICATE_KEY', message: /the key 1 stands for two items/ }
  const page = new TreePage()
  t.throws(() => page.render(keyed([ann, bob, ann])), problem, 'in a new list')
  page.render(keyed([ann, bob]))
  t.throws(() => page.render(keyed([ann, bob, ann])), problem, 'at the end of a known one')
  t.throws(() => page.render(keyed([bob, ann, ann])), problem, 'among others that moved')
})

t.test('entries that stay in their places, with more behind them or fewer', async (t) => {
  const page = new TreePage()
  page.render(keyed([ann]))
  t.same(page.render(keyed([item(1, 'amy'), bob, cid])), {
    0: { k: { 0: { 1: 'amy' }, 1: { 0: '2', 1: 'bob', 2: '' }, 2: { 0: '3', 1: 'cid', 2: '' }, kc: 3 } },
  })
  t.same(page.render(keyed([item(1, 'amy')])), { 0: { k: { kc: 1 } } })
  t.same(page.render(keyed([ann, bob])), { 0: { k: { 0: { 1: 'ann' }, 1: { 0: '2', 1: 'bob', 2: '' }, kc: 2 } } })
  t.same(page.render(keyed([bob])), { 0: { k: { 0: 1, kc: 1, km: true } } })
  t.equal(page.html, '<ul><li>2:bob</li></ul>')
})

t.test('what is text in one render and something else in the next', async (t) => {
  const page = new TreePage()
  const view = (value: unknown) => html`<p title=${value}>${value}</p>`
  page.render(view('a'))
  t.same(page.render(view('<a>')), { 0: ' title="&lt;a&gt;"', 1: '&lt;a&gt;' })
  t.same(page.render(view('<a>')), {})
  t.same(page.render(view('&lt;a&gt;')), { 0: ' title="&amp;lt;a&amp;gt;"', 1: '&amp;lt;a&amp;gt;' })
  t.same(page.render(view(7)), { 0: ' title="7"', 1: '7' })
  t.same(page.render(view(7)), {})
  t.same(page.render(view('7')), {})
  t.same(page.render(view(null)), { 0: '', 1: '' })
  t.same(page.render(view(false)), {})
  const marked = (value: unknown, hidden: unknown) => html`<p class="a" hidden=${hidden}>${value}</p>`
  page.render(marked(raw('<b>'), ' hidden'))
  t.same(page.render(marked('<b>', true)), { 0: ' hidden', 1: '&lt;b&gt;' })
  t.same(page.render(marked(raw('<b>'), ' hidden')), { 0: ' hidden=" hidden"', 1: '<b>' })
})

t.test('LV-050 in a list of lists inner entries move, and an outer one that is new is whole', async (t) => {
  const page = new TreePage()
  interface Group {
    readonly id: string
    readonly items: readonly Item[]
  }
  const view = (groups: readonly Group[]) =>
    html`<div>${each(
      groups,
      ({ id }) => id,
      ({ id, items }) => html`<h1>${id}</h1>${keyed(items)}`,
    )}</div>`
  page.render(view([{ id: 'a', items: [ann, bob] }]))
  t.same(page.render(view([{ id: 'a', items: [bob, ann] }])), {
    0: { k: { 0: { 1: { 0: { k: { 0: 1, 1: 0, kc: 2, km: true } } } }, kc: 1 } },
  })
  t.same(
    page.render(
      view([
        { id: 'b', items: [cid] },
        { id: 'a', items: [bob, ann] },
      ]),
    ),
    {
      0: {
        k: {
          0: { 0: 'b', 1: { r: 1, s: 0, 0: { s: 1, k: { 0: { 0: '3', 1: 'cid', 2: '' }, kc: 1 } } } },
          1: 0,
          kc: 2,
          km: true,
        },
      },
      p: { 0: ['<ul>', '</ul>'], 1: ['<li>', ':', '', '</li>'] },
    },
  )
  t.equal(page.html, '<div><h1>b</h1><ul><li>3:cid</li></ul><h1>a</h1><ul><li>2:bob</li><li>1:ann</li></ul></div>')
})

t.test('LV-051 an entry that is new has all of its values, also those that others have already', async (t) => {
  const page = new TreePage()
  page.render(keyed([ann], '!'))
  t.same(page.render(keyed([ann, bob], '!')), { 0: { k: { 1: { 0: '2', 1: 'bob', 2: '!' }, kc: 2 } } })
  t.equal(page.html, '<ul><li>1:ann!</li><li>2:bob!</li></ul>')
})

t.test('LV-052 function components with slots are plain entries, and a change reaches only its own', async (t) => {
  const page = new TreePage()
  const row = (name: string, inner: (name: string) => unknown) => html`<li><b>${name}</b>${inner(name)}</li>`
  const view = (items: readonly Item[], mark: string) =>
    html`<ul>${each(
      items,
      ({ id }) => id,
      ({ id, name }) => row(name, (text) => html`<i>${id === 2 ? mark : ''}${text}</i>`),
    )}</ul>`
  page.render(view([ann, bob], ''))
  t.same(page.render(view([ann, bob], '!')), { 0: { k: { 1: { 1: { 0: '!' } }, kc: 2 } } })
  t.same(page.render(view([bob, ann], '!')), { 0: { k: { 0: 1, 1: 0, kc: 2, km: true } } })
  t.equal(page.html, '<ul><li><b>bob</b><i>!bob</i></li><li><b>ann</b><i>ann</i></li></ul>')
})

t.test('entries of several templates stand in a list together', async (t) => {
  const page = new TreePage()
  const view = (kinds: readonly string[]) =>
    html`<div>${each(kinds, String, (kind) => (kind === 'a' ? html`<a>${kind}</a>` : html`<b>${kind}</b>`))}</div>`
  page.render(view(['a', 'b', 'c']))
  t.equal(page.html, '<div><a>a</a><b>b</b><b>c</b></div>')
  page.render(view(['c', 'a']))
  t.equal(page.html, '<div><b>c</b><a>a</a></div>')
  page.render(view(['b', 'c']))
  t.equal(page.html, '<div><b>b</b><b>c</b></div>')
})

// ── Rows that depend on their items alone ──

/** A list of memos that counts how often one is made. */
function counted() {
  const page = new TreePage()
  let made = 0
  const row = memo(({ id, name }: Item) => {
    made++
    return name === '' ? html`<hr>` : html`<li>${id}:${name}</li>`
  })
  const list = (items: readonly Item[]) => html`<ul>${each(items, ({ id }) => id, row)}</ul>`
  const render = (...items: readonly Item[]) => {
    made = 0
    const diff = page.render(list(items))
    return { diff, made }
  }
  return { page, render, list }
}

t.test('a memo is made for items that are other objects, and its row is told of as any other', async (t) => {
  const { page, render } = counted()
  t.same(render(ann, bob, cid).made, 3)
  t.same(render(ann, bob, cid), { diff: {}, made: 0 })
  t.same(render(ann, item(2, 'bo'), cid), { diff: { 0: { k: { 1: { 1: 'bo' }, kc: 3 } } }, made: 1 })
  t.same(render(ann, { ...cid }, item(4, 'dee')), {
    diff: { 0: { k: { 1: 2, 2: { 0: '4', 1: 'dee' }, kc: 3, km: true } } },
    made: 2,
  })
  t.same(render(cid, ann), { diff: { 0: { k: { 0: 1, 1: 0, kc: 2, km: true } } }, made: 1 }, 'cid was a copy')
  t.same(render(cid, ann), { diff: {}, made: 0 })
  t.equal(page.html, '<ul><li>3:cid</li><li>1:ann</li></ul>')
  t.same(render(), { diff: { 0: { k: { kc: 0 } } }, made: 0 })
  t.same(render(ann), { diff: { 0: { k: { 0: { 0: '1', 1: 'ann' }, kc: 1 } } }, made: 1 })
})

t.test('a memo may give rows of other templates, and one that takes the index is made when that changes', async (t) => {
  const { page, render } = counted()
  render(ann, bob)
  t.same(render(ann, item(2, '')).diff, {
    0: { s: ['', ''], k: { 0: { 0: { s: 0, r: 1, 0: '1', 1: 'ann' } }, 1: { 0: { s: 1, r: 1 } }, kc: 2 } },
    p: { 0: ['<li>', ':', '</li>'], 1: ['<hr>'] },
  })
  t.equal(page.html, '<ul><li>1:ann</li><hr></ul>')
  render(bob, ann)
  t.equal(page.html, '<ul><li>2:bob</li><li>1:ann</li></ul>')

  const numbered = memo(({ name }: Item, index: number) => html`<li>${index}:${name}</li>`)
  const view = (items: readonly Item[]) => html`<ol>${each(items, ({ id }) => id, numbered)}</ol>`
  page.render(view([ann, bob]))
  t.same(page.render(view([bob, ann])), { 0: { k: { 0: [1, { 0: '0' }], 1: [0, { 0: '1' }], kc: 2, km: true } } })
  t.equal(page.html, '<ol><li>0:bob</li><li>1:ann</li></ol>')
  t.throws(() => memo('row' as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('the HTML of a list of memos is that of any list', async (t) => {
  const { list } = counted()
  t.equal(toHtml(list([ann, bob])), '<ul><li>1:ann</li><li>2:bob</li></ul>')
})

t.test('after any changes a list of memos is what a fresh render gives', async (t) => {
  const pool = [1, 2, 3, 4, 5].flatMap((id) => [item(id, 'a'), item(id, 'b'), item(id, '')])
  const some = fc.uniqueArray(fc.constantFrom(...pool), { selector: ({ id }) => id })
  let compared = 0
  fc.assert(
    fc.property(fc.array(some, { minLength: 2, maxLength: 6 }), (renders) => {
      const { page, render, list } = counted()
      for (const items of renders) {
        render(...items)
        compared++
        if (page.html !== toHtml(list(items))) throw new Error(`${page.html} should be ${toHtml(list(items))}`)
      }
    }),
    { numRuns: 500 },
  )
  t.ok(compared >= 1000)
})
