import fc from 'fast-check'
import t from 'tap'
import {
  allowUpload,
  html,
  LiveComponent,
  LiveView,
  liveFileInput,
  liveRender,
  type Uploads,
} from '../../src/live-view/index.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { MAX_NESTING } from '../../src/wire/json-text.ts'
import { startLive } from '../support/live-endpoint.ts'
import type { RawClient, RawFrame } from '../support/raw-client.ts'
import { connectPage, joinPage, loadPage, type RawPage } from '../support/raw-page.ts'

// What no client of ours would say, said to a live endpoint: whatever comes of it, it is the matter of one view.

const Part = LiveComponent.define<{ n: number }>({
  module: 'malformed.Part',
  mount: (socket) => socket.assign({ n: 0 }),
  handleEvent: { inc: (_value, socket) => socket.update('n', (n) => n + 1) },
  render: ({ n }) => html`<b>${n}</b>`,
})

const Child = LiveView.define({ module: 'malformed.Child', render: () => html`<i>child</i>` })

const PageLive = LiveView.define<{ n: number; said: string; uploads: Uploads<'files'> }>({
  module: 'malformed.Page',
  mount: (_params, _session, socket) => {
    allowUpload(socket.assign({ n: 0, said: '' }), 'files', { accept: 'any', maxEntries: 3 })
  },
  handleParams: (params, _uri, socket) => socket.assign({ said: JSON.stringify(params).slice(0, 100) }),
  handleEvent: {
    inc: (_value, socket) => socket.update('n', (n) => n + 1),
    say: (value, socket) => socket.assign({ said: String(JSON.stringify(value)).slice(0, 100) }),
  },
  render: ({ n, said, uploads }) =>
    html`<p>${n} ${said}</p>${liveFileInput(uploads.files)}${Part.use({ id: 1 })}${liveRender(Child, { id: 'child' })}`,
})

/** What becomes of a message: it is answered, or its view ends. */
type Fate = 'answered' | 'ended'

/** A connection with two pages: one that is told nonsense, and one that sees whether anybody else notices. */
class Visitor {
  private readonly client: RawClient
  private readonly url: string
  private readonly victim: RawPage
  private readonly witness: RawPage
  private refs = 10
  private witnessed = 0

  private constructor(client: RawClient, url: string, pages: readonly [RawPage, RawPage]) {
    this.client = client
    this.url = url
    this.victim = pages[0]
    this.witness = pages[1]
  }

  static async come(): Promise<Visitor> {
    const { port } = await startLive((route) => route.live('/', PageLive))
    const victim = await loadPage(port, '/')
    const witness = await loadPage(port, '/', victim.cookie)
    const client = await connectPage(port, victim)
    const visitor = new Visitor(client, `http://127.0.0.1:${port}/`, [victim, witness])
    await joinPage(client, witness, visitor.url)
    await visitor.rejoin()
    return visitor
  }

  get topic(): string {
    return `lv:${this.victim.id}`
  }

  get uploadRef(): string {
    return /data-phx-upload-ref="([^"]*)"/.exec(this.victim.html)?.[1] ?? ''
  }

  /** A join that is as it should be. */
  get join(): Record<string, unknown> {
    const { url, victim } = this
    return { url, params: { _mounts: 0 }, session: victim.session, static: victim.static, sticky: false }
  }

  async rejoin(): Promise<void> {
    if ((await this.tell(this.topic, 'phx_join', this.join)) !== 'answered') throw new Error('it cannot join again')
  }

  /** Sends a message, and waits for what becomes of it. */
  async tell(topic: string, event: string, payload: unknown): Promise<Fate> {
    const ref = String(++this.refs)
    const joinRef = event === 'phx_join' ? ref : this.joinRefs.get(topic)
    if (event === 'phx_join') this.joinRefs.set(topic, ref)
    const json = payload instanceof Json ? payload.text : JSON.stringify(payload)
    const head = [joinRef ?? null, ref, topic, event].map((part) => JSON.stringify(part)).join(',')
    this.client.socket.send(`[${head},${json}]`)
    for (;;) {
      const frame = await this.client.next()
      if (frame[1] === ref && frame[3] === 'phx_reply') return 'answered'
      if (frame[2] === topic && frame[0] === joinRef && isEnd(frame)) return 'ended'
    }
  }

  private readonly joinRefs = new Map<string, string>()

  /** Whether somebody else on the connection is served as ever. */
  async isSeenByNobody(): Promise<boolean> {
    const ref = String(++this.refs)
    const topic = `lv:${this.witness.id}`
    this.client.send('1', ref, topic, 'event', { type: 'click', event: 'inc', value: {} })
    this.witnessed += 1
    for (;;) {
      const [, answered, , , payload] = await this.client.next()
      if (answered === ref) return JSON.stringify(payload).includes(`{"diff":{"0":"${this.witnessed}"}}`)
    }
  }

  close(): void {
    this.client.close()
  }
}

function isEnd([, , , event]: RawFrame): boolean {
  return event === 'phx_error' || event === 'phx_close'
}

// ── By hand ──

/** JSON as it is: what is nested like this no `stringify` writes. */
class Json {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The message is three more. */
const DEEP = MAX_NESTING - 12
const LIST = '['.repeat(DEEP) + ']'.repeat(DEEP)
const MAP = `${'{"a":'.repeat(DEEP)}null${'}'.repeat(DEEP)}`
/** As much as one message may be. */
const LARGE = 'a'.repeat(9_900_000)
const LONG = 'a'.repeat(1_000_000)

const file = (over: object = {}) => ({ ref: '0', name: 'a.txt', type: 'text/plain', size: 3, ...over })

const NASTY: Readonly<Record<string, (visitor: Visitor) => readonly (readonly [event: string, payload: unknown])[]>> = {
  'values of the wrong kind': () =>
    [null, true, 7, 'text', [], [[]], { event: null }, { event: 'inc', cid: {} }].flatMap((payload) =>
      EVENTS.map((event) => [event, payload] as const),
    ),
  'nesting without end': ({ uploadRef: ref }) => [
    ['event', new Json(`{"type":"click","event":"say","value":${LIST}}`)],
    ['event', new Json(`{"type":"click","event":"say","value":${MAP}}`)],
    ['event', new Json(`{"type":"form","event":"say","value":"a=1","meta":{"_target":${LIST},"deep":${MAP}}}`)],
    ['event', { type: 'form', event: 'say', value: `a${'[b]'.repeat(DEEP)}=1` }],
    ['event', new Json(`{"type":"form","event":"say","value":"a=1","uploads":{"${ref}":${LIST}}}`)],
    ['allow_upload', new Json(`{"ref":"${ref}","entries":[{"ref":"0","name":"a","type":"","size":1,"meta":${MAP}}]}`)],
    ['live_patch', new Json(MAP)],
    ['cids_destroyed', new Json(`{"cids":${LIST}}`)],
    ['nonsense', new Json(LIST)],
    ['phx_join', new Json(LIST)],
  ],
  'texts without end': ({ uploadRef: ref, join }) => [
    ['event', { type: 'click', event: 'say', value: LARGE }],
    ['event', { type: 'form', event: 'say', value: LARGE }],
    ['event', { type: 'form', event: 'say', value: 'a=1', meta: { _target: '['.repeat(LARGE.length) } }],
    ['live_patch', { url: `http://127.0.0.1/?${LARGE}` }],
    ['phx_join', { ...join, session: LARGE }],
    ['event', { type: 'click', event: LONG, value: {} }],
    ['event', { type: 'form', event: 'say', value: 'a=1&'.repeat(500_000) }],
    ['live_patch', { url: `http://127.0.0.1/${'%2e%2e/'.repeat(100_000)}` }],
    ['cids_will_destroy', { cids: Array.from({ length: 200_000 }, (_, cid) => cid) }],
    ['allow_upload', { ref: LONG, entries: [] }],
    ['allow_upload', { ref, entries: [file({ name: LONG })] }],
    ['progress', { ref, entry_ref: LONG, progress: 5 }],
    ['phx_join', { ...join, static: LONG }],
    ['phx_join', { ...join, flash: LONG }],
    ['phx_join', { ...join, url: `http://127.0.0.1/${LONG}` }],
    ['phx_join', { ...join, params: { _mounts: LONG } }],
    [LONG, {}],
  ],
  'names that mean something to JavaScript': ({ uploadRef: ref }) => [
    ['event', { type: 'click', event: '__proto__', value: {} }],
    ['event', { type: 'click', event: 'constructor', value: {} }],
    ['event', { type: 'form', event: 'say', value: '__proto__[a]=1&constructor[prototype][a]=1' }],
    ['event', { type: 'form', event: 'say', value: 'a=1', meta: { constructor: 'x', toString: {} } }],
    ['event', { type: 'form', event: 'say', value: 'a=1', uploads: { constructor: [], [ref]: [] } }],
    ['event', { type: 'click', event: 'lv:clear-flash', value: { key: '__proto__' } }],
    ['progress', { ref, entry_ref: '__proto__', progress: 5 }],
    ['toString', {}],
  ],
}

const EVENTS = ['event', 'live_patch', 'cids_will_destroy', 'cids_destroyed', 'allow_upload', 'progress', 'phx_join']

for (const [what, messages] of Object.entries(NASTY)) {
  t.test(`LV-156 ${what} are the matter of one view`, (t) =>
    withRuntime(async () => {
      const visitor = await Visitor.come()
      for (const [event, payload] of messages(visitor)) {
        const fate = await visitor.tell(visitor.topic, event, payload)
        if (fate === 'ended' || event === 'phx_join') await visitor.rejoin()
        t.ok(await visitor.isSeenByNobody(), `${event.slice(0, 20)} ${fate}`)
      }
      t.equal(({} as { a?: unknown }).a, undefined, 'no object has learned anything')
      visitor.close()
    }),
  )
}

t.test('LV-156 what is nested deeper, or names a prototype, is no message: it ends its connection, and no other', (t) =>
  withRuntime(async () => {
    const { port } = await startLive((route) => route.live('/', PageLive))
    const [one, two] = await Promise.all([loadPage(port, '/'), loadPage(port, '/')])
    const [bad, good] = await Promise.all([connectPage(port, one), connectPage(port, two)])
    await joinPage(bad, one, `http://127.0.0.1:${port}/`)
    await joinPage(good, two, `http://127.0.0.1:${port}/`)
    const depth = 1_000_000
    bad.socket.send(`["1","2","lv:${one.id}","event",{"value":${'['.repeat(depth)}${']'.repeat(depth)}}]`)
    t.equal(await bad.closed, 1011)
    const worse = await connectPage(port, one)
    worse.socket.send(`["1","2","lv:${one.id}","event",{"__proto__":{"event":"inc"}}]`)
    t.equal(await worse.closed, 1011, 'nor what would change what objects are made of')
    good.send('1', '2', `lv:${two.id}`, 'event', { type: 'click', event: 'inc', value: {} })
    t.match((await good.next())[4], { response: { diff: { 0: '1' } } })
    good.close()
  }),
)

t.test('LV-156 topics that there are not, and views that another page has', (t) =>
  withRuntime(async () => {
    const visitor = await Visitor.come()
    for (const topic of [
      'lv:',
      'lv:nobody',
      'lvu:0',
      'lvu:',
      'lv',
      'nonsense',
      `lv:${LONG}`,
      'lv:\u0000',
      '__proto__',
    ]) {
      t.equal(await visitor.tell(topic, 'phx_join', visitor.join), 'answered', topic.slice(0, 20))
      for (const event of [...EVENTS, 'chunk', 'phx_leave'])
        t.equal(await visitor.tell(topic, event, {}), 'answered', `${topic.slice(0, 20)} ${event}`)
    }
    t.ok(await visitor.isSeenByNobody())
    visitor.close()
  }),
)

// ── By chance ──

const RUNS = Number(process.env['RANDOM_RUNS'] ?? 300)

/** Any JSON value, with those that are nearly right among them. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    'inc',
    'say',
    'form',
    'click',
    '0',
    1,
    -1,
    1.5,
    1e300,
    'a[b]=1',
    '%',
    'http://x/',
    'lv:clear-flash',
  ),
)

/** Messages as a page would send them. */
const right = ({ uploadRef: ref, join }: Visitor): readonly (readonly [event: string, payload: object])[] => [
  ['event', { type: 'click', event: 'say', value: { a: 1 } }],
  ['event', { type: 'click', event: 'inc', value: {}, cid: 1 }],
  ['event', { type: 'form', event: 'say', value: 'a=1&b[c]=2', meta: { _target: 'a' }, uploads: { [ref]: [file()] } }],
  ['live_patch', { url: 'http://127.0.0.1/?a=1' }],
  ['cids_will_destroy', { cids: [1] }],
  ['cids_destroyed', { cids: [1] }],
  ['allow_upload', { ref, entries: [file()], cid: null }],
  ['progress', { ref, entry_ref: '0', progress: 50 }],
  ['phx_join', join],
]

/** Puts a value somewhere into another one, or takes something away. */
function spoiled(payload: unknown, path: readonly number[], value: unknown): unknown {
  const [at, ...rest] = path
  if (typeof payload !== 'object' || payload === null || at === undefined) return value
  const keys = Object.keys(payload)
  const key = keys[at % (keys.length + 1)] ?? 'more'
  const inner = spoiled((payload as Record<string, unknown>)[key], rest, value)
  if (Array.isArray(payload)) return payload.map((item, index) => (String(index) === key ? inner : item))
  return { ...payload, [key]: inner } // what is undefined is left out of the JSON
}

t.test('LV-156 whatever is wrong with a message, it is the matter of one view', (t) =>
  withRuntime(async () => {
    const visitor = await Visitor.come()
    const messages = right(visitor)
    const wrong = fc.tuple(
      fc.nat(messages.length - 1),
      fc.array(fc.nat(8), { minLength: 1, maxLength: 4 }),
      fc.option(anything, { nil: undefined }),
    )
    await fc.assert(
      fc.asyncProperty(wrong, async ([index, path, value]) => {
        const [event, payload] = messages[index] as readonly [string, object]
        const fate = await visitor.tell(visitor.topic, event, spoiled(payload, path, value))
        if (fate === 'ended' || event === 'phx_join') await visitor.rejoin()
        return await visitor.isSeenByNobody()
      }),
      { numRuns: RUNS },
    )
    t.pass('nobody else has noticed')
    visitor.close()
  }),
)
