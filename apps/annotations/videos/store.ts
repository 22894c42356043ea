import { storeOf } from '../../shared/store.ts'

/** Each runs once on each file, in order, when the program starts. What has been shipped is never edited: add another one. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE people (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE COLLATE NOCASE,
     hue INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE videos (
     id INTEGER PRIMARY KEY,
     clip TEXT NOT NULL,
     title TEXT NOT NULL,
     duration_ms INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE annotations (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     video_id INTEGER NOT NULL REFERENCES videos,
     person_id INTEGER NOT NULL REFERENCES people,
     at INTEGER NOT NULL,
     body TEXT NOT NULL,
     nonce TEXT,
     UNIQUE (video_id, person_id, nonce)
   ) STRICT;
   CREATE INDEX annotations_by_video ON annotations (video_id, id);

   INSERT INTO videos (id, clip, title, duration_ms) VALUES
     (1, 'sunrise.webm', 'Sunrise over the hills', 10000),
     (2, 'pendulums.webm', 'Fifteen pendulums', 10000),
     (3, 'rain.webm', 'Rain on a pond', 10000)`,
]

/** Videos, people and what they say are kept here. */
export const Store = storeOf({ name: 'annotations store', file: 'annotations.sqlite', migrations: MIGRATIONS })
