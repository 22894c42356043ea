import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { childSpec, exit, Supervisor, whereis } from 'beamish'
import { settle, type VirtualClock, withRuntime } from 'beamish/testing'
import t from 'tap'
import * as v from 'valibot'
import type { Tell } from '../../shared/store.ts'
import { everybody, isFree, SignUp, signIn, signUp, type User, userWith } from '../accounts/accounts.ts'
import { ATTEMPTS, Attempts, MOST_ATTEMPTS } from '../accounts/attempts.ts'
import { closeSession, openSession, SESSION_SECONDS, userOf } from '../accounts/sessions.ts'
import { edit, messagesOf, newsOf, remove, say } from '../rooms/messages.ts'
import { directRoom, MOST_UNREAD, markRead, openRoom, ROOMS_OF, type Room, roomFor, roomsOf } from '../rooms/rooms.ts'
import { Store } from '../store/store.ts'

type Told = Parameters<Tell>

/** A runtime with a store on a file of its own. */
const withStore = (body: (told: Told[], clock: VirtualClock) => Promise<void>): Promise<void> =>
  withRuntime(async ({ clock }) => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-'))
    const told: Told[] = []
    try {
      await Supervisor.startLink([
        Store.child({ folder: join(folder, 'data'), tell: (...words) => told.push(words) }),
        childSpec(Attempts, undefined, { options: { name: ATTEMPTS } }),
      ])
      await body(told, clock)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

/** Accounts without the work that a password makes. */
const people = (...names: string[]): Promise<User[]> =>
  Store.run((database) =>
    names.map(
      (name) =>
        database.first<User>(
          "INSERT INTO users (name, password_hash, created_at) VALUES (?, '', 0) RETURNING id, name",
          name,
        ) as User,
    ),
  )

const lobby = async (user: User): Promise<Room> => (await roomFor(user, 'lobby')) as Room

t.test('an account is opened once, and its password opens it', (t) =>
  withStore(async () => {
    const ann = (await signUp({ name: 'Ann', password: 'correct horse' })) as User
    t.equal(await signUp({ name: 'ann', password: 'another one' }), 'taken')
    t.equal(await isFree('ANN'), false)
    t.same(await signIn(' ann ', 'correct horse'), ann)
    t.equal(await signIn('ann', 'wrong'), 'wrong')
    t.equal(await signIn('nobody', 'correct horse'), 'wrong')
    t.equal(await signIn('ann', 'correct horse'.repeat(1_000_000)), 'wrong')
    t.same(await userWith(ann.id), ann)
    t.equal(await userWith('1'), undefined)
    t.same(await everybody(), [ann])
    const [row] = await Store.run((database) => database.all<{ password_hash: string }>('SELECT * FROM users'))
    t.notMatch(row?.password_hash, /horse/)
  }),
)

t.test('a password is guessed ten times a minute, and no more', (t) =>
  withStore(async (_told, clock) => {
    const ann = (await signUp({ name: 'Ann', password: 'correct horse' })) as User
    const guesses = await Promise.all(
      Array.from({ length: MOST_ATTEMPTS + 2 }, (_, n) => signIn(n % 2 ? ' ANN' : 'ann', 'guess')),
    )
    t.same(guesses, [...Array(MOST_ATTEMPTS).fill('wrong'), 'tooMany', 'tooMany'], 'also when they come at once')
    t.equal(await signIn('ann', 'correct horse'), 'tooMany')
    t.equal(await signIn('nobody', 'guess'), 'wrong', 'others are not concerned')
    await clock.advance(60_000)
    for (let n = 0; n < MOST_ATTEMPTS + 1; n++)
      t.same(await signIn('ann', 'correct horse'), ann, 'who is right may go on')
  }),
)

t.test('a session ends when somebody signs out, or after a month', (t) =>
  withStore(async () => {
    const [ann] = (await people('Ann')) as [User]
    const [here, there] = [await openSession(ann), await openSession(ann)]
    t.same([await userOf(here), await userOf(there)], [ann, ann])
    await closeSession(here)
    t.same([await userOf(here), await userOf(there)], [undefined, ann], 'those of other browsers stay')
    t.same([await userOf(undefined), await userOf(ann.id)], [undefined, undefined])
    await Store.run((database) => database.run('UPDATE sessions SET opened_at = opened_at - ?', SESSION_SECONDS * 1001))
    t.equal(await userOf(there), undefined)
    await openSession(ann)
    t.equal((await Store.run((database) => database.all('SELECT id FROM sessions'))).length, 1, 'old ones are swept')
  }),
)

t.test('nobody takes a name that looks like that of another', (t) => {
  const nameOf = (name: string) => v.safeParse(SignUp.entries.name, name).output
  t.equal(nameOf(' Ann   Lee '), 'Ann Lee')
  t.equal(nameOf('Ame\u0301lie'), 'Am\u00e9lie')
  t.equal(nameOf('\uff21\uff4e\uff4e'), 'Ann')
  t.equal(nameOf('प्रिया'), 'प्रिया')
  for (const name of ['A', '\u3164\u3164', 'An\u200bn', 'Ann\u202e', '<b>', '\u0301Ann'])
    t.equal(v.is(SignUp.entries.name, name), false, JSON.stringify(name))
  t.end()
})

t.test('what is said is told in the same step, and a nonce that comes again says nothing new', (t) =>
  withStore(async (told) => {
    const [ann] = (await people('Ann')) as [User]
    const room = await lobby(ann)
    const first = await say(ann, room, { body: 'hello', nonce: 'n-000001' })
    t.match(first, { room: 'lobby', name: 'Ann', body: 'hello', isEdited: false, isDeleted: false, attachments: [] })
    t.same(told, [
      ['room:lobby', 'new_message', first],
      ['rooms', 'news', { room: 'lobby', id: first.id, userId: ann.id }],
    ])
    t.same(await say(ann, room, { body: 'hello', nonce: 'n-000001' }), first)
    t.same(await messagesOf(room), [first])
    t.equal(told.length, 2, 'and tells nothing new')
    const garden = (await roomFor(ann, 'garden')) as Room
    t.not((await say(ann, garden, { body: 'hi', nonce: 'n-000001' })).id, first.id, 'a nonce is of its room')
  }),
)

t.test('only its author changes a message, and what was deleted is gone', (t) =>
  withStore(async () => {
    const [ann, bob] = (await people('Ann', 'Bob')) as [User, User]
    const room = await lobby(ann)
    const picture = { id: 'a1', name: 'a.png', type: 'image/png', bytes: 3 }
    const { id } = await say(ann, room, { body: 'helo', nonce: 'n-000001' }, [picture])
    t.equal(await edit(bob, room, id, 'mine now'), undefined)
    t.match(await edit(ann, room, id, 'hello'), { body: 'hello', isEdited: true, attachments: [picture] })
    t.equal(await remove(bob, room, id), undefined)
    const file = await Store.filePath(picture.id)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'a picture')
    t.match(await remove(ann, room, id), { body: '', isDeleted: true, attachments: [] })
    t.equal(existsSync(file), false, 'and so is its file')
    t.equal(await edit(ann, room, id, 'back'), undefined)
  }),
)

t.test('history comes in pages from the end, and from where somebody left off', (t) =>
  withStore(async () => {
    const [ann] = (await people('Ann')) as [User]
    const room = await lobby(ann)
    const ids: number[] = []
    for (let n = 0; n < 12; n++) ids.push((await say(ann, room, { body: `${n}`, nonce: `nonce-${n}-x` })).id)
    const idsOf = async (span: object) => (await messagesOf(room, span)).map(({ id }) => id)
    t.same(await idsOf({ limit: 5 }), ids.slice(7))
    t.same(await idsOf({ before: ids[7], limit: 5 }), ids.slice(2, 7))
    t.same(await idsOf({ after: ids[9] }), ids.slice(10))
  }),
)

t.test('who comes back gets what was said, edited and deleted since', (t) =>
  withStore(async () => {
    const [ann] = (await people('Ann')) as [User]
    const room = await lobby(ann)
    t.same(await newsOf(room), { messages: [], changed: [], seen: { id: 0, revision: 0 }, isAll: true })
    const [one, two] = [
      await say(ann, room, { body: 'one', nonce: 'n-000001' }),
      await say(ann, room, { body: 'two', nonce: 'n-000002' }),
    ]
    const { seen, messages } = await newsOf(room)
    t.same(messages, [one, two])
    t.same(await newsOf(room, seen), { messages: [], changed: [], seen, isAll: true })
    const three = await say(ann, room, { body: 'three', nonce: 'n-000003' })
    const gone = await remove(ann, room, two.id)
    const edited = await edit(ann, room, one.id, 'ONE')
    await edit(ann, room, one.id, 'ONE')
    const news = await newsOf(room, seen)
    t.same([news.messages, news.changed, news.isAll], [[three], [gone, edited], true], 'in the order of the changes')
    t.same(await newsOf(room, news.seen), { messages: [], changed: [], seen: news.seen, isAll: true })
  }),
)

t.test('unread are the messages of others since one has looked', (t) =>
  withStore(async () => {
    const [ann, bob] = (await people('Ann', 'Bob')) as [User, User]
    const room = await lobby(ann)
    const unread = async (user: User) => (await roomsOf(user)).find(({ slug }) => slug === 'lobby')?.unread
    const { id } = await say(ann, room, { body: 'one', nonce: 'n-000001' })
    await say(ann, room, { body: 'two', nonce: 'n-000002' })
    t.equal(await unread(ann), 0)
    t.equal(await unread(bob), 2)
    await markRead(bob, room, id)
    t.equal(await unread(bob), 1)
    await markRead(bob, room, 0)
    t.equal(await unread(bob), 1, 'nothing becomes unread again')
  }),
)

t.test('a room of two is found by both, by its other name, and by nobody else', (t) =>
  withStore(async (told) => {
    const [ann, bob, cid] = (await people('Ann', 'Bob', 'Cid')) as [User, User, User]
    const room = await directRoom(ann, bob)
    t.match(room, { kind: 'direct', title: 'Bob' })
    t.match(await directRoom(bob, ann), { id: room.id, title: 'Ann' })
    t.equal(await roomFor(cid, room.slug), undefined)
    told.length = 0
    await say(ann, room, { body: 'psst', nonce: 'n-000001' })
    t.same(
      told.map(([topic]) => topic),
      [`room:${room.slug}`, `user:${ann.id}`, `user:${bob.id}`],
    )
    t.match(
      (await roomsOf(bob)).map(({ title, unread }) => [title, unread]),
      [
        ['Garden', 0],
        ['Lobby', 0],
        ['Workshop', 0],
        ['Ann', 1],
      ],
    )
  }),
)

t.test('no open room stands where two people would talk alone', (t) =>
  withStore(async () => {
    const [ann, bob, cid] = (await people('Ann', 'Bob', 'Cid')) as [User, User, User]
    await openRoom({ title: `Direct ${ann.id} ${bob.id}` })
    await openRoom({ title: `direct_${ann.id}_${bob.id}` })
    const room = await directRoom(ann, bob)
    t.equal(room.kind, 'direct')
    t.equal(await roomFor(cid, room.slug), undefined)
  }),
)

t.test('a list of rooms reads those of others neither, nor all that is new in them', (t) =>
  withStore(async () => {
    const [ann, bob] = (await people('Ann', 'Bob')) as [User, User]
    const room = await lobby(ann)
    for (let n = 0; n < MOST_UNREAD + 3; n++) await say(ann, room, { body: `${n}`, nonce: `nonce-${n}-x` })
    const unread = (await roomsOf(bob)).find(({ slug }) => slug === 'lobby')?.unread
    t.equal(unread, MOST_UNREAD + 1)
    const plan = await Store.run((database) =>
      database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${ROOMS_OF}`, bob.id),
    )
    t.same(
      plan.filter(({ detail }) => /^SCAN rooms/.test(detail)),
      [],
    )
  }),
)

t.test('a room is opened once under a name', (t) =>
  withStore(async () => {
    t.match(await openRoom({ title: 'Tea & Cake' }), { slug: 'tea-cake', title: 'Tea & Cake', kind: 'open' })
    t.equal(await openRoom({ title: 'tea cake' }), 'taken')
  }),
)

t.test('an error is its caller’s, nothing of the work remains, and nothing is told', (t) =>
  withStore(async (told) => {
    const [ann] = (await people('Ann')) as [User]
    const failing = Store.run((database, tell) => {
      database.run("UPDATE users SET name = 'Other' WHERE id = ?", ann.id)
      tell('room:lobby', 'x', {})
      throw new Error('half way')
    })
    await t.rejects(failing, { message: 'half way' })
    t.same(await userWith(ann.id), ann)
    t.same(told, [])
  }),
)

t.test('a store that is killed comes back with everything', (t) =>
  withStore(async () => {
    const [ann] = (await people('Ann')) as [User]
    const said = await say(ann, await lobby(ann), { body: 'hello', nonce: 'n-000001' })
    const killed = whereis('chat store')
    if (killed !== undefined) exit(killed, 'kill')
    await settle()
    t.not(whereis('chat store'), killed)
    t.same(await messagesOf(await lobby(ann)), [said])
  }),
)
