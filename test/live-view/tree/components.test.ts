import t from 'tap'
import { LiveComponent } from '../../../src/live-view/component.ts'
import { html } from '../../../src/live-view/template/html.ts'
import { each } from '../../../src/live-view/template/lists.ts'
import { atOnce, TreePage } from '../../support/tree-page.ts'

/** A row that counts what is done with it. */
function rowModule() {
  const calls: string[] = []
  const Row = LiveComponent.define<{ text: string; count: number }>({
    module: 'Row',
    mount: (socket) => {
      calls.push('mount')
      socket.assign({ count: 0 })
    },
    update: (assigns, socket) => {
      calls.push(`update ${assigns.id}`)
      socket.assign(assigns)
    },
    render: ({ id, text, count }) => {
      calls.push(`render ${id}`)
      return html`<li id=${id}>${text} ${count}</li>`
    },
  })
  return { Row, calls }
}

const S = ['<li', '>', ' ', '</li>']

t.test('LV-053 a component that is first used gets a number, and comes whole', async (t) => {
  const { Row, calls } = rowModule()
  const page = new TreePage()
  t.same(page.render(html`<ul>${Row.use({ id: 'a', text: 'x' })}</ul>`), {
    s: ['<ul>', '</ul>'],
    0: 1,
    c: { 1: { r: 1, s: S, 0: ' id="a"', 1: 'x', 2: '0' } },
  })
  t.same(calls, ['mount', 'update a', 'render a'])
  t.equal(page.html, '<ul><li id="a">x 0</li></ul>')
})

t.test('LV-053 a component has its number, its id and an empty flash of its own among its assigns', async (t) => {
  const page = new TreePage()
  const Plain = LiveComponent.define<{ text: string }>({
    module: 'Plain',
    render: ({ id, myself, flash, text }) =>
      html`<p phx-target=${myself}>${id} ${Object.keys(flash).length} ${myself} ${text}</p>`,
  })
  page.render(html`<div>${Plain.use({ id: 7, text: 'x' })}</div>`)
  t.equal(page.html, '<div><p phx-target="1">7 0 1 x</p></div>')
  t.throws(() => Plain.use({ text: 'x' } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test(
  'LV-053 a component has its id among its assigns, in mount as well, whatever its update takes over',
  async (t) => {
    const page = new TreePage()
    const Own = LiveComponent.define<{ title: string }>({
      module: 'Own',
      mount: (socket) => socket.assign({ title: `number ${socket.assigns.id}` }),
      update: () => {},
      render: ({ id, title }) => html`<p id=${id}>${title}</p>`,
    })
    page.render(html`<div>${Own.use({ id: 7 })}</div>`)
    t.equal(page.html, '<div><p id="7">number 7</p></div>')
  },
)

t.test('LV-054 a component that is used with other assigns is updated, and sent when that changes it', async (t) => {
  const { Row, calls } = rowModule()
  const page = new TreePage()
  const view = (assigns: { text: string; since?: Date }) => html`<ul>${Row.use({ id: 'a', ...assigns })}</ul>`
  page.render(view({ text: 'x', since: new Date(0) }))
  calls.length = 0
  t.same(page.render(view({ text: 'x', since: new Date(0) })), {}, 'what shows is the same')
  t.same(calls, ['update a', 'render a'])
  t.same(page.render(view({ text: 'y' })), { c: { 1: { 1: 'y' } } })
  t.equal(page.html, '<ul><li id="a">y 0</li></ul>')
})

t.test('LV-054 a component that is used as before keeps what was made of it meanwhile', async (t) => {
  const { Row, calls } = rowModule()
  const page = new TreePage()
  const view = (title: string, text: string) => html`<ul title=${title}>${Row.use({ id: 'a', text })}</ul>`
  page.render(view('1', 'x'))
  page.updateComponent(page.component(1), { id: 'a', text: 'from elsewhere' })
  calls.length = 0
  t.same(page.render(view('2', 'x')), { 0: ' title="2"' })
  t.same(calls, [], 'nothing of it was called')
  t.equal(page.html, '<ul title="2"><li id="a">from elsewhere 0</li></ul>')
  page.render(view('2', 'y'))
  t.equal(page.html, '<ul title="2"><li id="a">y 0</li></ul>')
})

t.test('LV-065 a component that is used as before, and had been announced as gone, comes whole', async (t) => {
  const { Row } = rowModule()
  const page = new TreePage()
  const view = (isShown: boolean) => html`<ul>${isShown && html`<b>${Row.use({ id: 'a', text: 'x' })}</b>`}</ul>`
  page.render(view(true))
  page.render(view(false))
  page.announceRemoval()
  t.match(page.render(view(true)), { c: { 1: { s: S, 1: 'x' } } })
  t.equal(page.html, '<ul><b><li id="a">x 0</li></b></ul>')
})

t.test('a change of a component alone is sent alone', async (t) => {
  const { Row } = rowModule()
  const page = new TreePage()
  page.render(html`<ul>${Row.use({ id: 'a', text: 'x' })}</ul>`)
  page.component(1).socket.assign({ count: 5 })
  t.same(page.renderComponent(page.component(1)), { c: { 1: { 2: '5' } } })
  t.same(page.updateComponent(page.component(1), { id: 'a', text: 'z' }), { c: { 1: { 1: 'z' } } })
  t.same(page.updateComponent(page.component(1), { id: 'a', text: 'z' }), {})
  t.equal(page.html, '<ul><li id="a">z 5</li></ul>')
})

t.test('LV-055 components of one module share their statics, in one message and across messages', async (t) => {
  const { Row } = rowModule()
  const page = new TreePage()
  const view = (ids: readonly string[]) => html`<ul>${each(ids, String, (id) => Row.use({ id, text: id }))}</ul>`
  t.same(page.render(view(['a', 'b'])), {
    s: ['<ul>', '</ul>'],
    0: { s: ['', ''], k: { 0: { 0: 1 }, 1: { 0: 2 }, kc: 2 } },
    c: { 1: { r: 1, s: S, 0: ' id="a"', 1: 'a', 2: '0' }, 2: { s: 1, 0: ' id="b"', 1: 'b', 2: '0' } },
  })
  t.same(page.render(view(['a', 'b', 'c'])), {
    0: { k: { 2: { 0: 3 }, kc: 3 } },
    c: { 3: { s: -1, 0: ' id="c"', 1: 'c', 2: '0' } },
  })
  t.equal(page.html, '<ul><li id="a">a 0</li><li id="b">b 0</li><li id="c">c 0</li></ul>')
})

t.test('LV-056 where the tree of the other component differs, statics are sent', async (t) => {
  const Box = LiveComponent.define<{ inner: unknown }>({
    module: 'Box',
    render: ({ inner }) => html`<div>${inner}${[1].map((n) => html`<i>${n}</i>`)}</div>`,
  })
  const bold = (text: string) => html`<b>${text}</b>`
  const page = new TreePage()
  const view = (boxes: Readonly<Record<string, unknown>>) =>
    html`<main>${each(
      Object.entries(boxes),
      ([id]) => id,
      ([id, inner]) => Box.use({ id, inner }),
    )}</main>`
  const message = page.render(view({ a: bold('1'), b: bold('2'), c: 'text', d: html`<u>4</u>` }))
  t.same(message['c'], {
    1: {
      r: 1,
      s: ['<div>', '', '</div>'],
      0: { r: 1, s: ['<b>', '</b>'], 0: '1' },
      1: { s: ['<i>', '</i>'], k: { 0: { 0: '1' }, kc: 1 } },
    },
    2: { s: 1, 0: { 0: '2' }, 1: { k: { 0: { 0: '1' }, kc: 1 } } },
    3: { s: 1, 0: 'text', 1: { k: { 0: { 0: '1' }, kc: 1 } } },
    4: { s: 1, 0: { r: 1, s: ['<u>4</u>'] }, 1: { k: { 0: { 0: '1' }, kc: 1 } } },
  })
  t.equal(
    page.html,
    '<main><div><b>1</b><i>1</i></div><div><b>2</b><i>1</i></div><div>text<i>1</i></div><div><u>4</u><i>1</i></div></main>',
  )
})

t.test('LV-056 a negative reference means the other component as it was before the message', async (t) => {
  const Box = LiveComponent.define<{ inner: unknown }>({
    module: 'Box',
    render: ({ inner }) => html`<div>${inner}</div>`,
  })
  const bold = (text: string) => html`<b>${text}</b>`
  const page = new TreePage()
  const view = (boxes: readonly (readonly [string, unknown])[]) =>
    html`<main>${each(
      boxes,
      ([id]) => id,
      ([id, inner]) => Box.use({ id, inner }),
    )}</main>`
  page.render(view([['a', bold('1')]]))
  // The new one stands before the other, which changes in the same message: at that time it still has the bold text.
  const message = page.render(
    view([
      ['b', bold('2')],
      ['a', 'plain'],
    ]),
  )
  t.same(message['c'], { 2: { s: -1, 0: { 0: '2' } }, 1: { 0: 'plain' } })
  t.equal(page.html, '<main><div><b>2</b></div><div>plain</div></main>')
  // And behind one that has changed it means that one as it is now.
  const other = page.render(
    view([
      ['b', bold('2')],
      ['a', bold('3')],
      ['c', bold('4')],
    ]),
  )
  t.same(other['c'], { 1: { 0: { r: 1, s: ['<b>', '</b>'], 0: '3' } }, 3: { s: 1, 0: { 0: '4' } } })
  t.equal(page.html, '<main><div><b>2</b></div><div><b>3</b></div><div><b>4</b></div></main>')
})

t.test('LV-057 one module and id twice in a render is refused; another module is another component', async (t) => {
  const { Row } = rowModule()
  const { Row: Other } = rowModule()
  t.throws(
    () => new TreePage().render(html`<ul>${Row.use({ id: 'a', text: '' })}${Row.use({ id: 'a', text: '' })}</ul>`),
    {
      code: 'BEAMISH_DUPLICATE_COMPONENT',
      message: /"a" of Row/,
    },
  )
  const message = new TreePage().render(
    html`<ul>${Row.use({ id: 'a', text: 'x' })}${Other.use({ id: 'a', text: 'y' })}</ul>`,
  )
  t.match(message, { 0: 1, 1: 2, c: { 1: { s: S }, 2: { s: S } } })
})

t.test('LV-058 a component that is not one element is refused', async (t) => {
  for (const markup of [() => html`text`, () => html`<p></p><p></p>`, () => html`${html`<p></p>`}`]) {
    const Bad = LiveComponent.define({ module: 'Bad', render: markup })
    t.throws(() => new TreePage().render(html`<div>${Bad.use({ id: 1 })}</div>`), { code: 'BEAMISH_COMPONENT_ROOT' })
  }
  const Forgotten = LiveComponent.define({ module: 'Forgotten', render: () => undefined as never })
  t.throws(() => new TreePage().render(html`<div>${Forgotten.use({ id: 1 })}</div>`), { code: 'BEAMISH_BAD_RETURN' })
})

t.test('LV-059 updateMany gets all that a round uses of the module, once', async (t) => {
  const rounds: (readonly unknown[])[] = []
  const Leaf = LiveComponent.define<{ text: string }>({
    module: 'Leaf',
    updateMany: (uses) => {
      rounds.push(['Leaf', ...uses.map(([assigns]) => assigns.id)])
      for (const [assigns, socket] of uses) socket.assign({ text: `${assigns.text}!` })
    },
    render: ({ text }) => html`<i>${text}</i>`,
  })
  const Branch = LiveComponent.define<{ leaves: readonly string[] }>({
    module: 'Branch',
    updateMany: (uses) => {
      rounds.push(['Branch', ...uses.map(([assigns]) => assigns.id)])
      for (const [assigns, socket] of uses) socket.assign(assigns)
    },
    render: ({ leaves }) => html`<p>${each(leaves, String, (id) => Leaf.use({ id, text: id }))}</p>`,
  })
  const page = new TreePage()
  page.render(
    html`<div>${Leaf.use({ id: 'l0', text: 'l0' })}${Branch.use({ id: 1, leaves: ['l1', 'l2'] })}${Branch.use({ id: 2, leaves: ['l3'] })}</div>`,
  )
  t.same(rounds, [
    ['Leaf', 'l0'],
    ['Branch', 1, 2],
    ['Leaf', 'l1', 'l2', 'l3'],
  ])
  t.equal(page.html, '<div><i>l0!</i><p><i>l1!</i><i>l2!</i></p><p><i>l3!</i></p></div>')
})

t.test('LV-059 updateMany that returns fewer sockets than it got is refused', async (t) => {
  const Few = LiveComponent.define({
    module: 'Few',
    updateMany: (uses) => uses.slice(1).map(([, socket]) => socket),
    render: () => html`<p></p>`,
  })
  const All = LiveComponent.define({
    module: 'All',
    updateMany: (uses) => uses.map(([, socket]) => socket),
    render: () => html`<p></p>`,
  })
  t.throws(() => new TreePage().render(html`<p>${Few.use({ id: 1 })}${Few.use({ id: 2 })}</p>`), {
    code: 'BEAMISH_BAD_RETURN',
    message: /Few\.updateMany must return nothing, or the 2 sockets/,
  })
  t.doesNotThrow(() => new TreePage().render(html`<p>${All.use({ id: 1 })}${All.use({ id: 2 })}</p>`))
})

t.test('LV-030 under another root all components are mounted anew, under new numbers', async (t) => {
  const { Row, calls } = rowModule()
  const page = new TreePage()
  page.render(html`<ul>${Row.use({ id: 'a', text: 'x' })}</ul>`)
  const before = page.component(1)
  calls.length = 0
  t.match(page.render(html`<ol>${Row.use({ id: 'a', text: 'x' })}</ol>`), {
    s: ['<ol>', '</ol>'],
    0: 2,
    c: { 2: { s: S } },
  })
  t.same(calls, ['mount', 'update a', 'render a'])
  t.same(page.forgotten, [before])
  t.equal(page.html, '<ol><li id="a">x 0</li></ol>')
})

/** A component that holds others. */
const Nest = LiveComponent.define<{ inner: unknown; n: number }>({
  module: 'Nest',
  mount: (socket) => {
    socket.assign({ n: 0 })
  },
  render: ({ inner, n }) => html`<div>${n}${inner}</div>`,
})

t.test('LV-065 a parent that is used again before it is gone comes whole, with what is in it', async (t) => {
  const page = new TreePage()
  const leaf = (id: string) => Nest.use({ id, inner: '' })
  const parent = (inner: unknown) => Nest.use({ id: 'parent', inner })
  const view = (inner: unknown) => html`<main>${inner}</main>`
  page.render(view(parent([leaf('a'), leaf('b')].map((use) => html`<section>${use}</section>`))))
  page.component(2).socket.assign({ n: 5 })
  page.renderComponent(page.component(2))
  page.render(view(''))
  const announced = page.announceRemoval()
  t.same(announced, [1, 2, 3])
  // The view shows it again, with one of the two that were in it, before the client has confirmed.
  page.render(view(parent([leaf('a')].map((use) => html`<section>${use}</section>`))))
  t.equal(page.html, '<main><div>0<section><div>5</div></section></div></main>')
  t.same(page.confirmRemoval(announced), [3], 'only what the parent dropped is deleted')
  page.component(2).socket.assign({ n: 6 })
  t.same(page.renderComponent(page.component(2)), { c: { 2: { 0: '6' } } })
  t.equal(page.html, '<main><div>0<section><div>6</div></section></div></main>')
})

t.test('a component that changed inside of an element that did not is mentioned where it stands', async (t) => {
  const page = new TreePage()
  const framed = (inner: unknown) => html`<section>${inner}</section>`
  const view = (text: string, n: number) =>
    html`<main>${n}${framed(each(['a', 'b'], String, (id) => Nest.use({ id, inner: framed(Nest.use({ id: `${id} inner`, inner: id === 'b' ? text : '' })) })))}</main>`
  page.render(view('x', 1))
  // Without the numbers the client would take over the element as it is, and the text in it.
  t.same(page.render(view('y', 2)), {
    0: '2',
    1: { 0: { k: { 1: { 0: 2 }, kc: 2 } } },
    c: { 2: { 1: { 0: 4 } }, 4: { 1: 'y' } },
  })
  t.match(page.html, /<div>0y<\/div>/)
  // Alone it is patched by itself.
  t.same(page.render(view('z', 2)), { c: { 4: { 1: 'z' } } })
  t.match(page.html, /<div>0z<\/div>/)
})

t.test('a component that is used again after it was deleted is a new one', async (t) => {
  const page = new TreePage()
  const view = (inner: unknown) => html`<main>${inner}</main>`
  page.render(view(Nest.use({ id: 'a', inner: '' })))
  page.component(1).socket.assign({ n: 5 })
  page.renderComponent(page.component(1))
  page.render(view(''))
  t.same(page.confirmRemoval(page.announceRemoval()), [1])
  t.match(page.render(view(Nest.use({ id: 'a', inner: '' }))), { 0: 2 })
  t.equal(page.html, '<main><div>0</div></main>')
  t.same(page.tree.destroy([1, 99]), [], 'unknown numbers are skipped')
})

t.test('LV-065 a component that is updated on its way out keeps nothing in it from going', async (t) => {
  const { Row } = rowModule()
  const Card = LiveComponent.define<{ text: string }>({
    module: 'Card',
    render: ({ text }) => html`<div>${text}${Row.use({ id: 'r', text })}</div>`,
  })
  const page = new TreePage()
  const show = (isShown: boolean) => page.render(html`<main>${isShown && Card.use({ id: 'c', text: 'x' })}</main>`)
  show(true)
  show(false)
  const gone = page.announceRemoval()
  t.same(gone, [1, 2])
  page.updateComponent(page.component(1), { text: 'y' })
  t.same(page.confirmRemoval(gone), [1, 2])
  t.same([...page.tree.components.all], [])
})

t.test('LV-065 one that comes back then comes back with all that is in it', async (t) => {
  const { Row } = rowModule()
  const Card = LiveComponent.define<{ text: string; count: number }>({
    module: 'Card',
    render: ({ text, count }) => html`<div>${text}${Row.use({ id: 'r', text: `${count}` })}</div>`,
  })
  const page = new TreePage()
  let count = 0
  const show = (isShown: boolean) =>
    page.render(html`<main>${isShown && Card.use({ id: 'c', text: 'x', count: count++ })}</main>`)
  show(true)
  show(false)
  const gone = page.announceRemoval()
  page.updateComponent(page.component(1), { count: 7 })
  show(true)
  t.equal(page.html, '<main><div>x<li id="r">1 0</li></div></main>')
  t.same(page.confirmRemoval(gone), [])
  page.updateComponent(page.component(2), { text: 'z' })
  t.equal(page.html, '<main><div>x<li id="r">z 0</li></div></main>')
})

t.test('what components tell the page comes in the order of their renders', async (t) => {
  const Teller = LiveComponent.define<{ inner: unknown }>({
    module: 'Teller',
    update: (assigns, socket) => {
      socket.assign(assigns)
      socket.pageEvents.push([String(assigns.id), {}])
    },
    render: ({ inner }) => html`<p>${inner}</p>`,
  })
  const page = new TreePage()
  page.render(
    html`<div>${Teller.use({ id: 'a', inner: Teller.use({ id: 'b', inner: '' }) })}${Teller.use({ id: 'c', inner: '' })}</div>`,
  )
  t.same(page.tree.takePageEvents(), [
    ['a', {}],
    ['c', {}],
    ['b', {}],
  ])
  t.same(page.tree.takePageEvents(), [])
})

t.test('LV-068 a component that goes elsewhere in mount or update is refused', async (t) => {
  const away = { type: 'navigate', to: '/x', kind: 'push' } as const
  const InMount = LiveComponent.define({
    module: 'InMount',
    mount: (socket) => {
      socket.redirect = away
    },
    render: () => html`<p></p>`,
  })
  const InUpdate = LiveComponent.define({
    module: 'InUpdate',
    update: (_assigns, socket) => {
      socket.redirect = away
    },
    render: () => html`<p></p>`,
  })
  t.throws(() => new TreePage().render(html`<p>${InMount.use({ id: 1 })}</p>`), { code: 'BEAMISH_REDIRECT_IN_UPDATE' })
  t.throws(() => new TreePage().render(html`<p>${InUpdate.use({ id: 1 })}</p>`), {
    code: 'BEAMISH_REDIRECT_IN_UPDATE',
    message: /InUpdate\.update/,
  })
})

t.test('an async callback of a component suspends the render', async (t) => {
  const Slow = LiveComponent.define<{ text: string }>({
    module: 'Slow',
    update: async (assigns, socket) => {
      await Promise.resolve()
      socket.assign(assigns)
    },
    render: ({ text }) => html`<p>${text}</p>`,
  })
  const page = new TreePage()
  const pass = page.tree.render(html`<p>${Slow.use({ id: 1, text: 'x' })}</p>`)
  const step = pass.next()
  t.equal(step.done, false)
  await step.value
  t.match(pass.next(undefined).value, { 0: 1, c: { 1: { 0: 'x' } } })
  t.throws(() => atOnce(page.tree.render(html`<p>${Slow.use({ id: 2, text: 'x' })}</p>`)), /waits/)
})

t.test('mistakes in a definition are refused', async (t) => {
  const define = (callbacks: object) => () => LiveComponent.define(callbacks as never)
  t.throws(define({}), { code: 'BEAMISH_BAD_ARGUMENT', message: /render expects a function/ })
  t.throws(define({ render: () => html``, handleInfo: () => {} }), { message: /got "handleInfo"/ })
  t.throws(define({ render: () => html``, mount: 1 }), { message: /mount expects a function/ })
  t.throws(define(null as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(define({ render: () => html``, *update() {} }), { code: 'BEAMISH_BAD_ARGUMENT', message: /generator/ })
})
