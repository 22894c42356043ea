import type { Pid } from '../core/pid.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { send } from '../runtime/signals.ts'
import type { ActorEvent } from './machine-actors.ts'

/** What a subscriber of a machine gets when it emits an event. */
export class EmittedMessage<E = ActorEvent> {
  readonly type = 'emitted'
  readonly from: Pid
  readonly event: E

  constructor(from: Pid, event: E) {
    this.from = from
    this.event = event
  }
}

/** A subscriber: it is forgotten when it ends, without a message. */
class Subscription extends Monitor {
  private readonly forget: () => void

  constructor(watcher: LocalProcess, subscriber: Pid, forget: () => void) {
    super(watcher, subscriber)
    this.forget = forget
  }

  override targetEnded(): void {
    this.forget()
  }
}

/** Who gets the events that a machine emits. */
export class Subscribers {
  private readonly owner: () => LocalProcess
  private readonly monitors = new Map<Pid, Monitor>()

  constructor(owner: () => LocalProcess) {
    this.owner = owner
  }

  get size(): number {
    return this.monitors.size
  }

  /** Until it ends or is removed; adding it twice is adding it once. */
  add(pid: Pid): void {
    if (this.monitors.has(pid)) return
    const owner = this.owner()
    const monitor = new Subscription(owner, pid, () => this.monitors.delete(pid))
    const target = pid.receiver as LocalProcess | undefined
    if (target === undefined && pid.node === owner.runtime.node) return // it ended before it was heard
    this.monitors.set(pid, monitor)
    if (target === undefined) owner.runtime.nodeLink.monitor(monitor, pid)
    else if (target !== owner) monitor.attach(target)
  }

  remove(pid: Pid): void {
    this.monitors.get(pid)?.detach()
    this.monitors.delete(pid)
  }

  tell(event: ActorEvent): void {
    if (this.monitors.size === 0) return
    const message = new EmittedMessage(this.owner().pid, event)
    for (const pid of this.monitors.keys()) send(pid, message)
  }
}
