import t from 'tap'
import { LiveState } from '../../../src/live-view/state.ts'
import { stream, streamDelete, streamDeleteByDomId, streamInsert } from '../../../src/live-view/stream.ts'
import { html, type Rendered } from '../../../src/live-view/template/html.ts'
import { each } from '../../../src/live-view/template/lists.ts'
import type { LiveStream } from '../../../src/live-view/template/live-stream.ts'
import { TreePage } from '../../support/tree-page.ts'

interface Line {
  readonly id: number
  readonly text: string
}

class LogSocket extends LiveState<{ streams: { log: LiveStream<Line> } }> {
  override readonly tasks = undefined
}

const line = ({ text }: Line, domId: string) => html`<li id=${domId}>${text}</li>`
const list = (log: LiveStream<Line>) => html`<ol id="log" phx-update="stream">${each(log, line)}</ol>`

/** A page with one stream, and its messages. */
class LogPage {
  readonly socket = new LogSocket({} as LogSocket['assigns']) // filled below
  private readonly page = new TreePage()
  private readonly view: (log: LiveStream<Line>) => Rendered

  constructor(items: readonly Line[], view = list) {
    this.view = view
    stream(this.socket, 'log', items)
  }

  /** Renders after a change. @returns what is sent. */
  after(change: (socket: LogSocket) => unknown): unknown {
    change(this.socket)
    const diff = this.page.render(this.view(this.socket.assigns.streams.log))
    this.socket.rendered()
    this.socket.forgetItems()
    return diff
  }

  get html(): string {
    return this.page.html
  }
}

const STATICS = ['<li', '>', '</li>']
const entry = (id: number, text: string) => ({ 0: ` id="log-${id}"`, 1: text })

t.test('LV-110 a message has what happened to the stream since the last one, and nothing else', async (t) => {
  const log = new LogPage([
    { id: 1, text: 'a' },
    { id: 2, text: 'b' },
  ])
  t.same(
    log.after(() => {}),
    {
      s: ['<ol id="log" phx-update="stream">', '</ol>'],
      0: {
        s: STATICS,
        k: { 0: entry(1, 'a'), 1: entry(2, 'b'), kc: 2 },
        stream: [
          '0',
          [
            ['log-2', -1, null, null],
            ['log-1', -1, null, null],
          ],
          [],
        ],
      },
    },
  )
  t.same(
    log.after(() => {}),
    {},
  )
  t.same(
    log.after((socket) => streamInsert(socket, 'log', { id: 3, text: 'c' }, { at: 0, limit: 10 })),
    {
      0: { k: { 0: entry(3, 'c'), kc: 1 }, stream: ['0', [['log-3', 0, 10, false]], []] },
    },
  )
  t.same(
    log.after((socket) => streamDelete(socket, 'log', { id: 1, text: '' })),
    {
      0: { k: { kc: 0 }, stream: ['0', [], ['log-1']] },
    },
  )
  t.same(
    log.after((socket) => stream(socket, 'log', [{ id: 7, text: 'z' }], { reset: true })),
    {
      0: { k: { 0: entry(7, 'z'), kc: 1 }, stream: ['0', [['log-7', -1, null, false]], [], true] },
    },
  )
  t.same(
    log.after((socket) => stream(socket, 'log', [], { reset: true })),
    {
      0: { k: { kc: 0 }, stream: ['0', [], [], true] },
    },
  )
  t.same(
    log.after((socket) => stream(socket, 'log', [])),
    {},
  )
  t.equal(log.html, '<ol id="log" phx-update="stream"></ol>')
})

t.test('LV-110 an item that is deleted and inserted is told of twice, and moves', async (t) => {
  const log = new LogPage([
    { id: 1, text: 'a' },
    { id: 2, text: 'b' },
  ])
  log.after(() => {})
  const moved = log.after((socket) => {
    streamDeleteByDomId(socket, 'log', 'log-2')
    streamInsert(socket, 'log', { id: 2, text: 'B' }, { at: 0, updateOnly: true })
  })
  t.same(moved, { 0: { k: { 0: entry(2, 'B'), kc: 1 }, stream: ['0', [['log-2', 0, null, true]], ['log-2']] } })
  t.equal(log.html, '<ol id="log" phx-update="stream"><li id="log-2">B</li><li id="log-1">a</li></ol>')
})

t.test('LV-119 an empty stream has its statics from its first entries on', async (t) => {
  let isShown = true
  const log = new LogPage([], (items) => html`<div>${isShown && list(items)}</div>`)
  t.same(
    log.after(() => {}),
    {
      s: ['<div>', '</div>'],
      0: {
        r: 1,
        s: ['<ol id="log" phx-update="stream">', '</ol>'],
        0: { s: ['', ''], k: { kc: 0 }, stream: ['0', [], []] },
      },
    },
  )
  t.same(
    log.after((socket) => streamInsert(socket, 'log', { id: 1, text: 'a' })),
    {
      0: { 0: { s: STATICS, k: { 0: entry(1, 'a'), kc: 1 }, stream: ['0', [['log-1', -1, null, false]], []] } },
    },
  )
  isShown = false
  log.after((socket) => streamInsert(socket, 'log', { id: 2, text: 'lost' }))
  isShown = true
  t.match(
    log.after(() => {}),
    { 0: { 0: { s: STATICS, k: { kc: 0 }, stream: ['0', [], []] } } },
  )
  t.same(
    log.after((socket) => streamInsert(socket, 'log', { id: 3, text: 'c' })),
    {
      0: { 0: { k: { 0: entry(3, 'c'), kc: 1 }, stream: ['0', [['log-3', -1, null, false]], []] } },
    },
  )
  t.equal(log.html, '<div><ol id="log" phx-update="stream"><li id="log-3">c</li></ol></div>')
})

t.test('LV-119 in a new container items with an index come where they belong', async (t) => {
  const log = new LogPage([{ id: 1, text: 'a' }])
  const sent = log.after((socket) => {
    streamInsert(socket, 'log', { id: 2, text: 'b' }, { at: 2, limit: 5 })
    streamInsert(socket, 'log', { id: 3, text: 'c' }, { at: 1 })
    streamInsert(socket, 'log', { id: 4, text: 'd' }, { updateOnly: true })
  })
  t.match(sent, {
    0: {
      k: { 0: entry(1, 'a'), 1: entry(3, 'c'), 2: entry(2, 'b'), kc: 3 },
      stream: [
        '0',
        [
          ['log-2', -1, 5, false],
          ['log-3', -1, null, false],
          ['log-1', -1, null, null],
        ],
        [],
      ],
    },
  })
  t.match(log.html, /log-1.*log-3.*log-2/)
})

t.test('entries may change their template: those on the page stay', async (t) => {
  let isLoud = false
  const loud = ({ text }: Line, domId: string) => html`<li id=${domId}><b>${text}</b></li>`
  const log = new LogPage(
    [{ id: 1, text: 'a' }],
    (items) => html`<ol id="log" phx-update="stream">${each(items, (one, id) => (isLoud ? loud : line)(one, id))}</ol>`,
  )
  log.after(() => {})
  isLoud = true
  t.match(
    log.after((socket) => streamInsert(socket, 'log', { id: 2, text: 'b' })),
    {
      0: { s: ['<li', '><b>', '</b></li>'], k: { kc: 1 } },
    },
  )
  t.equal(log.html, '<ol id="log" phx-update="stream"><li id="log-1">a</li><li id="log-2"><b>b</b></li></ol>')
})

t.test('LV-117 a stream is shown once, by each, and is no list', async (t) => {
  const problemOf = (show: (log: LiveStream<Line>) => unknown): unknown => {
    try {
      return new LogPage([], (log) => html`<ol id="log" phx-update="stream">${show(log)}</ol>`).after(() => {})
    } catch (error) {
      return error
    }
  }
  for (const [show, message] of [
    [(log) => [...(log as unknown as Line[])], /BEAMISH_STREAM_READ: the stream log holds no/],
    [(log) => log, /BEAMISH_INVALID_VALUE.*Show a stream with each\(stream/],
    [(log) => each(log as never, String, line as never), /each of a stream expects each\(streams.log, .*function line/],
    [(log) => each(log, 'item' as never), /each of a stream expects .* got "item"/],
    [(log) => [each(log, line), each(log, line)], /BEAMISH_DUPLICATE_STREAM: the stream log/],
    [() => each(undefined as never, line), /is stream\(socket, 'name', \[\]\) missing in mount\?/],
    [() => each([] as never, line), /each of a list expects each\(items, .*got undefined/],
  ] satisfies [(log: LiveStream<Line>) => unknown, RegExp][]) {
    t.match(problemOf(show), { message })
  }
})
