import { checkKeys } from '../core/check-keys.ts'

import { BadArgumentError } from '../core/errors.ts'
import type { Dispatcher } from '../pubsub/dispatch.ts'
import { checkName } from '../runtime/names.ts'
import type { AnnouncerSettings, Fetch, HandleMetas } from './announcer.ts'

/** Options of a presence. */
export interface PresenceOptions<State = unknown> {
  /** Unique among the presences of a program, and the same on all nodes. */
  readonly name: string
  /** The name of the PubSub over which it works. It must be started before, and be the same on all nodes. */
  readonly pubsub: string
  /**
   * Adds to presences what their readers want to know, such as rows of a database: returns all keys that it is given, with
   * their `metas` and whatever else. Once for the joins and once for the leaves of every diff, and for `list` and `getByKey`;
   * never once for each client. May be async, and should have a time limit of its own: diffs go out in order.
   *
   * For diffs it runs in a process of its own; when it fails that is reported, and the diff goes out as it is. What it throws in
   * `list` and `getByKey`, they throw.
   */
  readonly fetch?: Fetch
  /** The first state of `handleMetas`, for each shard: called when the shard starts. */
  readonly init?: () => State
  /**
   * Follows who is present, on the server: called in the shard's process after each diff was broadcast.
   *
   * `diff` is that diff; `presences` has the metas of everybody in the topic after it, and none when all have left. It belongs
   * to the shard: copy what you keep. Returns its new state, or nothing to keep it. What it throws is a crash of the shard.
   */
  readonly handleMetas?: HandleMetas<State>
  /** Hands each diff to its subscribers. Default: that of channels, or a plain message to each where there are none. */
  readonly dispatcher?: Dispatcher
  /** How often other nodes are told what has happened here. Default 1500. */
  readonly broadcastPeriodMs?: number
  /** After so many periods without news it says that it is still there. Default 10. */
  readonly maxSilentPeriods?: number
  /**
   * A node that is silent for longer counts as down: its entries leave, and come back with it. Default 30000, that is twice the
   * longest silence; at least twice `broadcastPeriodMs`.
   */
  readonly downPeriodMs?: number
  /** A node that is silent for longer is forgotten. Default 1200000; more than `downPeriodMs`. */
  readonly permdownPeriodMs?: number
  /** How many periods it listens before it asks others for what it missed. Default 2. */
  readonly clockSamplePeriods?: number
  /** How much of the recent past is kept for those who missed it, in several lengths. Default `[100, 1000, 10000]`. */
  readonly maxDeltaSizes?: readonly number[]
  /** How many shards share the topics; the same on all nodes. Default 1. */
  readonly poolSize?: number
  /** Whether its end by its supervisor is a goodbye, so that its entries leave everywhere at once. Default false. */
  readonly permdownOnShutdown?: boolean
}

/** The time of day, and chance: a runtime has neither, and tests give their own. */
export interface PresenceWorld {
  /** From 0 to less than 1. */
  readonly random: () => number
  /** Milliseconds since 1970. */
  readonly systemTimeMs: () => number
  /** Another one at each call. */
  readonly vsn: () => string
}

/** What a presence is. Checked, with defaults. */
export interface TrackerSettings extends AnnouncerSettings {
  readonly broadcastPeriodMs: number
  readonly maxSilentPeriods: number
  readonly downPeriodMs: number
  readonly permdownPeriodMs: number
  readonly clockSamplePeriods: number
  readonly maxDeltaSizes: readonly number[]
  readonly poolSize: number
  readonly permdownOnShutdown: boolean
  /** From 0 to less than 1. */
  readonly random: () => number
  /** Milliseconds since 1970. */
  readonly systemTimeMs: () => number
}

const OPTIONS: readonly string[] = [
  'name',
  'pubsub',
  'fetch',
  'init',
  'handleMetas',
  'dispatcher',
  'broadcastPeriodMs',
  'maxSilentPeriods',
  'downPeriodMs',
  'permdownPeriodMs',
  'clockSamplePeriods',
  'maxDeltaSizes',
  'poolSize',
  'permdownOnShutdown',
] satisfies (keyof PresenceOptions)[]

/** Checks the options of a presence and fills in the defaults. @throws {BadArgumentError} */
export function checkOptions<State>(
  where: string,
  options: PresenceOptions<State>,
  world: PresenceWorld,
): TrackerSettings {
  checkKeys(where, options, OPTIONS)
  const { name, pubsub, permdownOnShutdown = false, maxDeltaSizes = [100, 1000, 10_000] } = options
  checkText(`${where}: name`, name)
  checkText(`${where}: pubsub`, pubsub)
  checkFunctions(where, options)
  if (typeof permdownOnShutdown !== 'boolean')
    throw new BadArgumentError(`${where}: permdownOnShutdown`, 'true or false', permdownOnShutdown)
  if (!Array.isArray(maxDeltaSizes) || !maxDeltaSizes.every(isCount))
    throw new BadArgumentError(`${where}: maxDeltaSizes`, 'a list of whole numbers, at least 1', maxDeltaSizes)
  return {
    name,
    pubsub,
    fetch: options.fetch,
    init: options.init,
    handleMetas: options.handleMetas as HandleMetas<unknown> | undefined, // it only gets what init and itself returned
    dispatcher: options.dispatcher,
    maxDeltaSizes,
    permdownOnShutdown,
    ...checkCounts(where, options as PresenceOptions),
    random: world.random,
    systemTimeMs: world.systemTimeMs,
  }
}

function checkText(where: string, text: unknown): void {
  if (typeof text !== 'string') throw new BadArgumentError(where, 'a string', text)
  checkName(where, text)
}

function checkFunctions<State>(where: string, options: PresenceOptions<State>): void {
  const { fetch, init, handleMetas, dispatcher } = options
  for (const [option, value] of Object.entries({ fetch, init, handleMetas, dispatcher })) {
    if (value !== undefined && typeof value !== 'function')
      throw new BadArgumentError(`${where}: ${option}`, 'a function', value)
  }
  if (handleMetas !== undefined && init === undefined) {
    throw new BadArgumentError(`${where}: handleMetas`, 'an init beside it, for its first state', 'none')
  }
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1
}

function checkCounts(where: string, options: PresenceOptions) {
  const { broadcastPeriodMs = 1500, maxSilentPeriods = 10, clockSamplePeriods = 2, poolSize = 1 } = options
  const { downPeriodMs = broadcastPeriodMs * maxSilentPeriods * 2, permdownPeriodMs = 1_200_000 } = options
  const counts = {
    broadcastPeriodMs,
    maxSilentPeriods,
    downPeriodMs,
    permdownPeriodMs,
    clockSamplePeriods,
    poolSize,
  }
  for (const [option, value] of Object.entries(counts)) {
    if (!isCount(value)) throw new BadArgumentError(`${where}: ${option}`, 'a whole number, at least 1', value)
  }
  if (downPeriodMs < 2 * broadcastPeriodMs) {
    const expected = `at least twice the broadcastPeriodMs, ${2 * broadcastPeriodMs}, or a late message is taken for an end`
    throw new BadArgumentError(`${where}: downPeriodMs`, expected, downPeriodMs)
  }
  if (permdownPeriodMs <= downPeriodMs) {
    throw new BadArgumentError(
      `${where}: permdownPeriodMs`,
      `more than the downPeriodMs, ${downPeriodMs}`,
      permdownPeriodMs,
    )
  }
  return counts
}
