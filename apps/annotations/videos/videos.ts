import { Store } from './store.ts'

/** Something to watch. */
export interface Video {
  readonly id: number
  /** Its file in `clips/`. */
  readonly clip: string
  readonly title: string
  readonly durationMs: number
}

const COLUMNS = 'videos.id, clip, title, duration_ms AS durationMs'

/** All videos, and how much was said about each. */
export function allVideos(): Promise<(Video & { readonly annotations: number })[]> {
  return Store.run((database) =>
    database.all(
      `SELECT ${COLUMNS}, count(annotations.id) AS annotations
         FROM videos LEFT JOIN annotations ON video_id = videos.id GROUP BY videos.id`,
    ),
  )
}

/** The video with a number, as addresses and topics spell it. */
export async function videoWith(id: string): Promise<Video | undefined> {
  if (!/^[1-9]\d{0,14}$/.test(id)) return undefined
  return Store.run((database) => database.first<Video>(`SELECT ${COLUMNS} FROM videos WHERE id = ?`, Number(id)))
}
