import type { From } from '../behaviours/call.ts'
import { GenServer } from '../behaviours/gen-server.ts'
import { noReply } from '../behaviours/result.ts'
import type { Pid } from '../core/pid.ts'
import type { Ref } from '../core/ref.ts'
import { actingProcess } from '../runtime/current.ts'
import { isDown, isExit } from '../runtime/messages.ts'
import type { Operation } from '../runtime/operation.ts'
import { demonitor, monitor, trapExit } from '../runtime/signals.ts'
import { Locks } from './locks.ts'
import type { OpenPartition, RegistryTable } from './table.ts'

/** A process that holds a lock or waits for it. */
interface Claim {
  readonly lock: unknown
  readonly from: From<Ref>
  /** On the process: it also is the key that releases the lock. */
  readonly watch: Ref
}

interface State {
  readonly partition: OpenPartition
  readonly locks: Locks<Claim>
  readonly claims: Map<Ref, Claim>
}

/**
 * The process that owns the entries of one partition: linked to everybody who is registered in it, it clears up after those
 * who end, and takes them along when it fails itself.
 */
const PartitionServer = GenServer.define({
  module: 'Registry.Partition',
  init: ({ table, index }: { readonly table: RegistryTable; readonly index: number }): State => {
    trapExit(true)
    return { partition: table.openPartition(index, actingProcess()), locks: new Locks(), claims: new Map() }
  },
  handleCall: {
    lock: (lock: unknown, state, from: From<Ref>) => {
      const claim = { lock, from, watch: monitor(from.pid) }
      state.claims.set(claim.watch, claim)
      if (state.locks.enter(lock, claim)) grant(claim)
      return noReply()
    },
  },
  handleCast: {
    unlock: (key: Ref, state) => {
      release(state, key)
      return noReply()
    },
  },
  handleInfo: (message: unknown, state) => {
    if (isExit(message)) state.partition.entries.deletePid(message.from)
    else if (isDown(message)) release(state, message.ref)
    return noReply()
  },
})

function grant(claim: Claim): void {
  GenServer.reply(claim.from, claim.watch)
}

/** The lock is given back, or the holder ended, or one who waited. */
function release(state: State, key: Ref): void {
  const claim = state.claims.get(key)
  if (claim === undefined) return
  state.claims.delete(key)
  demonitor(key, { flush: true })
  const next = state.locks.leave(claim.lock, claim)
  if (next !== undefined) grant(next)
}

/** A partition of a registry: how to start it, and its locks. */
export const Partition = {
  startLink: PartitionServer.tryStartLink,
  /** Waits until the caller has the lock. @returns what gives it back. */
  lock: (owner: Pid, lock: unknown): Operation<Ref> =>
    PartitionServer.call(owner, 'lock', lock, { timeoutMs: 'infinity' }),
  unlock: (owner: Pid, key: Ref): void => PartitionServer.cast(owner, 'unlock', key),
} as const
