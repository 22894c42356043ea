import { BeamishError, show } from '../core/errors.ts'
import type { Entry } from './delta.ts'
import { compareRefs } from './phx-ref.ts'

/** What a process was tracked with, and the names that the server gives it. It never changes: an update makes another. */
export interface PresenceMeta {
  /** Unique in the cluster. */
  readonly phx_ref: string
  /** After an update: the `phx_ref` of the meta that this one replaced. */
  readonly phx_ref_prev?: string
  // biome-ignore lint/suspicious/noExplicitAny: the app knows what it tracks
  readonly [member: string]: any
}

/** Who is present under one key: a meta for each tracked process, oldest first, and what `fetch` adds. */
export interface PresenceEntry {
  readonly metas: readonly PresenceMeta[]
  // biome-ignore lint/suspicious/noExplicitAny: the app knows what its `fetch` adds
  readonly [member: string]: any
}

/**
 * Who is present in a topic, by key: `{ key: { metas, …fetched } }`.
 *
 * An object without a prototype, so that any key is safe: `__proto__` and `constructor` are keys like others.
 */
export type Presences = { readonly [key: string]: PresenceEntry }

/** What changed in a topic. An update has the old meta under `leaves` and the new one under `joins`. */
export interface PresenceDiff {
  readonly joins: Presences
  readonly leaves: Presences
}

/** The metas of everybody in a topic, by key. */
export type TopicMetas = { readonly [key: string]: readonly PresenceMeta[] }

/** What changed in one of the topics. */
export interface TopicDiff extends PresenceDiff {
  readonly topic: string
}

/** An object for keys that anybody may choose. */
function dictionary<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T> // it has no members but those that are put into it
}

/** The entries of one topic by key. */
export function group(entries: Iterable<Entry>): Presences {
  const presences = dictionary<{ readonly metas: PresenceMeta[] }>()
  for (const { key, meta } of entries) {
    const known = presences[key]
    if (known === undefined)
      presences[key] = { metas: [meta as PresenceMeta] } // the tracker has given it a phx_ref
    else insertByAge(known.metas, meta as PresenceMeta)
  }
  return presences
}

/** What arrives is nearly always the newest. */
function insertByAge(metas: PresenceMeta[], meta: PresenceMeta): void {
  let place = metas.length
  while (place > 0 && compareRefs((metas[place - 1] as PresenceMeta).phx_ref, meta.phx_ref) > 0) place--
  metas.splice(place, 0, meta)
}

/** Changes of any topics, by topic, in the order in which the topics appear. */
export function groupByTopic(joins: Iterable<Entry>, leaves: Iterable<Entry>): TopicDiff[] {
  const topics = new Map<string, { readonly joins: Entry[]; readonly leaves: Entry[] }>()
  const changesOf = (topic: string) => {
    const known = topics.get(topic) ?? { joins: [], leaves: [] }
    topics.set(topic, known)
    return known
  }
  for (const entry of joins) changesOf(entry.topic).joins.push(entry)
  for (const entry of leaves) changesOf(entry.topic).leaves.push(entry)
  return Array.from(topics, ([topic, changes]) => ({
    topic,
    joins: group(changes.joins),
    leaves: group(changes.leaves),
  }))
}

/** How many metas there are. */
export function countMetas(presences: Presences): number {
  return Object.values(presences).reduce((count, { metas }) => count + metas.length, 0)
}

/**
 * What a `fetch` returned, with the keys that it was given and no others.
 * @throws {BeamishError} `BEAMISH_BAD_RETURN` when a key or its `metas` are missing.
 */
export function checkFetched(presence: string, given: Presences, fetched: unknown): Presences {
  const checked = dictionary<PresenceEntry>()
  for (const key of Object.keys(given)) {
    if (!isObject(fetched)) throw badFetch(presence, 'an object', fetched)
    const entry = Object.hasOwn(fetched, key) ? fetched[key] : undefined
    if (!isObject(entry) || !Array.isArray(entry['metas']))
      throw badFetch(presence, `${show(key)} with its metas`, entry)
    checked[key] = entry as PresenceEntry // as checked; what else is in it is the app's
  }
  return checked
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function badFetch(presence: string, expected: string, got: unknown): BeamishError {
  const advice = 'Keep all keys and their metas: Object.fromEntries(Object.entries(presences).map(…)).'
  return new BeamishError(
    'BEAMISH_BAD_RETURN',
    `the fetch of presence ${show(presence)} must return ${expected}, got ${show(got)}. ${advice}`,
  )
}

/** Who is present in one topic, as handed out. */
interface View {
  readonly metas: Record<string, PresenceMeta[]>
  keys: number
}

/**
 * Who is present in each topic, as told so far: it follows the announced diffs, which may be behind the state.
 *
 * There is one object for each topic, which the next diff changes: a diff costs what it changes.
 */
export class TopicViews {
  private readonly views = new Map<string, View>()

  /** Takes in a diff. @returns who is present in its topic now. */
  apply({ topic, joins, leaves }: TopicDiff): TopicMetas {
    const view = this.views.get(topic) ?? { metas: dictionary(), keys: 0 }
    for (const [key, { metas }] of Object.entries(joins)) addMetas(view, key, metas)
    for (const [key, { metas }] of Object.entries(leaves)) removeMetas(view, key, metas)
    if (view.keys > 0) this.views.set(topic, view)
    else this.views.delete(topic)
    return view.metas
  }
}

function addMetas(view: View, key: string, metas: readonly PresenceMeta[]): void {
  const known = view.metas[key]
  if (known !== undefined) {
    known.push(...metas)
    return
  }
  view.metas[key] = [...metas]
  view.keys++
}

function removeMetas(view: View, key: string, metas: readonly PresenceMeta[]): void {
  const known = view.metas[key]
  if (known === undefined) return
  const gone = new Set(metas.map(({ phx_ref }) => phx_ref))
  const left = known.filter(({ phx_ref }) => !gone.has(phx_ref))
  if (left.length > 0) {
    view.metas[key] = left
    return
  }
  delete view.metas[key]
  view.keys--
}
