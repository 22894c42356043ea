import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { ReadableStream } from 'node:stream/web'
import type { Test } from 'tap'
import type { OutgoingMessage } from '../../src/channel/connection.ts'
import type { Body, IncomingRequest, Respond, ServerAdapter, Upgrade } from '../../src/endpoint/adapter.ts'
import type { SlowClientAnswer, SlowClientOption } from '../../src/endpoint/backlog.ts'
import { PathPattern } from '../../src/endpoint/path-pattern.ts'
import type { Frame } from '../../src/wire/serializer.ts'
import { freePort } from '../support/free-port.ts'
import { Gate } from '../support/gate.ts'
import { Accepted, type AdapterCase, acceptClient, type Client, type Rig, startRig } from './server-adapter-rig.ts'

/** The cases that every server passes, with and without TLS. */
export function serverAdapterContract(t: Test, adapter: ServerAdapter): void {
  for (const isSecure of [false, true]) {
    const under: AdapterCase = { adapter, isSecure }
    const { name } = adapter
    const over = isSecure ? 'with TLS' : 'without TLS'
    t.test(`${name} answers requests ${over}`, (t) => requests(t, under))
    t.test(`${name} reads bodies ${over}`, (t) => bodies(t, under))
    t.test(`${name} sends streams ${over}`, (t) => streams(t, under))
    t.test(`${name} survives what goes wrong ${over}`, (t) => failures(t, under))
    t.test(`${name} upgrades ${over}`, (t) => upgrades(t, under))
    t.test(`${name} carries frames ${over}`, (t) => frames(t, under))
    t.test(`${name} publishes ${over}`, (t) => publishing(t, under))
    t.test(`${name} limits what clients do ${over}`, (t) => limits(t, under))
    t.test(`${name} has an answer to slow clients ${over}`, (t) => slowClients(t, under))
    t.test(`${name} starts and stops ${over}`, (t) => lifecycle(t, under))
  }
  t.end()
}

/** A turn of the event loop, for what has been written to arrive somewhere. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function requests(t: Test, under: AdapterCase): Promise<void> {
  t.test('the endpoint is told what was asked, as it was written', async (t) => {
    const seen: IncomingRequest[] = []
    const rig = await startRig(t, under, {
      request: (request, respond) => {
        seen.push(request)
        respond({ status: 200, headers: { 'x-answer': 'yes' }, body: 'hello' })
      },
    })
    const headers = { 'X-Thing': ['a', 'b'], Cookie: ['c=1', 'd=2'] }
    const answer = await rig.fetch('/a%20b/%C3%A9?q=%zz&r', { method: 'PUT', headers, body: 'x' })
    t.match(answer, { status: 200, body: 'hello', headers: { 'x-answer': 'yes', 'content-length': '5' } })
    t.match(seen, [
      {
        method: 'PUT',
        path: '/a%20b/%C3%A9',
        query: 'q=%zz&r',
        remoteAddress: /127\.0\.0\.1$/,
        isSecure: under.isSecure,
        headers: { 'x-thing': 'a, b', cookie: 'c=1; d=2' },
      },
    ])
    t.equal(seen[0]?.pass, undefined)
  })

  t.test('a request without a query, or with an empty one, has an empty one', async (t) => {
    const seen: string[] = []
    const rig = await startRig(t, under, {
      request: ({ path, query }, respond) => {
        seen.push(path, query)
        respond({ status: 200 })
      },
    })
    await rig.fetch('/')
    await rig.fetch('/?')
    t.same(seen, ['/', '', '/', ''])
  })

  t.test('an answer may come later, and only once', async (t) => {
    const outcomes: boolean[] = []
    const rig = await startRig(t, under, {
      request: async (_request, respond) => {
        await turn()
        outcomes.push(respond({ status: 201, body: 'first' }), respond({ status: 202, body: 'second' }))
      },
    })
    t.match(await rig.fetch('/'), { status: 201, body: 'first' })
    t.same(outcomes, [true, false])
  })

  t.test('bytes, headers that come several times, and any status', async (t) => {
    const rig = await startRig(t, under, {
      request: (_request, respond) => {
        const headers = { 'set-cookie': ['a=1', 'b=2'], 'x-latin': 'caf\xe9' }
        respond({ status: 418, headers, body: new Uint8Array([104, 105]) })
      },
    })
    const { status, headers, body } = await rig.fetch('/')
    t.same([status, headers['set-cookie'], headers['x-latin'], body], [418, ['a=1', 'b=2'], 'caf\xe9', 'hi'])
  })

  t.test('how a body is delimited is for the server to say', async (t) => {
    const rig = await startRig(t, under, {
      request: (_request, respond) => {
        const headers = { 'Content-Length': '99', 'transfer-encoding': 'chunked', connection: 'close' }
        respond({ status: 200, headers, body: 'four' })
      },
    })
    t.match(await rig.fetch('/'), { status: 200, body: 'four', headers: { 'content-length': '4' } })
  })

  t.test('HEAD is told the length, 204 and 304 nothing, and the connection goes on', async (t) => {
    const rig = await startRig(t, under, {
      request: ({ path }, respond) => {
        if (path === '/length') respond({ status: 200, contentLength: 7 })
        else if (path === '/body') respond({ status: 200, body: 'abc' })
        else if (path === '/header') respond({ status: 200, headers: { 'content-length': '12' } })
        else if (path === '/204') respond({ status: 204, body: 'not this' })
        else if (path === '/304') respond({ status: 304, headers: { etag: '"x"' }, body: 'nor this' })
        else respond({ status: 200, body: 'more' })
      },
    })
    const agent = rig.agent()
    t.teardown(() => agent.destroy())
    const head = async (path: string, method = 'HEAD') => {
      const { status, headers, body } = await rig.fetch(path, { method, agent })
      return [status, headers['content-length'], body]
    }
    t.same(await head('/length'), [200, '7', ''])
    t.same(await head('/body'), [200, '3', ''])
    t.same(await head('/header'), [200, '12', ''])
    t.same(await head('/204', 'GET'), [204, undefined, ''])
    t.same(await head('/304', 'GET'), [304, undefined, ''])
    t.same(await head('/', 'GET'), [200, '4', 'more'])
  })

  t.test('who waits for an answer hears that the client has gone', async (t) => {
    const held = new Gate()
    let waiting: { request: IncomingRequest; respond: Respond } | undefined
    const rig = await startRig(t, under, {
      request: (request, respond) => {
        waiting = { request, respond }
        held.open()
      },
    })
    const [client] = rig.send('/', { method: 'POST' })
    client.end('a body that nobody asked for')
    await held.opened
    const gone = new Gate()
    waiting?.request.onGone(gone.open)
    client.destroy()
    await gone.opened
    t.equal(waiting?.respond({ status: 200, body: 'too late' }), false)
    const again = new Gate()
    waiting?.request.onGone(again.open)
    await again.opened
  })

  t.test('who got the answer has not gone', async (t) => {
    let gone = 0
    const rig = await startRig(t, under, {
      request: (request, respond) => {
        request.onGone(() => gone++)
        respond({ status: 200 })
      },
    })
    await rig.fetch('/')
    await turn()
    t.equal(gone, 0)
  })
}

// ── Bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function bodies(t: Test, under: AdapterCase): Promise<void> {
  const sizeOf = (body: Body) => (typeof body === 'string' ? body : String(body.byteLength))
  /** Reads up to a million bytes, and says how many there were. */
  const measure = async (request: IncomingRequest, respond: Respond): Promise<void> => {
    const body = await request.body(1_000_000)
    respond({ status: body === 'tooLarge' ? 413 : 200, body: sizeOf(body) })
  }

  t.test('a body comes whole, or is too large', async (t) => {
    const rig = await startRig(t, under, { request: measure })
    const agent = rig.agent()
    t.teardown(() => agent.destroy())
    for (const size of [0, 1, 70_000, 1_000_000]) {
      t.match(await rig.fetch('/', { method: 'POST', body: Buffer.alloc(size), agent }), {
        status: 200,
        body: `${size}`,
      })
    }
    const large = await rig.fetch('/', { method: 'POST', body: Buffer.alloc(3_000_000), agent })
    t.match(large, { status: 413, body: 'tooLarge' })
    t.match(await rig.fetch('/', { agent }), { status: 200, body: '0' }, 'the connection goes on')
  })

  t.test('a body that comes in pieces is one', async (t) => {
    let text = ''
    const rig = await startRig(t, under, {
      request: async (request, respond) => {
        text = Buffer.from((await request.body(100)) as Uint8Array).toString()
        respond({ status: 200 })
      },
    })
    const [client, answered] = rig.send('/', { method: 'POST' })
    client.write('piece ')
    await turn()
    client.write('by ')
    await turn()
    client.end('piece')
    t.equal((await answered).statusCode, 200)
    t.equal(text, 'piece by piece')
  })

  t.test('a body waits until it is asked for', async (t) => {
    const asking = new Gate()
    const rig = await startRig(t, under, {
      request: async (request, respond) => {
        await asking.opened
        await measure(request, respond)
      },
    })
    const [client, answered] = rig.send('/', { method: 'POST' })
    client.end(Buffer.alloc(900_000))
    for (let i = 0; i < 20; i++) await turn()
    asking.open()
    const response = await answered
    t.equal(String((await response.toArray())[0]), '900000')
  })

  t.test('a body that nobody asks for does not hold up the answer, nor the next request', async (t) => {
    const rig = await startRig(t, under, {
      request: async (request, respond) => {
        for (let i = 0; i < 20; i++) await turn()
        if (request.method === 'POST') respond({ status: 200, body: 'not read' })
        else await measure(request, respond)
      },
    })
    const agent = rig.agent()
    t.teardown(() => agent.destroy())
    const post = { method: 'POST', body: Buffer.alloc(2_000_000), agent }
    t.match(await rig.fetch('/', post), { status: 200, body: 'not read' })
    t.match(await rig.fetch('/', { method: 'PUT', body: 'xyz', agent }), { status: 200, body: '3' })
  })

  t.test('a client that goes half-way through its body is gone', async (t) => {
    const half = new Gate()
    let body: Promise<Body> | undefined
    const rig = await startRig(t, under, {
      request: (request) => {
        body = request.body(1000)
        half.open()
      },
    })
    const [client] = rig.send('/', { method: 'POST', headers: { 'content-length': '100' } })
    client.write('only this')
    await half.opened
    client.destroy()
    t.equal(await body, 'gone')
  })
}

// ── Streams ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function streams(t: Test, under: AdapterCase): Promise<void> {
  const bytes = (text: string) => new TextEncoder().encode(text)

  t.test('each piece of a stream goes out when it is there', async (t) => {
    const second = new Gate()
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(bytes('first '))
        await second.opened
        controller.enqueue(bytes(''))
        controller.enqueue(bytes('second'))
        controller.close()
      },
    })
    const rig = await startRig(t, under, { request: (_request, respond) => void respond({ status: 200, body }) })
    const agent = rig.agent()
    t.teardown(() => agent.destroy())
    const [client, answered] = rig.send('/', { agent })
    client.end()
    const response = await answered
    t.equal(response.headers['content-length'], undefined)
    const chunks: string[] = []
    for await (const chunk of response) {
      chunks.push(String(chunk))
      second.open()
    }
    t.equal(chunks.join(''), 'first second')
    t.ok(response.complete)
  })

  t.test(
    'a stream of a known length says so, whole and in large pieces, and the connection is used again',
    async (t) => {
      const streamOf = (pieces: number, bytes: number) => {
        let left = pieces
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            controller.enqueue(new Uint8Array(bytes).fill(left))
            if (--left === 0) controller.close()
          },
        })
      }
      const rig = await startRig(t, under, {
        request: ({ path }, respond) => {
          if (path === '/small') respond({ status: 200, body: streamOf(3, 2), contentLength: 6 })
          else if (path === '/large') respond({ status: 206, body: streamOf(20, 1_000_000), contentLength: 20_000_000 })
          else respond({ status: 200, body: streamOf(1, 1), contentLength: 0 })
        },
      })
      const agent = rig.agent()
      t.teardown(() => agent.destroy())
      const ports: unknown[] = []
      const get = async (path: string): Promise<[status: unknown, length: unknown, body: Buffer]> => {
        const [client, answered] = rig.send(path, { agent })
        client.end()
        const response = await answered
        ports.push(client.socket?.localPort)
        for (let i = 0; i < 200; i++) await turn() // the server has to wait
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        return [response.statusCode, response.headers['content-length'], Buffer.concat(chunks)]
      }
      t.same(await get('/small'), [200, '6', Buffer.from([3, 3, 2, 2, 1, 1])])
      const [status, length, body] = await get('/large')
      t.same([status, length, body.length], [206, '20000000', 20_000_000])
      t.ok(body.every((byte, at) => byte === 20 - Math.floor(at / 1_000_000)))
      t.same(await get('/none'), [200, '0', Buffer.alloc(0)])
      t.same(await get('/small'), [200, '6', Buffer.from([3, 3, 2, 2, 1, 1])])
      t.equal(new Set(ports).size, 1)
      t.same(rig.failures, [])
    },
  )

  t.test('a stream of another length than it says is told, and the client sees that it has not got all', async (t) => {
    const rig = await startRig(t, under, {
      request: ({ path }, respond) => {
        const pieces = path === '/short' ? ['four'] : ['four', ' more']
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const piece of pieces) controller.enqueue(bytes(piece))
            controller.close()
          },
        })
        respond({ status: 200, body, contentLength: 7 })
      },
    })
    await t.rejects(rig.fetch('/short'), { code: 'ECONNRESET' })
    await t.rejects(rig.fetch('/long'), { code: 'ECONNRESET' })
    t.match(rig.failures, [
      { error: { code: 'BEAMISH_BAD_ARGUMENT', message: /7 bytes.*4 bytes/s }, request: { path: '/short' } },
      { error: { code: 'BEAMISH_BAD_ARGUMENT', message: /7 bytes.*9 bytes/s }, request: { path: '/long' } },
    ])
  })

  t.test('a stream is read as fast as the client takes it, and cancelled when the client goes', async (t) => {
    const cancelled = new Gate()
    let pieces = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pieces++
        controller.enqueue(new Uint8Array(100_000))
      },
      cancel: () => cancelled.open(),
    })
    const rig = await startRig(t, under, { request: (_request, respond) => void respond({ status: 200, body }) })
    const [client, answered] = rig.send('/')
    client.end()
    const response = await answered
    response.pause()
    let before = -1
    while (before !== pieces) {
      before = pieces
      for (let i = 0; i < 200; i++) await turn()
    }
    t.ok(pieces > 0 && pieces < 1000, `${pieces} pieces of 100 kB, and then it waited`)
    client.destroy()
    await cancelled.opened
  })

  t.test('a stream that has nothing more to say is cancelled when the client goes', async (t) => {
    const cancelled = new Gate()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes('first')),
      cancel: () => cancelled.open(),
    })
    const rig = await startRig(t, under, { request: (_request, respond) => void respond({ status: 200, body }) })
    const [client, answered] = rig.send('/')
    client.end()
    const response = await answered
    t.equal(String((await once(response, 'data'))[0]), 'first')
    client.destroy()
    await cancelled.opened
  })

  t.test('a stream that fails breaks the connection, and is told', async (t) => {
    const error = new Error('the disk is gone')
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes('half')),
      pull: (controller) => controller.error(error),
    })
    const rig = await startRig(t, under, { request: (_request, respond) => void respond({ status: 200, body }) })
    await t.rejects(rig.fetch('/x'), { code: 'ECONNRESET' })
    t.match(rig.failures, [{ error, request: { path: '/x' } }])
  })

  t.test('a stream that is not wanted is cancelled', async (t) => {
    const cancelled = [new Gate(), new Gate()]
    const bodies = cancelled.map((gate) => new ReadableStream<Uint8Array>({ cancel: () => gate.open() }))
    const rig = await startRig(t, under, {
      request: (_request, respond) => {
        t.equal(respond({ status: 200, body: bodies[0]! }), true)
        t.equal(respond({ status: 200, body: bodies[1]! }), false)
      },
    })
    t.match(await rig.fetch('/', { method: 'HEAD' }), { status: 200, body: '' })
    await Promise.all(cancelled.map(({ opened }) => opened))
  })
}

// ── Failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function failures(t: Test, under: AdapterCase): Promise<void> {
  t.test('what a callback throws is a 500, and is told', async (t) => {
    const error = new Error('a mistake')
    const rig = await startRig(t, under, {
      request: ({ path }, respond) => {
        if (path === '/late') respond({ status: 200, body: 'answered' })
        throw error
      },
      upgrade: () => {
        throw error
      },
    })
    t.match(await rig.fetch('/bad'), { status: 500, body: '' })
    t.match(await rig.fetch('/late'), { status: 200, body: 'answered' })
    t.equal(await refusal(rig.client('/socket')), 500)
    t.match(rig.failures, [
      { error, request: { path: '/bad' } },
      { error, request: { path: '/late' } },
      { error, request: { path: '/socket' } },
    ])
  })

  t.test('an answer that cannot be sent is refused, and another may be given', async (t) => {
    const rig = await startRig(t, under, {
      request: ({ path }, respond) => {
        if (path === '/split') respond({ status: 200, headers: { 'x-user': 'a\r\nset-cookie: evil=1' } })
        else if (path === '/name') respond({ status: 200, headers: { 'x user': 'a' } })
        else respond({ status: 42 })
      },
    })
    for (const path of ['/split', '/name', '/status']) {
      const { status, headers } = await rig.fetch(path)
      t.same([status, headers['set-cookie']], [500, undefined], path)
    }
    t.match(
      rig.failures.map(({ error }) => (error as { code: string }).code),
      ['BEAMISH_BAD_ARGUMENT', 'BEAMISH_BAD_ARGUMENT', 'BEAMISH_BAD_ARGUMENT'],
    )
  })
}

// ── WebSockets ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The status of the answer to a client that is not let in. */
async function refusal(client: Client): Promise<number> {
  const [, response] = await once(client.socket, 'unexpected-response')
  response.resume()
  return response.statusCode
}

async function upgrades(t: Test, under: AdapterCase): Promise<void> {
  t.test('a client is accepted on its path, which may hold variables', async (t) => {
    const rig = await startRig(t, under, { routes: ['/socket', '/:tenant/ws', '/fixed/ws'] })
    const paths: string[] = []
    for (const path of ['/socket?a=1', '/acme/ws', '/fixed/ws']) {
      const [client, half] = await rig.pair(path)
      t.ok(half.connection.isOpen)
      t.equal(half.request.isSecure, under.isSecure)
      paths.push(`${half.request.path}?${half.request.query}`)
      client.socket.close()
      await half.closeCode()
    }
    t.same(paths, ['/socket?a=1', '/acme/ws?', '/fixed/ws?'])
  })

  t.test('of two paths that match, the one that is written out has the client', async (t) => {
    const taken: string[] = []
    const { adapter } = under
    const route = (path: string) => ({
      path: new PathPattern(path),
      maxFrameBytes: 1000,
      compress: false,
      maxBufferedBytes: 1000,
      slowClient: 'close' as const,
      overflowed: () => {},
      failed: () => {},
      upgrade: (upgrade: Upgrade) => {
        taken.push(path)
        upgrade.refuse({ status: 403 })
      },
    })
    const rig = await startRig(t, {
      ...under,
      adapter: {
        name: adapter.name,
        start: (options) => adapter.start({ ...options, webSockets: [route('/:any/ws'), route('/fixed/ws')] }),
      },
    })
    t.equal(await refusal(rig.client('/fixed/ws')), 403)
    t.equal(await refusal(rig.client('/other/ws')), 403)
    t.same(taken, ['/fixed/ws', '/:any/ws'])
  })

  t.test('what is no WebSocket of ours is a request', async (t) => {
    const rig = await startRig(t, under)
    t.match(await rig.fetch('/socket'), { status: 404, body: 'not here' })
    t.match(await rig.fetch('/socket', { method: 'POST', body: 'x' }), { status: 404, body: 'not here' })
    t.equal(await refusal(rig.client('/elsewhere')), 404)
    const headers = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    t.match(await rig.fetch('/socket', { headers }), { status: 404, body: 'not here' }, 'a key is missing')
    t.match(await rig.fetch('/', { headers: { connection: 'upgrade', upgrade: 'h2c' } }), { status: 404 })
    t.equal(rig.accepted.length, 0)
  })

  t.test('a client is refused with any answer', async (t) => {
    const rig = await startRig(t, under, {
      upgrade: (upgrade) => {
        t.equal(upgrade.refuse({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' }), true)
        t.equal(upgrade.refuse({ status: 403 }), false)
        t.equal(acceptClient(upgrade), undefined)
      },
    })
    const { socket } = rig.client('/socket')
    const [, response] = await once(socket, 'unexpected-response')
    t.same(
      [response.statusCode, response.headers['retry-after'], String(await response.toArray())],
      [429, '7', 'slow down'],
    )
  })

  t.test('yes and no may come later', async (t) => {
    const late = new Gate()
    const halves: Accepted[] = []
    const rig = await startRig(t, under, {
      upgrade: async (upgrade) => {
        await late.opened
        if (upgrade.request.query === 'no') upgrade.refuse({ status: 403 })
        else {
          const half = acceptClient(upgrade, halves)
          half?.connection.send('welcome')
          t.equal(acceptClient(upgrade), undefined)
          t.equal(upgrade.refuse({ status: 500 }), false)
        }
      },
    })
    const [yes, no] = [rig.client('/socket'), rig.client('/socket?no')]
    const refused = refusal(no)
    for (let i = 0; i < 10; i++) await turn()
    late.open()
    t.same(await yes.take(1), ['welcome'])
    t.equal(await refused, 403)
    yes.socket.send('thanks')
    t.same(await halves[0]?.take(1), ['thanks'])
  })

  t.test('a client that has gone meanwhile is neither accepted nor refused', async (t) => {
    const asked = new Gate()
    let waiting: Upgrade | undefined
    const rig = await startRig(t, under, {
      upgrade: (upgrade) => {
        waiting = upgrade
        asked.open()
      },
    })
    const client = rig.client('/socket')
    await asked.opened
    client.raw?.destroy()
    client.socket.terminate()
    // The same way that a server learns of it: by its own reads.
    const half = new Accepted(waiting!.request)
    for (let i = 0; i < 50; i++) await turn()
    t.equal(waiting?.accept(half, undefined), undefined)
    t.equal(waiting?.refuse({ status: 403 }), false)
    t.same(half.codes, [])
  })

  t.test('the chosen subprotocol is answered, and none when none was chosen', async (t) => {
    const rig = await startRig(t, under, {
      upgrade: (upgrade) => void acceptClient(upgrade, [], upgrade.request.query || undefined),
    })
    const chosen = rig.client('/socket?mqtt', ['sip', 'mqtt'])
    await chosen.opened
    t.equal(chosen.socket.protocol, 'mqtt')
    const plain = rig.client('/socket')
    await plain.opened
    t.equal(plain.socket.protocol, '')
    const unanswered = rig.client('/socket', ['sip'])
    t.match(await once(unanswered.socket, 'error'), [{ message: /no subprotocol/ }])
  })
}

async function frames(t: Test, under: AdapterCase): Promise<void> {
  t.test('text and bytes go both ways', async (t) => {
    const rig = await startRig(t, under)
    const [client, half] = await rig.pair()
    const sent = ['text', '', 'smile ☺ 😀', new Uint8Array([0, 255]), new Uint8Array([])]
    for (const frame of sent) {
      client.socket.send(frame)
      half.connection.send(frame)
    }
    t.strictSame(await half.take(sent.length), sent)
    t.strictSame(await client.take(sent.length), sent)
  })

  t.test('a message in fragments is one', async (t) => {
    const rig = await startRig(t, under)
    const [client, half] = await rig.pair()
    client.socket.send('one ', { fin: false })
    client.socket.send('frame', { fin: true })
    t.same(await half.take(1), ['one frame'])
  })

  t.test('a ping is answered with what it carried, and heard, as a pong is', async (t) => {
    const rig = await startRig(t, under)
    const [client, half] = await rig.pair()
    const pong = once(client.socket, 'pong')
    client.socket.ping('are you there?')
    t.equal(String((await pong)[0]), 'are you there?')
    client.socket.pong('here')
    await half.until(() => half.controls.length === 2)
    t.same(half.controls, ['ping are you there?', 'pong here'])
    t.same(half.frames, [])
  })

  t.test('the server closes with a code, once, and then nothing is sent any more', async (t) => {
    const rig = await startRig(t, under)
    const [client, half] = await rig.pair()
    half.connection.send('last words')
    half.connection.close(1012)
    t.equal(half.connection.isOpen, false)
    half.connection.send('after the end')
    half.connection.subscribe('a')
    half.connection.unsubscribe('a')
    half.connection.close(1001)
    rig.server.publish('a', 'after the end')
    half.connection.publish('a', 'after the end')
    t.equal(await client.closed, 1012)
    t.same(client.frames, ['last words'])
    await half.closeCode()
    await turn()
    t.equal(half.codes.length, 1)
  })

  t.test('the server hears with which code a client closes', async (t) => {
    const rig = await startRig(t, under)
    for (const [code, heard] of [
      [1000, 1000],
      [4321, 4321],
      [undefined, 1005],
    ] as const) {
      const [client, half] = await rig.pair()
      client.socket.close(code)
      t.equal(await half.closeCode(), heard)
      t.equal(half.connection.isOpen, false)
      t.equal(await client.closed, heard)
    }
    const [client, half] = await rig.pair()
    client.raw.destroy()
    t.equal(await half.closeCode(), 1006)
  })

  t.test('what a client sent before the server closed is not delivered after it', async (t) => {
    const rig = await startRig(t, under)
    const [client, half] = await rig.pair()
    half.connection.close(1001)
    client.socket.send('too late')
    await client.closed
    await half.closeCode()
    t.same(half.frames, [])
  })
}

async function publishing(t: Test, under: AdapterCase): Promise<void> {
  t.test('a frame reaches every subscriber of its topic, on whichever path, and nobody else', async (t) => {
    const rig = await startRig(t, under, { routes: ['/socket', '/other'] })
    const [ann, annHalf] = await rig.pair()
    const [bob, bobHalf] = await rig.pair('/other')
    const [eve, eveHalf] = await rig.pair()
    annHalf.connection.subscribe('a')
    annHalf.connection.subscribe('a')
    bobHalf.connection.subscribe('a')
    eveHalf.connection.subscribe('b')
    rig.server.publish('a', 'x')
    rig.server.publish('a', new Uint8Array([1]))
    rig.server.publish('nobody', 'z')
    for (const half of [annHalf, bobHalf, eveHalf]) half.connection.send('end')
    t.strictSame(await ann.take(3), ['x', new Uint8Array([1]), 'end'])
    t.strictSame(await bob.take(3), ['x', new Uint8Array([1]), 'end'])
    t.same(await eve.take(1), ['end'])
  })

  t.test('who publishes is left out, subscribed or not', async (t) => {
    const rig = await startRig(t, under)
    const [ann, annHalf] = await rig.pair()
    const [bob, bobHalf] = await rig.pair()
    const [eve, eveHalf] = await rig.pair()
    annHalf.connection.subscribe('a')
    bobHalf.connection.subscribe('a')
    annHalf.connection.publish('a', 'from ann')
    eveHalf.connection.publish('a', 'from eve')
    for (const half of [annHalf, bobHalf, eveHalf]) half.connection.send('end')
    t.same(await ann.take(2), ['from eve', 'end'])
    t.same(await bob.take(3), ['from ann', 'from eve', 'end'])
    t.same(await eve.take(1), ['end'])
  })

  t.test('who unsubscribes gets what was published before, and nothing after', async (t) => {
    const rig = await startRig(t, under)
    const [client, { connection }] = await rig.pair()
    connection.subscribe('a')
    rig.server.publish('a', 'before')
    connection.unsubscribe('a')
    rig.server.publish('a', 'after')
    connection.send('end')
    t.same(await client.take(2), ['before', 'end'])
  })

  t.test('frames leave in the order of the calls', async (t) => {
    const rig = await startRig(t, under)
    const [client, half] = await rig.pair()
    const [other, otherHalf] = await rig.pair()
    half.connection.subscribe('a')
    otherHalf.connection.subscribe('a')
    const sent: string[] = []
    const heard: string[] = []
    const big = 'x'.repeat(20_000)
    for (let n = 0; n < 60; n++) {
      const text = `${n} ${n % 7 === 0 ? big : ''}`
      sent.push(text)
      if (n % 3 === 0) half.connection.send(text)
      else {
        heard.push(text)
        if (n % 3 === 1) rig.server.publish('a', text)
        else rig.server.publish('a', text)
      }
      if (n % 20 === 0) await turn()
    }
    t.same(await client.take(sent.length), sent)
    t.same(await other.take(heard.length), heard)
  })

  t.test('who has gone gets nothing, and harms nobody', async (t) => {
    const rig = await startRig(t, under)
    const [gone, goneHalf] = await rig.pair()
    const [client, half] = await rig.pair()
    goneHalf.connection.subscribe('a')
    half.connection.subscribe('a')
    gone.raw.destroy()
    await goneHalf.closeCode()
    rig.server.publish('a', 'x')
    goneHalf.connection.publish('a', 'y')
    t.same(await client.take(2), ['x', 'y'])
  })
}

// ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function limits(t: Test, under: AdapterCase): Promise<void> {
  /** That one client was cut off, and that another one was not. */
  const onlyThis = async (t: Test, [client, half]: [Client, Accepted], codes: number[], other: Accepted) => {
    t.ok([...codes, 1006].includes(await client.closed), 'for the client')
    t.ok([...codes, 1006].includes(await half.closeCode()), 'for the server')
    t.ok(other.connection.isOpen)
  }

  t.test('a message that is too long closes its connection, and no other', async (t) => {
    const rig = await startRig(t, under, { limits: { maxFrameBytes: 50_000 } })
    const [, other] = await rig.pair()
    const [just, justHalf] = await rig.pair()
    just.socket.send('x'.repeat(50_000))
    t.equal((await justHalf.take(1))[0]?.length, 50_000)
    just.socket.send('x'.repeat(50_001))
    await onlyThis(t, [just, justHalf], [1009], other)
    const [parts, partsHalf] = await rig.pair()
    for (let i = 0; i < 3; i++) parts.socket.send('x'.repeat(20_000), { fin: i === 2 })
    await onlyThis(t, [parts, partsHalf], [1009], other)
    t.same(partsHalf.frames, [])
  })

  t.test('text that is no UTF-8 closes its connection, and no other', async (t) => {
    const rig = await startRig(t, under)
    const [, other] = await rig.pair()
    const pair = await rig.pair()
    pair[0].socket.send(Buffer.from([0x68, 0xc3, 0x28]), { binary: false })
    await onlyThis(t, pair, [1007], other)
    t.same(pair[1].frames, [])
  })

  t.test('compression is agreed on when the path has it and the client offers it', async (t) => {
    const text = 'all work and no play '.repeat(500)
    for (const compress of [true, false]) {
      for (const perMessageDeflate of [true, false]) {
        const rig = await startRig(t, under, { limits: { compress } })
        const [client, half] = await rig.pair('/socket', [], { perMessageDeflate })
        t.equal(client.socket.extensions.includes('permessage-deflate'), compress && perMessageDeflate)
        client.socket.send(text)
        client.socket.send('short')
        t.same(await half.take(2), [text, 'short'])
        half.connection.subscribe('a')
        half.connection.send(text)
        rig.server.publish('a', text)
        half.connection.send('short')
        const before = client.raw.bytesRead
        t.same(await client.take(3), [text, text, 'short'])
        const wasCompressed = client.raw.bytesRead - before < text.length
        t.equal(wasCompressed, compress && perMessageDeflate, 'and used for what is worth it')
      }
    }
  })

  t.test('a message that is small on the wire and too long in memory closes its connection', async (t) => {
    const rig = await startRig(t, under, { limits: { compress: true, maxFrameBytes: 50_000 } })
    const [, other] = await rig.pair()
    const pair = await rig.pair('/socket', [], { perMessageDeflate: true })
    pair[0].socket.send('x'.repeat(5_000_000))
    await onlyThis(t, pair, [1009], other)
    t.same(pair[1].frames, [])
  })

  t.test('a client that does not read is cut off, and no other waits for it', async (t) => {
    const rig = await startRig(t, under, { limits: { maxBufferedBytes: 300_000 } })
    const [slow, slowHalf] = await rig.pair()
    const [fast, fastHalf] = await rig.pair()
    slowHalf.connection.subscribe('a')
    fastHalf.connection.subscribe('a')
    slow.raw.pause()
    const piece = 'x'.repeat(50_000)
    let sent = 0
    while (slowHalf.connection.isOpen) {
      rig.server.publish('a', piece)
      sent++
      await fast.take(sent)
    }
    t.ok(sent < 1000, `after ${sent} pieces of 50 kB`)
    t.equal(await slowHalf.closeCode(), 1013)
    t.match(rig.overflows, [{ policy: 'close', queuedBytes: Number }])
    t.ok((rig.overflows[0]?.queuedBytes ?? 0) > 300_000)
    rig.server.publish('a', 'more')
    t.equal((await fast.take(sent + 1)).at(-1), 'more')
    slow.raw.resume()
    t.equal(await slow.closed, 1006)
    t.ok(slow.frames.length < sent, 'and knows that it has missed something')
  })
}

// ── Slow clients ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A broadcast of this many kB. */
function news(n: number | string, kB = 50, event = 'news'): [frame: string, about: OutgoingMessage] {
  return [`${event} ${n} ${'x'.repeat(kB * 1000)}`, { topic: 'a', event, payload: { n } }]
}

/** What frames say, without their ballast. */
function names(frames: readonly Frame[]): string[] {
  return frames.map((frame) => String(frame).split(' ', 2).join(' '))
}

/** A server with a client that reads and one that does not. */
interface Slow {
  readonly rig: Rig
  readonly fast: Client
  readonly slow: Client
  readonly half: Accepted
}

async function slowClients(t: Test, under: AdapterCase): Promise<void> {
  /** A fast client and one that does not read, both in topic `a`. */
  const fastAndSlow = async (t: Test, slowClient: SlowClientOption): Promise<Slow> => {
    const rig = await startRig(t, under, { limits: { maxBufferedBytes: 300_000, slowClient } })
    const [fast, fastHalf] = await rig.pair()
    const [slow, half] = await rig.pair()
    fastHalf.connection.subscribe('a')
    half.connection.subscribe('a')
    slow.raw.pause()
    return { rig, fast, slow, half }
  }
  /** Publishes until the way to the slow one is blocked. @returns how many frames were sent to it, published or not. */
  const flood = async (
    { rig, fast, half }: Slow,
    about: (n: number) => [string, OutgoingMessage] = news,
  ): Promise<number> => {
    const before = fast.frames.length
    let sent = 0
    for (let inARow = 0; inARow < 5; ) {
      const known = rig.overflows.length
      rig.server.publish('a', ...about(sent++))
      await fast.take(before + sent)
      inARow = rig.overflows.length > known ? inARow + 1 : 0
    }
    // However much the machine takes yet, it remains blocked. What cannot be left out has room.
    half.connection.send(`ballast ${'x'.repeat(200_000)}`)
    return sent + 1
  }

  t.test('with drop a slow client misses what it is too slow for, and no other does', async (t) => {
    const world = await fastAndSlow(t, 'drop')
    const { rig, fast, slow, half } = world
    const sent = await flood(world)
    half.connection.send('an answer')
    half.connection.send(...news('a push'))
    rig.server.publish('a', ...news('the last'))
    slow.raw.resume()
    await until(slow, 'an answer')
    half.connection.send('end')
    await until(slow, 'end')
    const all = Array.from({ length: sent - 1 }, (_, n) => `news ${n}`)
    const missed = rig.overflows.length - 2
    t.same(names(slow.frames).slice(-2), ['an answer', 'end'])
    t.equal(slow.frames.length, sent - missed + 2, 'nothing else is missing')
    t.same(names(fast.frames), [...all, 'news the'])
    t.same(new Set(rig.overflows.map(({ policy }) => policy)), new Set(['drop']))
    t.ok(missed >= 5)
    for (const { queuedBytes } of rig.overflows) t.ok(queuedBytes > 300_000 && queuedBytes <= 600_000, `${queuedBytes}`)
    t.ok(half.connection.isOpen)
    rig.server.publish('a', ...news('later'))
    t.same(names([await until(slow, 'news later')]), ['news later'], 'it takes part again')
  })

  t.test('with coalesce a slow client gets the last of each key when it has caught up', async (t) => {
    const key = ({ event, payload }: OutgoingMessage): SlowClientAnswer =>
      event === 'cursor' ? { coalesce: String((payload as { n: unknown }).n) } : 'drop'
    const world = await fastAndSlow(t, key)
    const { rig, slow, half } = world
    const sent = await flood(world)
    const cursor = (who: string, where: number) =>
      rig.server.publish('a', `cursor ${who}${where} `, { topic: 'a', event: 'cursor', payload: { n: who } })
    cursor('ann', 1)
    cursor('bob', 1)
    cursor('ann', 2)
    half.connection.send('cursor bob2 pushed', { topic: 'a', event: 'cursor', payload: { n: 'bob' } })
    cursor('ann', 3)
    half.connection.send('an answer')
    slow.raw.resume()
    await until(slow, 'cursor ann3')
    half.connection.send('end')
    await until(slow, 'end')
    const kept = ['an answer', 'cursor bob2', 'cursor ann3', 'end']
    t.same(names(slow.frames).slice(-4), kept)
    const policies = rig.overflows.map(({ policy }) => policy)
    t.equal(slow.frames.length, sent - policies.filter((policy) => policy === 'drop').length + 4)
    t.same(policies.slice(-5), ['coalesce', 'coalesce', 'coalesce', 'coalesce', 'coalesce'])
  })

  t.test('what is kept of a topic that a client leaves is forgotten', async (t) => {
    const world = await fastAndSlow(t, ({ payload }) => ({ coalesce: String((payload as { n: unknown }).n) }))
    const { rig, slow, half } = world
    half.connection.subscribe('b')
    await flood(world, (n) => news(n % 3, 20))
    rig.server.publish('b', 'of b', { topic: 'b', event: 'news', payload: { n: 1 } })
    half.connection.unsubscribe('a')
    half.connection.send('left a')
    rig.server.publish('a', ...news('too late', 1))
    slow.raw.resume()
    await until(slow, 'of b')
    t.same(names(slow.frames).slice(-2), ['left a', 'of b'])
  })

  t.test('a function may say that a client is better cut off', async (t) => {
    const world = await fastAndSlow(t, ({ event }) => (event === 'chat' ? 'close' : 'drop'))
    const { rig, slow, half } = world
    await flood(world)
    t.ok(half.connection.isOpen)
    rig.server.publish('a', ...news('1', 1, 'chat'))
    t.equal(await half.closeCode(), 1013)
    slow.raw.resume()
    t.equal(await slow.closed, 1006)
    t.equal(rig.overflows.at(-1)?.policy, 'close')
    t.notOk(names(slow.frames).includes('chat 1'))
  })

  t.test('a function that fails, or says nonsense, cuts the client off and is told', async (t) => {
    const error = new Error('a mistake')
    for (const [what, slowClient] of [
      [
        'throws',
        () => {
          throw error
        },
      ],
      ['nonsense', () => 'sometimes' as never],
    ] as const) {
      const { rig, fast, half } = await fastAndSlow(t, slowClient)
      for (let sent = 0; half.connection.isOpen; ) {
        rig.server.publish('a', ...news(sent++))
        await fast.take(sent)
      }
      t.equal(await half.closeCode(), 1013, what)
      t.equal(rig.slowClientErrors.length, 1)
      t.match(rig.slowClientErrors[0], what === 'throws' ? error : { code: 'BEAMISH_BAD_ARGUMENT' })
    }
  })

  t.test('answers have room for as much again, and then the client is cut off', async (t) => {
    const world = await fastAndSlow(t, 'drop')
    const { rig, half } = world
    await flood(world)
    let answers = 0
    while (half.connection.isOpen) {
      half.connection.send('x'.repeat(10_000))
      answers++
      if (answers % 10 === 0) await turn()
    }
    t.ok(answers < 100, `after ${answers} answers of 10 kB`)
    t.equal(await half.closeCode(), 1013)
    t.equal(rig.overflows.at(-1)?.policy, 'close')
  })

  t.test('a client that keeps up misses nothing, in any kind of burst', async (t) => {
    const rig = await startRig(t, under, { limits: { maxBufferedBytes: 400_000, slowClient: 'drop' } })
    const [client, half] = await rig.pair()
    const [other, otherHalf] = await rig.pair()
    for (const { connection } of [half, otherHalf]) connection.subscribe('a')
    const sent: string[] = []
    for (const kB of [1, 30, 90, 190, 1, 350, 5]) {
      // So much in one turn of the event loop that everybody looks slow.
      for (let total = 0; total < 350; total += kB) {
        const [frame, about] = news(sent.length, kB)
        sent.push(`news ${sent.length}`)
        if (sent.length % 5 === 0) {
          half.connection.send(frame, about)
          otherHalf.connection.send(frame, about)
        } else rig.server.publish('a', frame, about)
      }
      await client.take(sent.length)
      await other.take(sent.length)
    }
    t.same(names(client.frames), sent)
    t.same(names(other.frames), sent)
    t.same(rig.overflows, [])
  })
}

/** Waits for a frame. */
async function until(client: Client, name: string): Promise<Frame> {
  for (let count = 1; ; count++) {
    const frame = (await client.take(count))[count - 1] as Frame
    if (String(frame).startsWith(name)) return frame
  }
}

// ── Start and stop ───────────────────────────────────────────────────────────────────────────────────────────────────

async function lifecycle(t: Test, under: AdapterCase): Promise<void> {
  const canConnect = async (port: number): Promise<boolean> => {
    const socket = connectTcp(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }

  t.test('a port that is taken is an error with a code', async (t) => {
    const rig = await startRig(t, under)
    t.ok(rig.server.port > 0)
    await t.rejects(startRig(t, under, { port: rig.server.port }), { code: 'BEAMISH_LISTEN' })
  })

  t.test('who is there goes on when nobody new is accepted', async (t) => {
    const held = new Gate()
    let answer: Respond | undefined
    const rig = await startRig(t, under, {
      request: (_request, respond) => {
        answer = respond
        held.open()
      },
    })
    const [client, half] = await rig.pair()
    const waiting = rig.fetch('/')
    await held.opened
    rig.server.stopAccepting()
    rig.server.stopAccepting()
    t.equal(await canConnect(rig.server.port), false)
    client.socket.send('still here')
    t.same(await half.take(1), ['still here'])
    t.equal(answer?.({ status: 200, body: 'held' }), true)
    t.match(await waiting, { status: 200, body: 'held' })
  })

  t.test('the end of the server is the end of every connection', async (t) => {
    const held = new Gate()
    const gone = new Gate()
    let answer: Respond | undefined
    const rig = await startRig(t, under, {
      request: (request, respond) => {
        answer = respond
        request.onGone(gone.open)
        held.open()
      },
    })
    const [client, half] = await rig.pair()
    half.connection.subscribe('a')
    const waiting = rig.fetch('/')
    waiting.catch(() => {})
    await held.opened
    rig.server.close()
    rig.server.close()
    rig.server.publish('a', 'after the end')
    t.equal(await client.closed, 1006)
    await half.closeCode()
    t.equal(half.codes.length, 1)
    t.equal(half.connection.isOpen, false)
    await t.rejects(waiting)
    await gone.opened
    t.equal(answer?.({ status: 200 }), false)
    t.equal(await canConnect(rig.server.port), false)
  })

  t.test('a port is free again when its server has ended, whoever was connected', async (t) => {
    const port = await freePort()
    for (const round of [1, 2]) {
      const rig = await startRig(t, under, { port })
      t.equal(rig.server.port, port)
      const [client, half] = await rig.pair()
      rig.server.close()
      t.equal(await client.closed, 1006, `round ${round}`)
      t.equal(await half.closeCode(), 1006)
    }
  })
}
