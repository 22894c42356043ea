import {
  type ChildOverrides,
  childSpec,
  exit,
  type FullChildSpec,
  GenServer,
  monitor,
  noReply,
  type Pid,
  receive,
  reply,
  Supervisor,
  sleep,
  stop,
  trapExit,
} from '../../src/index.ts'
import type { Report, SupervisorReport } from '../../src/reports/report.ts'

/** What a {@link worker} is made of. */
interface Work {
  readonly id: unknown
  readonly journal: string[]
  /** How long its last words take. */
  readonly stopMs: number
}

/** Writes down when it starts and when it is stopped; traps exits. */
export const Worker = GenServer.define({
  module: 'Worker',
  init: (work: Work) => {
    trapExit(true)
    work.journal.push(`${work.id} up`)
    return work
  },
  handleCall: {
    ping: (_: undefined, work) => reply(`pong from ${work.id}`),
  },
  handleCast: {
    end: (reason: unknown) => stop(reason),
    hang: async () => {
      await sleep('infinity')
      return noReply()
    },
  },
  handleInfo: () => noReply(),
  terminate: async (_, { id, journal, stopMs }) => {
    if (stopMs > 0) await sleep(stopMs)
    journal.push(`${id} down`)
  },
})

/** A child that writes into `journal`. */
export function worker(
  journal: string[],
  id: unknown,
  overrides: ChildOverrides & { stopMs?: number } = {},
): FullChildSpec {
  const { stopMs = 0, ...fields } = overrides
  return childSpec(Worker, { id, journal, stopMs }, { id, ...fields })
}

/** The pid of a child, or why it has none. */
export async function childOf(supervisor: Pid | string, id: unknown): Promise<Pid | 'restarting' | undefined> {
  return (await Supervisor.whichChildren(supervisor)).find((child) => child.id === id)?.child
}

/** The pid of a child that runs. */
export async function pidOf(supervisor: Pid | string, id: unknown): Promise<Pid> {
  const child = await childOf(supervisor, id)
  if (child === undefined || child === 'restarting') throw new Error(`child ${String(id)} is ${child}`)
  return child
}

/** Sends an exit signal and waits for the end. @returns the reason that the process ended with. */
export async function ended(pid: Pid, reason: unknown): Promise<unknown> {
  const ref = monitor(pid)
  exit(pid, reason)
  return (await receive((message) => message.ref === ref)).reason
}

/** Kills a process and waits for its end. */
export async function killed(pid: Pid): Promise<void> {
  await ended(pid, 'kill')
}

/** The reports of supervisors, as `context id`. */
export function contexts(reports: readonly Report[]): string[] {
  const ofSupervisors = reports.filter((report): report is SupervisorReport => report.type === 'supervisor')
  return ofSupervisors.map(({ context, offender }) => `${context} ${String(offender.id)}`)
}
