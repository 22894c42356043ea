import * as v from 'valibot'
import type { Database } from '../../shared/database.ts'
import type { User } from '../accounts/accounts.ts'
import { Store } from '../store/store.ts'

/** A place to talk: open to all, or between two people. */
export interface Room {
  readonly id: number
  /** Its name in addresses and topics. */
  readonly slug: string
  /** Its name for people; for two people the name of the other one. */
  readonly title: string
  readonly kind: 'open' | 'direct'
}

/** A room as it stands in somebody's list. */
export interface ListedRoom extends Room {
  /** How many messages of others they have not seen; {@link MOST_UNREAD} and one for all that are more. */
  readonly unread: number
}

/** What a room is opened with. */
export const NewRoom = v.object({
  title: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(2, 'two letters at least'),
    v.maxLength(40, '40 letters at most'),
    v.regex(/[a-z0-9]/i, 'a letter or a digit'),
  ),
})

/** Where everybody hears of new rooms. */
export const ROOMS_TOPIC = 'rooms'
/** Where one person hears of what others say to them alone. */
export const userTopic = (user: Pick<User, 'id'>): string => `user:${user.id}`
/** Where those in a room hear what is said. */
export const roomTopic = (room: Pick<Room, 'slug'>): string => `room:${room.slug}`

/** Opens a room for all. @returns `'taken'` when there is one of that name. */
export function openRoom({ title }: v.InferOutput<typeof NewRoom>): Promise<Room | 'taken'> {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return Store.run((database, tell) => {
    const room = insertRoom(database, slug, title, 'open')
    if (room === undefined) return 'taken'
    tell(ROOMS_TOPIC, 'room_opened', room)
    return room
  })
}

/** The room of two people, which is made when the first of them looks for it. */
export function directRoom(me: User, other: User): Promise<Room> {
  const [first, second] = [me.id, other.id].sort((a, b) => a - b)
  // With underscores, which no title becomes: otherwise a room "Direct 1 2", open to all, could be there before this one.
  const slug = `direct_${first}_${second}`
  return Store.run((database, tell) => {
    const made = insertRoom(database, slug, '', 'direct')
    if (made !== undefined) {
      for (const { id } of [me, other]) {
        database.run('INSERT OR IGNORE INTO members (room_id, user_id) VALUES (?, ?)', made.id, id)
        tell(userTopic({ id }), 'room_opened', made)
      }
    }
    return findRoom(database, slug, me) as Room // it is there, and they are in it
  })
}

/** A room that somebody may enter; `undefined` when there is none, or it is for others. */
export function roomFor(user: User, slug: unknown): Promise<Room | undefined> {
  if (typeof slug !== 'string') return Promise.resolve(undefined)
  return Store.run((database) => findRoom(database, slug, user))
}

const ROOM = `SELECT rooms.id, rooms.slug, rooms.kind,
    CASE rooms.kind WHEN 'open' THEN rooms.title ELSE (
      SELECT users.name FROM members JOIN users ON users.id = members.user_id
       WHERE members.room_id = rooms.id ORDER BY users.id = ?1 LIMIT 1) END AS title
  FROM rooms
  WHERE (rooms.kind = 'open' OR rooms.id IN (SELECT room_id FROM members WHERE user_id = ?1))`

function findRoom(database: Database, slug: string, user: User): Room | undefined {
  return database.first<Room>(`${ROOM} AND rooms.slug = ?2`, user.id, slug)
}

/** More new messages than these are not counted. */
export const MOST_UNREAD = 99

/** For one person, `?1`. Pages wait for it: it reads no room of others, and does not count all that is new. */
export const ROOMS_OF = `SELECT found.*, (
    SELECT count(*) FROM (
      SELECT 1 FROM messages
       WHERE messages.room_id = found.id AND messages.user_id <> ?1 AND messages.deleted_at IS NULL
         AND messages.id > coalesce((SELECT message_id FROM reads WHERE user_id = ?1 AND room_id = found.id), 0)
       LIMIT ${MOST_UNREAD + 1})
  ) AS unread
  FROM (${ROOM}) AS found ORDER BY found.kind DESC, found.title COLLATE NOCASE`

/** All rooms that somebody may enter: the open ones first, each with what is new in it. */
export function roomsOf(user: User): Promise<ListedRoom[]> {
  return Store.run((database) => database.all<ListedRoom>(ROOMS_OF, user.id))
}

/** Somebody has seen what was said in a room up to a message. */
export function markRead(user: User, room: Room, messageId: number): Promise<void> {
  return Store.run((database) => {
    database.run(
      `INSERT INTO reads (user_id, room_id, message_id) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET message_id = max(message_id, excluded.message_id)`,
      user.id,
      room.id,
      messageId,
    )
  })
}

function insertRoom(database: Database, slug: string, title: string, kind: Room['kind']): Room | undefined {
  return database.first<Room>(
    `INSERT INTO rooms (slug, title, kind, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING id, slug, title, kind`,
    slug,
    title,
    kind,
    Date.now(),
  )
}
