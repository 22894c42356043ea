import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Token } from '../../../src/endpoint/index.ts'
import {
  allowUpload,
  consumeUploadedEntries,
  html,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  type UploadConfig,
  type Uploads,
} from '../../../src/live-view/index.ts'
import { withRuntime } from '../../../src/testing/index.ts'
import { SECRET, startLive } from '../../support/live-endpoint.ts'
import type { RawClient, RawFrame } from '../../support/raw-client.ts'
import { connectPage, joinPage, loadPage, type RawPage } from '../../support/raw-page.ts'

// Uploads frame by frame: what the client says, and what an attacker may.

type Uploading = { uploads: Uploads<'doc'>; said: string }

const DocLive = LiveView.define({
  module: 'DocLive',
  mount: (_params, _session, socket: LiveViewSocket<Uploading>) => {
    socket.assign({ said: '' })
    allowUpload(socket, 'doc', { accept: ['.txt'], maxEntries: 2, maxFileSize: 100, chunkSize: 4 })
  },
  handleEvent: {
    validate: () => {},
    save: async (_value, socket) => {
      const saved = await consumeUploadedEntries(socket, 'doc', ({ path }, { clientName }) =>
        ok(`${clientName} at ${path}: ${readFileSync(path, 'utf8')}`),
      )
      socket.assign({ said: saved.join() })
    },
  },
  render: ({ uploads, said }) =>
    html`<form id="f" phx-change="validate" phx-submit="save">${liveFileInput(uploads.doc)}<p>${namesOf(uploads.doc)}${said}</p></form>`,
})

function namesOf({ entries }: UploadConfig): string {
  return entries.map(({ clientName }) => clientName).join()
}

interface Joined {
  readonly port: number
  readonly page: RawPage
  readonly client: RawClient
  /** The ref of its upload. */
  readonly ref: string
  /** Asks something of the view. @returns the answer. */
  ask(event: string, payload: unknown): Promise<unknown>
}

async function open(port: number): Promise<Joined> {
  const page = await loadPage(port, '/doc')
  const client = await connectPage(port, page)
  const answer = JSON.stringify(await joinPage(client, page, `http://127.0.0.1:${port}/doc`))
  const ref = /data-phx-upload-ref=\\"(phx-[\w-]+)/.exec(answer)?.[1] ?? ''
  let refs = 100
  const ask = async (event: string, payload: unknown) => {
    const wanted = String(refs++)
    client.send('1', wanted, `lv:${page.id}`, event, payload as object)
    return await answerTo(client, wanted)
  }
  return { port, page, client, ref, ask }
}

async function answerTo(client: RawClient, ref: string): Promise<unknown> {
  for (;;) {
    const frame = (await client.next()) as RawFrame
    if (frame[1] === ref && frame[3] === 'phx_reply') return frame[4]
  }
}

function joinUpload(client: RawClient, topic: string, params: unknown, ref = `j${topic}`): Promise<unknown> {
  client.send(ref, ref, topic, 'phx_join', params)
  return answerTo(client, ref)
}

function sendChunk(client: RawClient, topic: string, bytes: Uint8Array, ref: string, joinRef = `j${topic}`): void {
  const fields = [joinRef, ref, topic, 'chunk'].map((field) => Buffer.from(field))
  client.socket.send(Buffer.concat([Buffer.from([0, ...fields.map(({ length }) => length)]), ...fields, bytes]))
}

async function chunk(client: RawClient, topic: string, text: string, ref: string, joinRef?: string): Promise<unknown> {
  sendChunk(client, topic, Buffer.from(text), ref, joinRef)
  return await answerTo(client, ref)
}

const file = (ref: string, more: object = {}) => ({
  ref,
  name: `${ref}.txt`,
  type: 'text/plain',
  size: 6,
  last_modified: 1,
  relative_path: '',
  ...more,
})
const OK = { status: 'ok', response: {} }
const refusedBecause = (reason: string) => ({ status: 'error', response: { reason } })

async function inWorld(body: (port: number) => Promise<void>): Promise<void> {
  await withRuntime(async () => {
    const { port } = await startLive((route) => route.live('/doc', DocLive))
    await body(port)
  })
}

/** Asks for tokens. */
async function tokens({ ref, ask }: Joined, ...files: object[]): Promise<Record<string, string>> {
  const answer = (await ask('allow_upload', { ref, entries: files })) as {
    response: { entries: Record<string, string> }
  }
  return answer.response.entries
}

t.test('LV-140 LV-142 the conversation of an upload, as the client holds it', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client, ref, ask } = joined
    const change = { type: 'form', event: 'validate', value: '', meta: { _target: 'doc' } }
    t.match(await ask('event', { ...change, uploads: { [ref]: [{ path: 'doc', ...file('0') }] } }), {
      status: 'ok',
      response: { diff: { 0: { 4: ' data-phx-active-refs="0"' }, 1: '0.txt' } },
    })
    const answer = await ask('allow_upload', { ref, entries: [file('0')] })
    t.match(answer, {
      status: 'ok',
      response: {
        ref,
        config: { max_file_size: 100, max_entries: 2, chunk_size: 4, chunk_timeout: 10_000 },
        entries: { 0: /^[\w.-]+$/ },
        errors: {},
        diff: { 0: { 6: ' data-phx-preflighted-refs="0"' } },
      },
    })
    const { entries } = (answer as { response: { entries: Record<string, string> } }).response
    t.same(await joinUpload(client, 'lvu:0', { token: entries['0'] }), OK)
    t.same(await chunk(client, 'lvu:0', 'abcd', 'c1'), OK)
    t.match(await ask('progress', { event: null, ref, entry_ref: '0', progress: 66 }), { status: 'ok' })
    t.same(await chunk(client, 'lvu:0', 'ef', 'c2'), OK)
    t.match(await ask('progress', { event: null, ref, entry_ref: '0', progress: 100 }), { status: 'ok' })
    const saved = JSON.stringify(await ask('event', { type: 'form', event: 'save', value: '' }))
    t.match(saved, /0\.txt at \S+: abcdef/)
    t.match(await client.next(), ['1', null, /^lv:/, 'diff', { 1: '' }], 'the entry leaves with a message of its own')
    t.ok(client.received.some((frame) => (frame as RawFrame)[2] === 'lvu:0' && (frame as RawFrame)[3] === 'phx_close'))
    client.close()
  }),
)

t.test('LV-142 a file without bytes is complete with an empty chunk', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client, ask, ref } = joined
    const entries = await tokens(joined, file('0', { size: 0 }))
    t.same(await joinUpload(client, 'lvu:0', { token: entries['0'] }), OK)
    t.same(await chunk(client, 'lvu:0', '', 'c1'), OK)
    await ask('progress', { ref, entry_ref: '0', progress: 100 })
    t.match(JSON.stringify(await ask('event', { type: 'form', event: 'save', value: '' })), /0\.txt at \S+: "/)
    client.close()
  }),
)

t.test('LV-141 who may upload: a token of this page, once', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client } = joined
    const entries = await tokens(joined, file('0'), file('1'))
    const token = String(entries['0'])
    const [version, data] = opened(t, token)
    const sign = (what: unknown, ...rest: [object?]) => Token.sign(SECRET, 'live view upload', what as never, ...rest)
    const old = Date.now() / 1000 - 15 * 86_400
    const invalid: Record<string, unknown> = {
      none: {},
      'no object': 'token',
      garbage: { token: 'garbage' },
      'not a text': { token: 7 },
      'another secret': { token: Token.sign(SECRET.toUpperCase(), 'live view upload', [version, data] as never) },
      'another kind': { token: Token.sign(SECRET, 'live view session', [version, data] as never) },
      'another version': { token: sign([Number(version) + 1, data]) },
      'too old': { token: sign([version, data], { signedAtSeconds: old }) },
      'another shape': { token: sign([version, { ...data, cid: 'one' }]) },
    }
    for (const [name, params] of Object.entries(invalid))
      t.same(await joinUpload(client, 'lvu:0', params), refusedBecause('invalid_token'), name)
    const disallowed: Record<string, unknown> = {
      'an unknown view': { ...data, view: 'unknown' },
      'an unknown upload': { ...data, uploadRef: 'phx-unknown' },
      'an unknown entry': { ...data, entryRef: '77' },
      'an unknown component': { ...data, cid: 77 },
    }
    for (const [name, said] of Object.entries(disallowed))
      t.same(await joinUpload(client, 'lvu:0', { token: sign([version, said]) }), refusedBecause('disallowed'), name)
    t.same(await joinUpload(client, 'lvu:0', { token }), OK)
    t.same(await joinUpload(client, 'lvu:9', { token }), refusedBecause('already_registered'))
    const stranger = await open(port)
    t.same(await joinUpload(stranger.client, 'lvu:1', { token: entries['1'] }), refusedBecause('disallowed'), 'stolen')
    stranger.client.close()
    client.close()
  }),
)

function opened(t: Test, token: string): [unknown, Record<string, unknown>] {
  const result = Token.verify(SECRET, 'live view upload', token, { maxAgeSeconds: 'infinity' })
  if (result.type === 'ok') return result.data as [unknown, Record<string, unknown>]
  t.fail('the token could not be read')
  return [0, {}]
}

t.test('LV-141 what is too large has no token, and what was cancelled is disallowed', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client, ref, ask } = joined
    t.match(await ask('allow_upload', { ref, entries: [file('0', { size: 101 })] }), {
      response: { ref, error: [['0', 'too_large']] },
    })
    client.close()
    const second = await open(port)
    const entries = await tokens(second, file('0'), file('1'))
    t.same(await joinUpload(second.client, 'lvu:0', { token: entries['0'] }), OK)
    second.client.send('jlvu:0', 'leave', 'lvu:0', 'phx_leave', {})
    t.same(await answerTo(second.client, 'leave'), OK)
    t.match(await second.ask('event', { type: 'click', event: 'validate', value: {} }), { status: 'ok' })
    // The one that has left is gone when its file is deleted: until then its place is taken.
    let refused = await joinUpload(second.client, 'lvu:0', { token: entries['0'] }, 'again')
    for (let n = 0; JSON.stringify(refused).includes('already_registered') && n < 100; n++)
      refused = await joinUpload(second.client, 'lvu:0', { token: entries['0'] }, `again${n}`)
    t.same(refused, refusedBecause('disallowed'))
    second.client.close()
  }),
)

t.test('LV-139 files for an upload that there is not are ignored, and the event is handled', (t) =>
  inWorld(async (port) => {
    const { client, ask } = await open(port)
    const event = { type: 'form', event: 'validate', value: '', meta: {}, uploads: { 'phx-stale': [file('0')] } }
    t.same(await ask('event', event), OK)
    client.close()
  }),
)

t.test('LV-156 what no client of ours would say of uploads is answered with an error, and the view lives', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client, ref, ask } = joined
    const bad = refusedBecause('bad request')
    const wrongFiles: Record<string, unknown> = {
      'no list': {},
      'no objects': ['0'],
      'no name': [file('0', { name: undefined })],
      'a ref that is a number': [file('0', { ref: 0 })],
      'an empty ref': [file('')],
      'a ref with a comma': [file('0,1')],
      'a ref without end': [file('0'.repeat(101))],
      'a name without end': [file('0', { name: 'a'.repeat(5000) })],
      'a size that is a text': [file('0', { size: '6' })],
      'a type that is none': [file('0', { type: null })],
      'a meta without end': [file('0', { meta: ['x'.repeat(100_000)] })],
      'a path that is none': [file('0', { relative_path: 7 })],
      'more than anybody chooses': Array.from({ length: 20_001 }, () => 0),
    }
    for (const [name, files] of Object.entries(wrongFiles)) {
      const event = { type: 'form', event: 'validate', value: '', uploads: { [ref]: files } }
      t.same(await ask('event', event), bad, `event: ${name}`)
      t.same(await ask('allow_upload', { ref, entries: files }), bad, `allow_upload: ${name}`)
    }
    t.same(await ask('event', { type: 'form', event: 'validate', value: '', uploads: [] }), bad)
    t.same(await ask('event', { type: 'form', event: 'validate', value: '', uploads: 'all' }), bad)
    for (const payload of [
      {},
      { ref },
      { ref: 7, entries: [] },
      { ref: 'phx-x', entries: [] },
      { ref: { toString: 1, valueOf: 1 }, entries: [] },
      { ref, entries: [], cid: 'x' },
    ])
      t.same(await ask('allow_upload', payload), bad, JSON.stringify(payload))
    for (const payload of [{}, { ref, entry_ref: '0', progress: -1 }, { ref, entry_ref: '0', progress: 1e9 }])
      t.same(await ask('progress', payload), bad, JSON.stringify(payload))
    t.match(
      await ask('allow_upload', { ref, entries: [file('0')] }),
      { status: 'ok', response: { ref } },
      'still there',
    )
    client.close()
  }),
)

t.test('LV-156 chunks where none are wanted harm nobody', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client, page, ask, ref } = joined
    const entries = await tokens(joined, file('0'))
    t.same(
      await chunk(client, 'lvu:0', 'abcd', 'c0'),
      refusedBecause('unmatched topic'),
      'of a topic that nobody joined',
    )
    t.same(await joinUpload(client, 'lvu:0', { token: entries['0'] }), OK)
    client.send('jlvu:0', 'x1', 'lvu:0', 'chunk', { bytes: 'abcd' })
    t.same(await answerTo(client, 'x1'), refusedBecause('bad request'), 'no bytes')
    client.send('jlvu:0', 'x2', 'lvu:0', 'other', {})
    t.same(await answerTo(client, 'x2'), refusedBecause('bad request'), 'no chunk')
    t.same(await chunk(client, 'lvu:0', 'abcdef', 'c1'), OK, 'the upload goes on')
    t.match(await ask('progress', { ref, entry_ref: '0', progress: 100 }), { status: 'ok' })
    t.same(await chunk(client, 'lvu:0', 'x', 'c2'), {
      status: 'error',
      response: { reason: 'file_size_limit_exceeded', limit: 6 },
    })
    t.same(await chunk(client, `lv:${page.id}`, 'abcd', 'c3', '1'), refusedBecause('bad request'), 'to a view')
    t.match(await ask('event', { type: 'form', event: 'save', value: '' }), { status: 'ok' })
    client.close()
  }),
)

t.test('names of files are never paths of ours', (t) =>
  inWorld(async (port) => {
    const joined = await open(port)
    const { client, ask, ref } = joined
    const name = '../../../../tmp/beamish-evil.txt'
    const entries = await tokens(joined, file('0', { name, relative_path: '../../../x', size: 2 }))
    t.same(await joinUpload(client, 'lvu:0', { token: entries['0'] }), OK)
    t.same(await chunk(client, 'lvu:0', 'ab', 'c1'), OK)
    await ask('progress', { ref, entry_ref: '0', progress: 100 })
    const saved = JSON.stringify(await ask('event', { type: 'form', event: 'save', value: '' }))
    const path = / at (\S+): ab/.exec(saved)?.[1] ?? ''
    t.match(path.slice(tmpdir().length), /^\/beamish-upload-[\w-]+$/)
    t.notOk(existsSync(join(tmpdir(), 'beamish-evil.txt')))
    t.ok(readdirSync(tmpdir()).every((entry) => !entry.includes('evil')))
    client.close()
  }),
)
