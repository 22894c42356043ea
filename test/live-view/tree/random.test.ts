import fc from 'fast-check'
import t from 'tap'
import { LiveComponent } from '../../../src/live-view/component.ts'
import { html, type Rendered } from '../../../src/live-view/template/html.ts'
import { alike, each } from '../../../src/live-view/template/lists.ts'
import { StreamItems } from '../../../src/live-view/template/live-stream.ts'
import type { ComponentUse } from '../../../src/live-view/template/nodes.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import type { ViewTree } from '../../../src/live-view/tree/view-tree.ts'
import { normalized, SkippedElement } from '../../support/patched-page.ts'
import { TreePage } from '../../support/tree-page.ts'

// Random trees and random changes of them: after each message, what the client's own renderer makes of the page is what a fresh
// render of everything gives.

/** What stands at one place of a page. */
type Model =
  | { readonly type: 'text'; readonly text: unknown }
  | { readonly type: 'node'; readonly site: number; readonly inner: readonly Model[] }
  | { readonly type: 'list'; readonly isKeyed: boolean; readonly entries: readonly Entry[] }
  | { readonly type: 'component'; readonly module: number; readonly id: string; readonly inner: Model }

interface Entry {
  readonly key: number
  readonly model: Model
}

/** Call sites of all kinds: with a root, without one, with an id, with attributes, empty. */
const SITES: readonly ((a: unknown, b: unknown) => Rendered)[] = [
  (a, b) => html`<section>${a}${b}</section>`,
  (a, b) => html`<div id="x" class=${typeof a === 'string' ? a : null}>${b}</div>`,
  (a, b) => html`text ${a} and ${b}`,
  (a, b) => html`${a}<hr>${b}`,
  (a) => html`<article>${a}</article>`,
  (a, b) => html`<div><span>${a}</span>${html`<em>${b}</em>`}</div>`,
  () => html`<br>`,
]

const MODULES = [0, 1].map((n) =>
  LiveComponent.define<{ count: number; inner: unknown }>({
    module: `Module${n}`,
    mount: (socket) => {
      socket.assign({ count: 0 })
    },
    render: ({ id, count, inner }) =>
      n === 0
        ? html`<div class="c" id=${`c-${id}`}>${count}${inner}</div>`
        : count % 3 === 2
          ? html`<aside>${count}${inner}</aside>`
          : html`<main>${inner}${count}</main>`,
  }),
)

/** Makes a value for a template. A component that is used twice on a page is left out the second time. */
function valueFor(model: Model, used: Set<string>): unknown {
  switch (model.type) {
    case 'text':
      return model.text
    case 'node': {
      const [a, b] = model.inner.map((inner) => valueFor(inner, used))
      return SITES[model.site]?.(a, b)
    }
    case 'list':
      return listOf(model.isKeyed, model.entries, used)
    case 'component': {
      const name = `${model.module} ${model.id}`
      if (used.has(name)) return 'used already'
      used.add(name)
      return MODULES[model.module]?.use({ id: model.id, inner: valueFor(model.inner, used) })
    }
  }
}

function listOf(isKeyed: boolean, entries: readonly Entry[], used: Set<string>): unknown {
  if (!isKeyed) return entries.map(({ model }) => html`<x-item>${valueFor(model, used)}</x-item>`)
  const unique = [...new Map(entries.map((entry) => [entry.key, entry])).values()]
  return each(
    unique,
    ({ key }) => key,
    ({ key, model }) => html`<x-item>${key} ${valueFor(model, used)}</x-item>`,
  )
}

const { model } = fc.letrec<{ model: Model; inner: Model }>((tie) => ({
  inner: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text(),
    node(tie('inner')),
    list(tie('inner')),
    component(tie('inner')),
  ),
  model: fc.oneof(node(tie('inner')), list(tie('inner')), component(tie('inner'))),
}))

function text(): fc.Arbitrary<Model> {
  return fc.record({
    type: fc.constant('text' as const),
    text: fc.constantFrom('a', 'b', '<i>', 0, 7, '', null, false),
  })
}

function node(inner: fc.Arbitrary<Model>): fc.Arbitrary<Model> {
  const site = fc.nat(SITES.length - 1)
  return fc.record({ type: fc.constant('node' as const), site, inner: fc.array(inner, { minLength: 2, maxLength: 2 }) })
}

function list(inner: fc.Arbitrary<Model>): fc.Arbitrary<Model> {
  const entry = fc.record({ key: fc.nat(5), model: inner })
  const entries = fc.array(entry, { maxLength: 5 })
  return fc.record({ type: fc.constant('list' as const), isKeyed: fc.boolean(), entries })
}

function component(inner: fc.Arbitrary<Model>): fc.Arbitrary<Model> {
  const id = fc.constantFrom('a', 'b', 'c')
  return fc.record({ type: fc.constant('component' as const), module: fc.nat(1), id, inner })
}

// ── A stream beside it ──

interface Item {
  readonly domId: string
  readonly text: string
}

interface StreamChange {
  readonly inserts: readonly (Item & { readonly at: number })[]
  readonly deletes: readonly string[]
  readonly isReset: boolean
}

const item = fc.record({
  domId: fc.constantFrom('s1', 's2', 's3', 's4'),
  text: fc.constantFrom('x', 'y'),
  at: fc.constantFrom(-1, 0, 1),
})
const streamChange: fc.Arbitrary<StreamChange> = fc.record({
  inserts: fc.uniqueArray(item, { maxLength: 3, selector: ({ domId }) => domId }),
  deletes: fc.uniqueArray(fc.constantFrom('s1', 's2', 's3', 's4'), { maxLength: 2 }),
  isReset: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
})
const IDLE: StreamChange = { inserts: [], deletes: [], isReset: false }

const itemHtml = ({ domId, text: content }: Item) => html`<x-item id=${domId} data-ref="0">${content}</x-item>`

function pending({ inserts, deletes, isReset }: StreamChange): StreamItems {
  const { template: own, entries: contents } = alike(inserts.map(itemHtml))
  const template = inserts.length > 0 ? own : undefined
  const entries = inserts.map(({ domId, at }) => ({ domId, at, limit: null, updateOnly: null }))
  return new StreamItems({ name: 's', ref: '0', entries, contents, template, deletes, isReset })
}

/** What is on the page then: an item that is there stays in its place. */
function applied(items: readonly Item[], { inserts, deletes, isReset }: StreamChange): Item[] {
  const left = isReset ? [] : items.filter(({ domId }) => !deletes.includes(domId))
  for (const { at, ...inserted } of inserts) {
    const place = left.findIndex(({ domId }) => domId === inserted.domId)
    if (place >= 0) left[place] = inserted
    else if (at < 0) left.push(inserted)
    else left.splice(at, 0, inserted)
  }
  return left
}

// ── What happens to a page ──

type Step =
  | { readonly type: 'render'; readonly picks: readonly number[]; readonly stream: StreamChange | undefined }
  | { readonly type: 'count'; readonly which: number }
  | { readonly type: 'announce' | 'confirm' | 'otherRoot' }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('render' as const),
        picks: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
        stream: fc.option(streamChange, { nil: undefined }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('count' as const), which: fc.nat(5) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('announce' as const, 'confirm' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('otherRoot' as const) }) },
  ),
  { minLength: 2, maxLength: 9 },
)

class Run {
  private readonly page = new TreePage()
  private readonly pool: readonly Model[]
  private picks: readonly number[] = [0, 0, 0]
  private items: Item[] = []
  private isOther = false
  private announced: number[] = []

  constructor(pool: readonly Model[]) {
    this.pool = pool
    this.render({ type: 'render', picks: [0, 1, 2], stream: undefined })
  }

  take(step: Step): 'ok' | 'client failed' {
    try {
      this.perform(step)
    } catch (error) {
      if (error instanceof SkippedElement && this.page.hasUnannouncedReturn) return 'client failed'
      throw error
    }
    return 'ok'
  }

  private perform(step: Step): void {
    switch (step.type) {
      case 'render':
        this.render(step)
        break
      case 'count':
        this.count(step.which)
        break
      case 'announce':
        this.announced = this.page.announceRemoval()
        break
      case 'confirm':
        this.page.confirmRemoval(this.announced)
        this.announced = []
        break
      case 'otherRoot':
        this.turn()
    }
    this.check()
  }

  /** Another root is another page: neither stream nor components live on. */
  private turn(): void {
    this.isOther = !this.isOther
    this.items = []
    this.render({ type: 'render', picks: this.picks, stream: undefined })
  }

  private render({ picks, stream = IDLE }: Step & { type: 'render' }): void {
    this.picks = picks
    this.items = applied(this.items, stream)
    this.page.render(this.view(pending(stream)))
  }

  private view(stream: unknown): Rendered {
    const used = new Set<string>()
    const [a, b, c] = this.picks.map((pick) => valueFor(this.pool[pick % this.pool.length] as Model, used))
    return this.isOther
      ? html`<div>${a}<ol id="other" phx-update="stream">${stream}</ol>${b}${c}</div>`
      : html`${a}<div>${b}</div><ul id="s" phx-update="stream">${stream}</ul>${c}`
  }

  private count(which: number): void {
    // Not one that is no longer shown: it would take its children away from whoever shows them now.
    const { shown } = this.page
    const instance = shown[which % Math.max(1, shown.length)]
    if (instance === undefined) return
    instance.socket.assign({ count: Number(instance.socket.assigns['count']) + 1 })
    this.page.renderComponent(instance)
  }

  private check(): void {
    const expected = normalized(
      toHtml(this.view(this.items.map(itemHtml)), { component: fresh(this.page.tree), view: () => '' }),
    )
    if (this.page.html !== expected) throw new Error(`on the page:\n${this.page.html}\nshould be:\n${expected}`)
    const own = normalized(this.page.own.toHtml())
    if (own !== expected) throw new Error(`in the test client:\n${own}\nshould be:\n${expected}`)
  }
}

/** Components as they look now. */
function fresh(tree: ViewTree): (use: ComponentUse) => Rendered {
  return ({ module, id }) => {
    const instance = tree.components.find(module, id)
    return instance?.module.prepared.render(instance.socket.assigns) as Rendered
  }
}

t.test(
  'LV-040 after any changes the client shows what a fresh render gives, and so does the test client',
  async (t) => {
    let sequences = 0
    fc.assert(
      fc.property(fc.array(model, { minLength: 3, maxLength: 5 }), steps, (pool, sequence) => {
        const run = new Run(pool)
        for (const step of sequence) if (run.take(step) === 'client failed') break
        sequences++
      }),
      { numRuns: Number(process.env['RANDOM_RUNS'] ?? 1200) },
    )
    t.ok(sequences >= 1000)
  },
)
