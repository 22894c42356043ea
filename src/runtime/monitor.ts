import type { ExitReason } from '../core/reason.ts'
import { Ref } from '../core/ref.ts'
import type { DownMessage, MonitoredObject } from './messages.ts'
import type { LocalProcess } from './process.ts'

/** When the reference of a monitor (or alias) stops being an address. */
export type AliasMode = 'explicitUnalias' | 'demonitor' | 'replyDemonitor' | 'reply'

/**
 * One process watching another: the reference that `monitor` returns, and a node in two lists.
 *
 * ```
 *  watcher.monitors  ─► Monitor ⇄ Monitor ⇄ …      what this process watches
 *  target.watchers   ─► Monitor ⇄ Monitor ⇄ …      who watches this process
 * ```
 * Both lists are intrusive, so that setting and removing a monitor (every `GenServer.call` does both) costs a few pointer
 * writes and no lookup. Disposing it is `demonitor(ref, { flush: true })`.
 */
export class Monitor extends Ref implements Disposable {
  readonly watcher: LocalProcess
  /** `undefined` once it has fired or was removed. */
  target: LocalProcess | undefined = undefined
  object: MonitoredObject
  previousOfWatcher: Monitor | undefined = undefined
  nextOfWatcher: Monitor | undefined = undefined
  previousOfTarget: Monitor | undefined = undefined
  nextOfTarget: Monitor | undefined = undefined

  constructor(watcher: LocalProcess, object: MonitoredObject) {
    super()
    this.watcher = watcher
    this.object = object
  }

  /** Puts the monitor into both lists. */
  attach(target: LocalProcess): void {
    const watcher = this.watcher
    this.target = target
    const nextOfTarget = target.watchers
    if (nextOfTarget !== undefined) {
      this.nextOfTarget = nextOfTarget
      nextOfTarget.previousOfTarget = this
    }
    target.watchers = this
    const nextOfWatcher = watcher.monitors
    if (nextOfWatcher !== undefined) {
      this.nextOfWatcher = nextOfWatcher
      nextOfWatcher.previousOfWatcher = this
    }
    watcher.monitors = this
  }

  /** Takes the monitor out of both lists. @returns whether it was active. */
  detach(): boolean {
    const target = this.target
    if (target === undefined) return false
    this.target = undefined
    const { previousOfTarget, nextOfTarget, previousOfWatcher, nextOfWatcher } = this
    if (previousOfTarget !== undefined) previousOfTarget.nextOfTarget = nextOfTarget
    else target.watchers = nextOfTarget
    if (nextOfTarget !== undefined) nextOfTarget.previousOfTarget = previousOfTarget
    if (previousOfWatcher !== undefined) previousOfWatcher.nextOfWatcher = nextOfWatcher
    else this.watcher.monitors = nextOfWatcher
    if (nextOfWatcher !== undefined) nextOfWatcher.previousOfWatcher = previousOfWatcher
    this.previousOfTarget = undefined
    this.nextOfTarget = undefined
    this.previousOfWatcher = undefined
    this.nextOfWatcher = undefined
    return true
  }

  /** The target ended (or never was there). The monitor is in no list any more. */
  targetEnded(reason: ExitReason): void {
    this.watcher.deliverSignal(downMessage('down', this, this.object, reason))
  }

  /** The watcher ended. The monitor is in no list any more; nothing may be delivered. */
  watcherEnded(): void {}

  [Symbol.dispose](): void {
    this.detach()
    this.watcher.removeDown(this)
  }
}

/** Builds the message that a monitor delivers. */
export function downMessage<Tag>(type: Tag, ref: Ref, object: MonitoredObject, reason: ExitReason): DownMessage<Tag> {
  return { type, ref, object, reason }
}

/** A monitor with a tag of its own, or whose reference is also an address. */
export class TaggedMonitor extends Monitor {
  readonly tag: unknown
  readonly aliasMode: AliasMode | undefined

  constructor(watcher: LocalProcess, object: MonitoredObject, tag: unknown, aliasMode: AliasMode | undefined) {
    super(watcher, object)
    this.tag = tag
    this.aliasMode = aliasMode
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]()
    if (this.aliasMode !== 'explicitUnalias') this.watcher.dropAlias(this)
  }

  override targetEnded(reason: ExitReason): void {
    if (this.aliasMode !== 'explicitUnalias') this.watcher.dropAlias(this)
    this.watcher.deliverSignal(downMessage(this.tag, this, this.object, reason))
  }
}
