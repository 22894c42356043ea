import type { ExitReason } from '../core/reason.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { LocalProcess } from './process.ts'

const spawns = emitter('beamish.process.spawn')
const exits = emitter('beamish.process.exit')

/** When processes were started, in milliseconds of their runtime's clock: known of those whose end somebody waits for. */
const spawnedAt = new WeakMap<LocalProcess, number>()

/** Tells who listens that `process` was started. Costs two looks at a flag while nobody does. */
export function emitSpawn(process: LocalProcess): void {
  if (exits.hasHandlers) spawnedAt.set(process, process.runtime.clock.now())
  if (spawns.hasHandlers) spawns.execute({ count: 1 }, { pid: process.pid })
}

/** Tells who listens that `process`, which had this name, has ended. */
export function emitExit(process: LocalProcess, name: string | undefined, reason: ExitReason): void {
  if (!exits.hasHandlers) return
  const { pid, belongings, runtime } = process
  const spawnedAtMs = spawnedAt.get(process)
  const lifetime = spawnedAtMs === undefined ? {} : { lifetimeMs: runtime.clock.now() - spawnedAtMs }
  exits.execute({ count: 1, ...lifetime }, { pid, name, label: belongings?.label, reason })
}
