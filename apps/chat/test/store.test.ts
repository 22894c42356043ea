import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exit, Supervisor, whereis } from 'beamish'
import { settle, withRuntime } from 'beamish/testing'
import t from 'tap'
import type { Tell } from '../../shared/store.ts'
import { everybody, isFree, signIn, signUp, type User, userWith } from '../accounts/accounts.ts'
import { edit, messagesOf, newsOf, remove, say } from '../rooms/messages.ts'
import { directRoom, markRead, openRoom, type Room, roomFor, roomsOf } from '../rooms/rooms.ts'
import { Store } from '../store/store.ts'

type Told = Parameters<Tell>

/** A runtime with a store on a file of its own. */
const withStore = (body: (told: Told[]) => Promise<void>): Promise<void> =>
  withRuntime(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-'))
    const told: Told[] = []
    try {
      await Supervisor.startLink([Store.child({ folder: join(folder, 'data'), tell: (...words) => told.push(words) })])
      await body(told)
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
    t.equal(await signIn('ann', 'wrong'), undefined)
    t.equal(await signIn('nobody', 'correct horse'), undefined)
    t.same(await userWith(ann.id), ann)
    t.equal(await userWith('1'), undefined)
    t.same(await everybody(), [ann])
    const [row] = await Store.run((database) => database.all<{ password_hash: string }>('SELECT * FROM users'))
    t.notMatch(row?.password_hash, /horse/)
  }),
)

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
    t.match(await remove(ann, room, id), { body: '', isDeleted: true, attachments: [] })
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
