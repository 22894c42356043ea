import fc from 'fast-check'
import t from 'tap'
import { LiveComponent } from '../../../src/live-view/component.ts'
import { LiveState } from '../../../src/live-view/state.ts'
import {
  type StreamInsertOptions,
  stream,
  streamConfigure,
  streamDelete,
  streamInsert,
} from '../../../src/live-view/stream.ts'
import { html, type Rendered } from '../../../src/live-view/template/html.ts'
import { each } from '../../../src/live-view/template/lists.ts'
import { LiveStream } from '../../../src/live-view/template/live-stream.ts'
import type { ComponentUse } from '../../../src/live-view/template/nodes.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'
import type { ComponentInstance } from '../../../src/live-view/tree/component-instance.ts'
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

/** What a component of the first kind begins with. */
const FIRST: readonly Item[] = [{ id: 's1', text: 'x' }]

const MODULES = [0, 1].map((n) =>
  LiveComponent.define<{ count: number; inner: unknown; streams: Streams }>({
    module: `Module${n}`,
    mount: (socket) => {
      streamConfigure(socket, 's', { domId: ({ id }) => `c${socket.cid.number}-${id}` })
      stream(socket, 's', n === 0 ? FIRST : [])
      socket.assign({ count: 0 })
    },
    render: ({ id, count, inner, streams, myself }) =>
      n === 0
        ? html`<div class="c" id=${`c-${id}`}>${count}${inner}<ol id=${`l-${myself.toText()}`} phx-update="stream">${itemsHtml(streams.s, `c${myself.toText()}`)}</ol></div>`
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

// ── Streams ──

interface Item {
  readonly id: string
  readonly text: string
}

type Streams = { readonly s: LiveStream<Item> }

type Operation =
  | { readonly type: 'insert'; readonly item: Item; readonly options: StreamInsertOptions }
  | { readonly type: 'delete'; readonly item: Item }
  | { readonly type: 'reset'; readonly items: readonly Item[] }

const item = fc.record({ id: fc.constantFrom('s1', 's2', 's3', 's4'), text: fc.constantFrom('x', 'y') })
const operation = (options: fc.Arbitrary<StreamInsertOptions>): fc.Arbitrary<Operation> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('insert' as const), item, options }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), item }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('reset' as const), items: fc.array(item, { maxLength: 3 }) }),
    },
  )
const anyOperations = fc.array(
  operation(
    fc.record({
      at: fc.constantFrom(-1, 0, 1, 2),
      limit: fc.constantFrom(undefined, undefined, undefined, 2, -2),
      updateOnly: fc.constantFrom(false, false, true),
    }),
  ),
  { maxLength: 4 },
)
/** Those that come out alike in a container that is on the page and in one that comes onto it. */
const simpleOperations = fc.array(operation(fc.record({ at: fc.constantFrom(-1, 0) })), { minLength: 1, maxLength: 3 })

class StreamSocket extends LiveState<{ streams: Streams }> {
  override readonly tasks = undefined
}

// biome-ignore lint/suspicious/noExplicitAny: of a view, and of components
function perform(socket: LiveState<any>, operations: readonly Operation[]): void {
  for (const one of operations) {
    if (one.type === 'insert') streamInsert(socket, 's', one.item, one.options)
    else if (one.type === 'delete') streamDelete(socket, 's', one.item)
    else stream(socket, 's', one.items, { reset: true })
  }
}

const itemHtml = (text: string, domId: string) => html`<x-item id=${domId}>${text}</x-item>`

/** A stream, or what is on the page of it. */
function itemsHtml(items: LiveStream<Item> | readonly Item[], prefix = 's'): unknown {
  if (items instanceof LiveStream) return each(items, ({ text }, domId) => itemHtml(text, domId))
  return items.map(({ id, text }) => itemHtml(text, `${prefix}-${id}`))
}

/**
 * What is on the page then: resets and deletes come first, and an item that is there stays in its place. One that a limit cuts off
 * does not come back with the same message.
 */
function applied(items: readonly Item[], operations: readonly Operation[]): Item[] {
  let inserts: (Operation & { type: 'insert' })[] = []
  let left = [...items]
  for (const one of operations) {
    if (one.type === 'reset') {
      left = []
      inserts = one.items.map((reset) => ({ type: 'insert', item: reset, options: {} }))
    } else {
      inserts = inserts.filter(({ item: { id } }) => id !== one.item.id)
      if (one.type === 'delete') left = left.filter(({ id }) => id !== one.item.id)
      else inserts.push(one)
    }
  }
  const isKnown = (id: string) => items.some((known) => known.id === id)
  const stayed = new Set(left.map(({ id }) => id))
  for (const one of lastOfEach(inserts)) {
    const isCut = stayed.has(one.item.id) && !left.some(({ id }) => id === one.item.id)
    if (!isCut) left = withInsert(left, one, isKnown(one.item.id))
  }
  return left
}

/** Items of one reset may have one id, too. */
function lastOfEach<One extends { readonly item: Item }>(inserts: readonly One[]): One[] {
  return inserts.filter(({ item: { id } }, index) => !inserts.slice(index + 1).some((later) => later.item.id === id))
}

function withInsert(items: readonly Item[], { item: one, options }: Operation & { type: 'insert' }, isKnown: boolean) {
  const { at = -1, limit, updateOnly = false } = options
  if (items.some(({ id }) => id === one.id)) return items.map((known) => (known.id === one.id ? one : known))
  if (updateOnly && !isKnown) return [...items]
  const after = at < 0 ? [...items, one] : items.toSpliced(at, 0, one)
  if (limit === undefined) return after
  return limit < 0 ? after.slice(limit) : after.slice(0, limit)
}

// ── What happens to a page ──

type Step =
  | { readonly type: 'render'; readonly picks: readonly number[]; readonly operations: readonly Operation[] }
  | { readonly type: 'stream'; readonly which: number; readonly operations: readonly Operation[] }
  | { readonly type: 'count'; readonly which: number }
  | { readonly type: 'announce' | 'confirm' | 'otherRoot' }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('render' as const),
        picks: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
        operations: anyOperations,
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('count' as const), which: fc.nat(5) }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('stream' as const), which: fc.nat(5), operations: simpleOperations }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('announce' as const, 'confirm' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('otherRoot' as const) }) },
  ),
  { minLength: 2, maxLength: 9 },
)

class Run {
  private readonly page = new TreePage()
  private readonly pool: readonly Model[]
  private readonly socket = stream(new StreamSocket({} as { streams: Streams }), 's', [])
  private picks: readonly number[] = [0, 0, 0]
  private items: Item[] = []
  /** What is on the page of components' streams. */
  private readonly itemsOf = new Map<ComponentInstance, Item[]>()
  private isOther = false
  private announced: number[] = []

  constructor(pool: readonly Model[]) {
    this.pool = pool
    this.render([0, 1, 2], [])
    this.check()
  }

  take(step: Step): 'ok' | 'client failed' {
    try {
      this.perform(step)
    } catch (error) {
      if (error instanceof SkippedElement && this.page.hasUnannouncedReturn) return 'client failed'
      if (this.page.hasMovedBetweenComponents) return 'client failed'
      throw error
    }
    return 'ok'
  }

  private perform(step: Step): void {
    switch (step.type) {
      case 'render':
        this.render(step.picks, step.operations)
        break
      case 'count':
        this.count(step.which)
        break
      case 'stream':
        this.changeStream(step.which, step.operations)
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
    this.render(this.picks, [])
  }

  private render(picks: readonly number[], operations: readonly Operation[]): void {
    this.picks = picks
    this.items = applied(this.items, operations)
    perform(this.socket, operations)
    this.page.render(this.view(this.socket.assigns.streams.s))
    this.socket.rendered()
    this.socket.forgetItems()
  }

  private view(items: LiveStream<Item> | readonly Item[]): Rendered {
    const used = new Set<string>()
    const [a, b, c] = this.picks.map((pick) => valueFor(this.pool[pick % this.pool.length] as Model, used))
    return this.isOther
      ? html`<div>${a}<ol id="other" phx-update="stream">${itemsHtml(items)}</ol>${b}${c}</div>`
      : html`${a}<div>${b}</div><ul id="s" phx-update="stream">${itemsHtml(items)}</ul>${c}`
  }

  private count(which: number): void {
    // Not one that is no longer shown: it would take its children away from whoever shows them now.
    const { shown } = this.page
    const instance = shown[which % Math.max(1, shown.length)]
    if (instance === undefined) return
    instance.socket.assign({ count: Number(instance.socket.assigns['count']) + 1 })
    this.page.renderComponent(instance)
  }

  private changeStream(which: number, operations: readonly Operation[]): void {
    const shown = this.page.shown.filter(({ module }) => module === MODULES[0])
    const instance = shown[which % Math.max(1, shown.length)]
    if (instance === undefined) return
    perform(instance.socket, operations)
    this.itemsOf.set(instance, applied(this.itemsOf.get(instance) ?? [], operations))
    this.page.renderComponent(instance)
  }

  private check(): void {
    this.followComponents()
    const uses = { component: (use: ComponentUse) => this.fresh(use), view: () => '' }
    const expected = normalized(toHtml(this.view(this.items), uses))
    if (this.page.html !== expected) throw new Error(`on the page:\n${this.page.html}\nshould be:\n${expected}`)
    const own = normalized(this.page.own.toHtml())
    if (own !== expected) throw new Error(`in the test client:\n${own}\nshould be:\n${expected}`)
  }

  /** A component that is new has what its mount put in; what one had that left the page is gone. */
  private followComponents(): void {
    const shown = new Set(this.page.shown)
    for (const instance of shown) if (!this.itemsOf.has(instance)) this.itemsOf.set(instance, [...FIRST])
    for (const instance of this.itemsOf.keys()) if (!shown.has(instance)) this.itemsOf.set(instance, [])
  }

  /** A component as it looks now. */
  private fresh({ module, id }: ComponentUse): Rendered {
    const instance = this.page.tree.components.find(module, id) as ComponentInstance // it is on the page
    const streams = { s: this.itemsOf.get(instance) }
    return instance.module.prepared.render({ ...instance.socket.assigns, streams }) as Rendered
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
