import type { Channel, Socket } from 'phoenix'
import t, { type Test } from 'tap'
import { signUp, type User } from '../accounts/accounts.ts'
import { MOST_ATTEMPTS } from '../accounts/attempts.ts'
import { signIn, socketFor } from '../cli/sign-in.ts'
import { LONGEST } from '../rooms/messages.ts'
import { directRoom } from '../rooms/rooms.ts'
import { PASSWORD, type RunningChat, startChat } from './world.ts'

// Programs that do not mean well, or were not written well.

/** A program of somebody with an account. */
async function connect(t: Test, { url }: RunningChat, name: string): Promise<Socket> {
  const { token } = await signIn(url, { name, password: PASSWORD })
  const socket = socketFor(url, () => token)
  t.teardown(() => new Promise<void>((resolve) => socket.disconnect(resolve)))
  socket.connect()
  return socket
}

/** What comes back: `ok` or `error`, and what goes with it. */
const answerTo = (push: ReturnType<Channel['push']>): Promise<readonly [string, unknown]> =>
  new Promise((resolve) => {
    for (const status of ['ok', 'error', 'timeout']) push.receive(status as 'ok', (answer) => resolve([status, answer]))
  })

t.test('what a program may not do is refused, and breaks nothing', async (t) => {
  const chat = await startChat(t)
  const [ann, bob] = (await Promise.all(
    ['Ann', 'Bob', 'Cid'].map((name) => signUp({ name, password: PASSWORD })),
  )) as User[]
  const direct = await directRoom(ann as User, bob as User)
  const cid = await connect(t, chat, 'Cid')

  await t.test('it is not let into the room of two others, nor into what is no room', async (t) => {
    for (const topic of [`room:${direct.slug}`, 'room:', 'room:no such', 'people:lobby', `user:${ann?.id}`]) {
      const channel = cid.channel(topic)
      const [status] = await answerTo(channel.join())
      t.equal(status, 'error', topic)
      channel.leave()
    }
  })

  await t.test('nonsense is answered', async (t) => {
    const lobby = cid.channel('room:lobby')
    t.match(await answerTo(lobby.join()), ['ok', {}])
    for (const [event, payload] of [
      ['nonsense', {}],
      ['say', { body: ' ', nonce: '12345678' }],
      ['say', { body: 'x'.repeat(LONGEST + 1), nonce: '12345678' }],
      ['edit', { id: 1, body: 'not mine' }],
    ] as const)
      t.match(await answerTo(lobby.push(event, payload)), ['error', {}], event)
    t.equal(lobby.state, 'joined')
  })

  await t.test('passwords cannot be tried without end', async (t) => {
    const tried = Array.from({ length: MOST_ATTEMPTS + 2 }, () =>
      signIn(chat.url, { name: 'Ann', password: 'a guess' }).catch(({ message }: Error) => message),
    )
    const answers = await Promise.all(tried)
    t.equal(answers.filter((answer) => answer === 'name or password is wrong').length, MOST_ATTEMPTS)
    t.equal(answers.filter((answer) => answer === 'that was tried too often: wait a minute').length, 2)
  })
})
