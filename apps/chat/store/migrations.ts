/** Each runs once on each file, in order, when the program starts. What has been shipped is never edited: add another one. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE users (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE COLLATE NOCASE,
     password_hash TEXT NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE rooms (
     id INTEGER PRIMARY KEY,
     slug TEXT NOT NULL UNIQUE,
     title TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('open', 'direct')),
     created_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE members (
     room_id INTEGER NOT NULL REFERENCES rooms,
     user_id INTEGER NOT NULL REFERENCES users,
     PRIMARY KEY (room_id, user_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX members_by_user ON members (user_id);

   CREATE TABLE messages (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     room_id INTEGER NOT NULL REFERENCES rooms,
     user_id INTEGER NOT NULL REFERENCES users,
     nonce TEXT NOT NULL,
     body TEXT NOT NULL,
     at INTEGER NOT NULL,
     edited_at INTEGER,
     deleted_at INTEGER,
     UNIQUE (room_id, user_id, nonce)
   ) STRICT;
   CREATE INDEX messages_by_room ON messages (room_id, id);

   CREATE TABLE attachments (
     id TEXT PRIMARY KEY,
     message_id INTEGER NOT NULL REFERENCES messages,
     name TEXT NOT NULL,
     type TEXT NOT NULL,
     bytes INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX attachments_by_message ON attachments (message_id);

   CREATE TABLE reads (
     user_id INTEGER NOT NULL REFERENCES users,
     room_id INTEGER NOT NULL REFERENCES rooms,
     message_id INTEGER NOT NULL,
     PRIMARY KEY (user_id, room_id)
   ) STRICT, WITHOUT ROWID;

   INSERT INTO rooms (slug, title, kind, created_at) VALUES
     ('lobby', 'Lobby', 'open', 0), ('garden', 'Garden', 'open', 0), ('workshop', 'Workshop', 'open', 0)`,

  `ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
   UPDATE messages SET revision = id;
   CREATE INDEX messages_by_revision ON messages (room_id, revision)`,

  `UPDATE rooms SET slug = replace(slug, '-', '_') WHERE kind = 'direct';
   CREATE INDEX rooms_by_kind ON rooms (kind)`,

  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     user_id INTEGER NOT NULL REFERENCES users,
     opened_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_age ON sessions (opened_at)`,
]
