import type { ExitReason } from '../core/reason.ts'
import type { CrashReport, Neighbour } from '../reports/report.ts'
import { linkedPids } from './links.ts'
import type { LocalProcess } from './process.ts'

const MESSAGES_SHOWN = 10

/** What is known about a process at the moment it fails. Content: OTP `proc_lib` crash reports. */
export function crashReport(process: LocalProcess, reason: ExitReason): CrashReport {
  const own = process.belongings
  const links = linkedPids(process.links)
  return {
    type: 'crash',
    level: 'error',
    initialCall: process.initialCall,
    pid: process.pid,
    name: process.name,
    label: own?.label,
    reason,
    ancestors: process.ancestors ?? [],
    callers: own?.callers ?? [],
    messageQueueLength: process.mailbox.size,
    messages: process.mailbox.toArray().slice(0, MESSAGES_SHOWN),
    links,
    dictionary: new Map(own?.dictionary),
    trapsExits: process.trapsExits,
    status: 'running',
    reductions: process.reductions,
    neighbours: links.flatMap((pid) => neighbour(pid.receiver as LocalProcess | undefined)),
  }
}

/** A linked process that does not trap exits dies of this crash: worth a line. */
function neighbour(process: LocalProcess | undefined): Neighbour[] {
  if (process === undefined || process.trapsExits) return []
  const { pid, name, initialCall, mailbox } = process
  return [{ pid, name, initialCall, messageQueueLength: mailbox.size }]
}
