import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { Monitor } from './monitor.ts'

/**
 * The way to processes that are not on this thread: what `src/cluster` plugs into a runtime.
 *
 * Signals from one process to another must arrive in the order in which these methods were called.
 */
export interface NodeLink {
  send(to: Pid, message: unknown): void
  sendToName(node: string, name: string, message: unknown): void
  exit(from: Pid, to: Pid, reason: ExitReason): void
  link(from: Pid, to: Pid): void
  unlink(from: Pid, to: Pid): void
  /** Must end in `monitor.targetEnded(reason)`, once, unless `demonitor` comes first. */
  monitor(monitor: Monitor, to: Pid): void
  demonitor(monitor: Monitor, to: Pid): void
}

/** What a runtime without a cluster does: nobody is reachable, and whoever watches is told so at once. */
export function noNodeLink(exitSignal: (from: Pid, to: Pid, reason: ExitReason) => void): NodeLink {
  return {
    send() {},
    sendToName() {},
    exit() {},
    link: (from, to) => exitSignal(to, from, 'noconnection'),
    unlink() {},
    monitor: (monitor) => monitor.targetEnded('noconnection'),
    demonitor() {},
  }
}
