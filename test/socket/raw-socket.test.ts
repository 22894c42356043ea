import { once } from 'node:events'
import t from 'tap'
import WebSocket from 'ws'
import { ok, refuse } from '../../src/channel/result.ts'
import { shutdown } from '../../src/core/reason.ts'
import { noReply, reply, self, sendAfter, stop, stopReply } from '../../src/index.ts'
import { send } from '../../src/runtime/signals.ts'
import { RawSocket, type RawSocketCallbacks } from '../../src/socket/raw-socket.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { askUpgrade } from '../support/raw-client.ts'
import { heard } from '../support/telemetry.ts'

interface Talk {
  readonly name: string
  readonly seen: readonly unknown[]
}

/** What a client gets, one after the other. */
async function talk(port: number, query = '') {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/raw/websocket?${query}`)
  const got: unknown[] = []
  let arrived = () => {}
  socket.on('message', (data, isBinary) => {
    got.push(isBinary ? [...(data as Buffer)] : String(data))
    arrived()
  })
  const closed = once(socket, 'close').then(([code]) => code as number)
  await once(socket, 'open')
  const next = async () => {
    while (got.length === 0) {
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
    return got.shift()
  }
  return { socket, closed, next }
}

async function serve(callbacks: Partial<RawSocketCallbacks<Talk>> = {}) {
  const socket = RawSocket.define<Talk>({
    module: 'Talk',
    connect: ({ name = '' }) => ok({ name: String(name), seen: [] }),
    handleIn: (frame, _info, state) => reply(frame, { ...state, seen: [...state.seen, frame] }),
    ...callbacks,
  })
  const { port } = await startEndpoint({ sockets: { '/raw': socket } })
  return port
}

t.test('CH-023 a bare handler sees the params and frames of both kinds, and answers at once and later by itself', (t) =>
  withRuntime(async ({ clock }) => {
    const port = await serve({
      init: (state) => {
        send(self(), 'connected')
        return { ...state, seen: ['init'] }
      },
      handleIn: (frame, { opcode }, state) => {
        if (frame === 'later') sendAfter(self(), 'now', 50)
        if (frame === 'later') return reply('soon')
        if (frame === 'both') return reply(['text', new Uint8Array([1, 2])])
        return reply(typeof frame === 'string' ? `${state.name} ${opcode} ${frame}` : frame, {
          ...state,
          seen: [...state.seen, opcode],
        })
      },
      handleInfo: (message, state) => reply(`${message} ${state.seen.join(' ')}`),
    })
    const client = await talk(port, 'name=ann&vsn=7')
    t.equal(await client.next(), 'connected init')
    client.socket.send('hi')
    client.socket.send(Buffer.from([0xde, 0xad]))
    t.equal(await client.next(), 'ann text hi')
    t.same(await client.next(), [0xde, 0xad])
    client.socket.send('both')
    t.same([await client.next(), await client.next()], ['text', [1, 2]])
    client.socket.send('later')
    t.equal(await client.next(), 'soon')
    await clock.advance(50)
    t.equal(await client.next(), 'now init text binary')
    client.socket.close()
  }),
)

t.test('CH-023 a ping is answered with its payload, and told of only to a handler that wants control frames', (t) =>
  withRuntime(async () => {
    const plain = await talk(await serve())
    plain.socket.ping('payload')
    const [pong] = await once(plain.socket, 'pong')
    t.equal(String(pong), 'payload')
    plain.socket.send('echo')
    t.equal(await plain.next(), 'echo', 'and nothing of the ping')
    plain.socket.terminate()
  }).then(() =>
    withRuntime(async () => {
      const port = await serve({ handleControl: (payload, { opcode }) => reply(`${opcode} ${Buffer.from(payload)}`) })
      const curious = await talk(port)
      curious.socket.ping('one')
      const [pong] = await once(curious.socket, 'pong')
      t.equal(String(pong), 'one')
      t.equal(await curious.next(), 'ping one')
      curious.socket.pong('two')
      t.equal(await curious.next(), 'pong two')
      curious.socket.terminate()
    }),
  ),
)

t.test('it may refuse, and crash, as any socket; one without connect lets everybody in', (t) =>
  withRuntime(async ({ reports }) => {
    const connected = heard(t, 'beamish.socket.connected')
    const connect: RawSocketCallbacks<Talk>['connect'] = ({ reject, crash }) => {
      if (crash) throw new Error('connect crashed on demand')
      return reject ? refuse('no') : ('nonsense' as never)
    }
    const port = await serve({ connect })
    t.equal((await askUpgrade(port, '/raw/websocket?reject=1')).status, 403)
    t.equal((await askUpgrade(port, '/raw/websocket?crash=1')).status, 500)
    t.equal((await askUpgrade(port, '/raw/websocket')).status, 403)
    await settle()
    t.equal(reports.filter(({ type }) => type === 'crash').length, 2)
    t.match(
      connected.map(({ metadata }) => metadata),
      [
        { result: 'error', userSocket: 'Talk', serializer: undefined },
        { result: 'error', userSocket: 'Talk' },
      ],
    )
  }).then(() =>
    withRuntime(async () => {
      const socket = RawSocket.define({ handleIn: (frame) => reply(frame) })
      const { port } = await startEndpoint({ sockets: { '/raw': socket } })
      const client = await talk(port)
      client.socket.send('hi')
      t.equal(await client.next(), 'hi')
      client.socket.terminate()
    }),
  ),
)

t.test('the handler chooses the close code, and terminate learns why the connection is over', (t) =>
  withRuntime(async ({ reports }) => {
    const ends: unknown[] = []
    const port = await serve({
      handleIn: (frame) => {
        switch (frame) {
          case 'normal':
            return stop('normal')
          case 'own':
            return stopReply(shutdown(4001), 'bye')
          case 'nonsense':
            return 'nonsense' as never
          case 'bad frame':
            return reply(42 as never)
          default:
            throw new Error('crashed on demand')
        }
      },
      terminate: (reason, { name }) => void ends.push([name, reason]),
    })
    for (const [frame, code] of [
      ['normal', 1000],
      ['own', 4001],
      ['nonsense', 1011],
      ['bad frame', 1011],
      ['crash', 1011],
    ] as const) {
      const client = await talk(port, `name=${frame}`)
      client.socket.send(frame)
      if (frame === 'own') t.equal(await client.next(), 'bye')
      t.equal(await client.closed, code, frame)
    }
    const client = await talk(port, 'name=gone')
    client.socket.close(1000)
    await client.closed
    await settle()
    t.match(ends, [
      ['normal', 'normal'],
      ['own', shutdown(4001)],
      ['nonsense', { error: { code: 'BEAMISH_BAD_RETURN' } }],
      ['bad frame', { error: { code: 'BEAMISH_BAD_RETURN' } }],
      ['crash', { error: { message: 'crashed on demand' } }],
      ['gone', shutdown('closed')],
    ])
    t.equal(reports.filter(({ type }) => type === 'serverTerminate').length, 3)
  }),
)

t.test('frames wait while a handler does, and a message that nobody handles is reported', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const port = await serve({
      handleIn: async (frame) => {
        if (frame === 'slow') await new Promise<void>((resolve) => clock.alarm(100, resolve))
        if (frame === 'odd') send(self(), 'odd message')
        return reply(`${frame} done`)
      },
    })
    const client = await talk(port)
    for (const frame of ['slow', 'quick', 'odd']) client.socket.send(frame)
    await settle()
    await clock.advance(100)
    t.same([await client.next(), await client.next(), await client.next()], ['slow done', 'quick done', 'odd done'])
    await settle()
    t.match(
      reports.filter(({ level }) => level === 'warning'),
      [{ type: 'unexpectedMessage', module: 'Talk', message: 'odd message' }],
    )
    client.socket.terminate()
  }),
)

t.test('a definition is checked at once', async (t) => {
  const bad: [object, RegExp][] = [
    [{}, /handleIn/],
    [{ handleIn: 1 }, /handleIn/],
    [{ handleIn: () => noReply(), handleOut: () => noReply() }, /handleOut/],
    [{ handleIn: () => noReply(), connect: 'yes' }, /connect/],
    [{ handleIn: function* () {} }, /generator/],
  ]
  for (const [callbacks, message] of bad) {
    t.throws(() => RawSocket.define(callbacks as RawSocketCallbacks<unknown>), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message,
    })
  }
})
