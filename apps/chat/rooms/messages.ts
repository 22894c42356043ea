import { rm } from 'node:fs/promises'
import * as v from 'valibot'
import type { Database } from '../../shared/database.ts'
import type { Tell } from '../../shared/store.ts'
import type { User } from '../accounts/accounts.ts'
import { Store } from '../store/store.ts'
import { ROOMS_TOPIC, type Room, roomTopic, userTopic } from './rooms.ts'

/** A file that somebody sent with a message. */
export interface Attachment {
  readonly id: string
  readonly name: string
  /** Its MIME type, as the sender's browser named it. */
  readonly type: string
  readonly bytes: number
}

/** Something that somebody said. */
export interface Message {
  readonly id: number
  /** The slug of its room. */
  readonly room: string
  readonly userId: number
  /** Whose it is. */
  readonly name: string
  /** `''` when it was deleted. */
  readonly body: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Grows in its room with all that is said, edited and deleted there. */
  readonly revision: number
  readonly isEdited: boolean
  readonly isDeleted: boolean
  readonly attachments: readonly Attachment[]
}

/** The longest message, in characters. */
export const LONGEST = 4000

/** What one says. `nonce` is the sender's own: who is not sure whether a message arrived sends it again with the same. */
export const NewMessage = v.object({
  body: v.pipe(v.string(), v.trim(), v.maxLength(LONGEST)),
  nonce: v.pipe(v.string(), v.minLength(8), v.maxLength(64)),
})

/** What a message is changed to. */
export const NewBody = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(LONGEST))

/**
 * Says something in a room.
 * @returns the message; the one that is there when this nonce of theirs came before. Those in the room were told then, in the step
 * that wrote it, and are not told again.
 */
export function say(
  user: User,
  room: Room,
  { body, nonce }: v.InferOutput<typeof NewMessage>,
  attachments: readonly Attachment[] = [],
): Promise<Message> {
  return Store.run((database, tell) => {
    const inserted = database.first<{ id: number }>(
      `INSERT INTO messages (room_id, user_id, nonce, body, at, revision) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING id`,
      room.id,
      user.id,
      nonce,
      body,
      Date.now(),
      revisionOf(database, room) + 1,
    )
    if (inserted === undefined) return messageWith(database, idOf(database, room, user, nonce))
    const { id } = inserted
    for (const { id: attachmentId, name, type, bytes } of attachments)
      database.run('INSERT INTO attachments VALUES (?, ?, ?, ?, ?)', attachmentId, id, name, type, bytes)
    const message = messageWith(database, id)
    tell(roomTopic(room), 'new_message', message)
    tellElsewhere(database, tell, room, message)
    return message
  })
}

/** That of the last change in a room. */
function revisionOf(database: Database, room: Room): number {
  const sql = 'SELECT MAX(revision) AS revision FROM messages WHERE room_id = ?'
  return database.first<{ revision: number | null }>(sql, room.id)?.revision ?? 0
}

function idOf(database: Database, room: Room, user: User, nonce: string): number {
  const sql = 'SELECT id FROM messages WHERE room_id = ? AND user_id = ? AND nonce = ?'
  return database.first<{ id: number }>(sql, room.id, user.id, nonce)?.id ?? 0 // the insert met it
}

/** Those who are not in the room learn that there is something new in it. */
function tellElsewhere(database: Database, tell: Tell, room: Room, { id, userId }: Message): void {
  const news = { room: room.slug, id, userId }
  if (room.kind === 'open') tell(ROOMS_TOPIC, 'news', news)
  else for (const member of membersOf(database, room)) tell(userTopic(member), 'news', news)
}

function membersOf(database: Database, room: Room): { id: number }[] {
  return database.all('SELECT user_id AS id FROM members WHERE room_id = ?', room.id)
}

/** Changes one's own message. @returns `undefined` for one that is not theirs, or gone. */
export function edit(user: User, room: Room, id: number, body: string): Promise<Message | undefined> {
  return change(user, room, id, 'message_edited', (database, revision) =>
    database.run(
      'UPDATE messages SET body = ?, edited_at = ?, revision = ? WHERE id = ? AND body <> ?',
      body,
      Date.now(),
      revision,
      id,
      body,
    ),
  )
}

/** Deletes one's own message: what it said is gone, and the files that came with it. @returns as {@link edit}. */
export async function remove(user: User, room: Room, id: number): Promise<Message | undefined> {
  const files: string[] = []
  const removed = await change(user, room, id, 'message_deleted', (database, revision) => {
    database.run("UPDATE messages SET body = '', deleted_at = ?, revision = ? WHERE id = ?", Date.now(), revision, id)
    const gone = database.all<Attachment>('DELETE FROM attachments WHERE message_id = ? RETURNING id', id)
    files.push(...gone.map((attachment) => attachment.id))
  })
  for (const file of files) await rm(await Store.filePath(file), { force: true })
  return removed
}

function change(
  user: User,
  room: Room,
  id: number,
  event: string,
  write: (database: Database, revision: number) => unknown,
): Promise<Message | undefined> {
  return Store.run((database, tell) => {
    const own = database.first(
      'SELECT 1 FROM messages WHERE id = ? AND room_id = ? AND user_id = ? AND deleted_at IS NULL',
      id,
      room.id,
      user.id,
    )
    if (own === undefined) return undefined
    write(database, revisionOf(database, room) + 1)
    const message = messageWith(database, id)
    tell(roomTopic(room), event, message)
    return message
  })
}

/** What part of a room's messages is wanted: the last ones, those before one, or those after one. */
export type Span = { readonly before?: number; readonly after?: number; readonly limit?: number }

/** How many messages a page of a room's history has. */
export const PAGE_SIZE = 50
/** How many messages after one are read at a time. */
export const MOST_MISSED = 1000

/** Messages of a room, oldest first: after one, no more than {@link MOST_MISSED}. */
export function messagesOf(room: Room, { before, after, limit = PAGE_SIZE }: Span = {}): Promise<Message[]> {
  return Store.run((database) => {
    if (after !== undefined) return pageAfter(database, room, after)
    return pageBefore(database, room, before ?? Number.MAX_SAFE_INTEGER, limit)
  })
}

function pageAfter(database: Database, room: Room, id: number): Message[] {
  return select(database, 'room_id = ? AND messages.id > ? ORDER BY messages.id LIMIT ?', room.id, id, MOST_MISSED)
}

function pageBefore(database: Database, room: Room, id: number, limit: number): Message[] {
  const where = 'room_id = ? AND messages.id < ? ORDER BY messages.id DESC LIMIT ?'
  return select(database, where, room.id, id, limit).reverse()
}

/** How much of a room somebody has seen: the last message, and the last revision. */
export interface Seen {
  readonly id: number
  readonly revision: number
}

/** What somebody has not seen of a room. */
export interface News {
  /** Those after the last one that was seen, oldest first; the last page, for whoever has seen none. */
  readonly messages: readonly Message[]
  /** Those that were seen, and have been edited or deleted since. */
  readonly changed: readonly Message[]
  /** What is seen with it. */
  readonly seen: Seen
  /** Whether that is all; if not, there is more to ask for. */
  readonly isAll: boolean
}

/** What is new in a room, at most {@link MOST_MISSED} of each kind. */
export function newsOf(room: Room, seen?: Seen): Promise<News> {
  return Store.run((database) => {
    const revision = revisionOf(database, room)
    if (seen === undefined) {
      const messages = pageBefore(database, room, Number.MAX_SAFE_INTEGER, PAGE_SIZE)
      return { messages, changed: [], seen: { id: messages.at(-1)?.id ?? 0, revision }, isAll: true }
    }
    const messages = pageAfter(database, room, seen.id)
    const changed = select(
      database,
      'room_id = ? AND messages.id <= ? AND revision > ? ORDER BY revision LIMIT ?',
      room.id,
      seen.id,
      seen.revision,
      MOST_MISSED,
    )
    const isCut = changed.length === MOST_MISSED
    const upTo = { id: messages.at(-1)?.id ?? seen.id, revision: isCut ? (changed.at(-1)?.revision ?? 0) : revision }
    return { messages, changed, seen: upTo, isAll: !isCut && messages.length < MOST_MISSED }
  })
}

/** A message of a room, by its number. */
export function messageIn(room: Room, id: number): Promise<Message | undefined> {
  return Store.run((database) => select(database, 'messages.id = ? AND room_id = ?', id, room.id)[0])
}

/** An attachment that somebody may see, with the room that it was sent to. */
export function attachmentWith(id: string): Promise<(Attachment & { readonly room: string }) | undefined> {
  return Store.run((database) =>
    database.first(
      `SELECT attachments.id, attachments.name, type, bytes, rooms.slug AS room
         FROM attachments JOIN messages ON messages.id = message_id JOIN rooms ON rooms.id = room_id WHERE attachments.id = ?`,
      id,
    ),
  )
}

interface Row {
  readonly id: number
  readonly room: string
  readonly userId: number
  readonly name: string
  readonly body: string
  readonly at: number
  readonly revision: number
  readonly editedAt: number | null
  readonly deletedAt: number | null
}

function select(database: Database, where: string, ...values: readonly number[]): Message[] {
  const rows = database.all<Row>(
    `SELECT messages.id, rooms.slug AS room, user_id AS userId, users.name, body, at, revision,
            edited_at AS editedAt, deleted_at AS deletedAt
       FROM messages JOIN users ON users.id = user_id JOIN rooms ON rooms.id = room_id WHERE ${where}`,
    ...values,
  )
  const attachments = attachmentsOf(database, rows)
  return rows.map(({ editedAt, deletedAt, ...row }) => ({
    ...row,
    isEdited: editedAt !== null,
    isDeleted: deletedAt !== null,
    attachments: attachments.get(row.id) ?? [],
  }))
}

/** Those of all these messages at once: whoever joins reads a page of them. */
function attachmentsOf(database: Database, messages: readonly { id: number }[]): ReadonlyMap<number, Attachment[]> {
  const rows = database.all<Attachment & { messageId: number }>(
    `SELECT message_id AS messageId, id, name, type, bytes FROM attachments
      WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY rowid`,
    JSON.stringify(messages.map(({ id }) => id)),
  )
  const byMessage = new Map<number, Attachment[]>()
  for (const { messageId, ...attachment } of rows)
    byMessage.set(messageId, [...(byMessage.get(messageId) ?? []), attachment])
  return byMessage
}

function messageWith(database: Database, id: number): Message {
  return select(database, 'messages.id = ?', id)[0] as Message // it was just written
}
