import { inspect } from 'node:util'
import t from 'tap'
import { Channel } from '../../src/channel/channel.ts'
import { ok, refuse, reply } from '../../src/channel/result.ts'
import type { ChannelSocket } from '../../src/channel/socket.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { Conn } from '../../src/http/conn.ts'
import { text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import type { ConnectingSocket } from '../../src/socket/socket-process.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { ChannelTest, withRuntime } from '../../src/testing/index.ts'
import type { TokenContext } from '../../src/token/key-base.ts'
import { Token } from '../../src/token/token.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { RawClient, refusedUpgrade } from '../support/raw-client.ts'
import { heard } from '../support/telemetry.ts'

const SECRET = 'the-secret-of-an-endpoint-with-64-bytes-0123456789abcdef0123456789'
const SALT = 'user socket'

const tokenRoom = Channel.define({
  module: 'TokenRoom',
  join: () => ok(),
  handleIn: { token: (_payload, socket) => reply({ token: Token.sign(socket, SALT, 'channel') }) },
})

const UserSocket = Socket.define<{ user: unknown }>({
  channels: { 'room:*': tokenRoom },
  connect: (params, socket) => {
    const user = Token.verify(socket, SALT, params['token'], { maxAgeSeconds: 60 })
    return user.type === 'ok' ? ok({ user: user.data }) : refuse({ reason: user.reason })
  },
  id: (socket) => `users:${socket.assigns.user}`,
})

t.test('TK-001 an endpoint, a request, a client that connects and a channel have one secret', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await startEndpoint({ secretKeyBase: SECRET, sockets: { '/socket': UserSocket } })
    let conn: Conn | undefined
    const router = Router.define((route) =>
      route.get('/token', (_request, at) => {
        conn = at
        return text(Token.sign(at, SALT, 7))
      }),
    )
    const page = await router.handle(new Request('http://localhost/token'), { secretKeyBase: SECRET })
    const token = await page.text()
    const client = await RawClient.open(port, `/socket/websocket?vsn=2.0.0&token=${token}`)
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'token', {})
    const answer = (await client.next())[4] as { response: { token: string } }
    for (const context of [SECRET, endpoint, conn as Conn] satisfies TokenContext[]) {
      t.same(Token.verify(context, SALT, token), { type: 'ok', data: 7 })
      t.same(Token.verify(context, SALT, answer.response.token), { type: 'ok', data: 'channel' })
      t.same(Token.decrypt(SECRET, SALT, Token.encrypt(context, SALT, [7])), { type: 'ok', data: [7] })
    }
    for (const bad of ['', '&token=', '&token=garbage', '&token[]=a', `&token=${Token.sign(SECRET, 'another', 7)}`]) {
      t.match(await refusedUpgrade(port, `/socket/websocket?vsn=2.0.0${bad}`), [403], bad)
    }
  }),
)

t.test('a secret that is given at start is the one that counts', async (t) => {
  const endpoint = Endpoint.define({ name: 'late' })
  t.throws(() => Token.sign(endpoint, SALT, 1), { code: 'BEAMISH_NO_SECRET_KEY_BASE' })
  endpoint.child({ secretKeyBase: [SECRET, `${SECRET} of old`] })
  t.same(Token.verify(SECRET, SALT, Token.sign(endpoint, SALT, 1)), { type: 'ok', data: 1 })
  t.same(Token.verify(endpoint, SALT, Token.sign(`${SECRET} of old`, SALT, 2)), { type: 'ok', data: 2 })
})

t.test('what telemetry and logs get to see of a socket or request does not show the secret', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const joined = heard(t, 'beamish.channel.joined')
    const stopped = heard(t, 'beamish.router.dispatch.stop')
    const watching = Socket.define<{ user: unknown }>({
      channels: { 'room:*': tokenRoom },
      connect: (_params, socket: ConnectingSocket<{ user: unknown }>) => {
        seen.push(socket)
        return ok()
      },
    })
    const socket = await ChannelTest.connect(watching, {}, { secretKeyBase: SECRET })
    await ChannelTest.join(socket, 'room:a')
    await Router.define((route) => route.get('/', () => text(''))).handle(new Request('http://localhost/'), {
      secretKeyBase: SECRET,
    })
    const channel = joined[0]?.metadata.socket as ChannelSocket
    const conn = stopped[0]?.metadata.conn
    t.equal(channel.secretKeyBase(), SECRET)
    t.equal(conn?.secretKeyBase, SECRET)
    for (const value of [...seen, channel, conn]) t.notMatch(inspect(value, { depth: 4, maxStringLength: 100 }), SECRET)
  }),
)
