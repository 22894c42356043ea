import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'

/** How serious a report is. */
export type ReportLevel = 'debug' | 'info' | 'warning' | 'error'

/** A plain process (or the main one) ended by an uncaught error. */
export interface ProcessErrorReport {
  readonly type: 'processError'
  readonly level: 'error'
  readonly pid: Pid
  readonly name: string | undefined
  readonly label: unknown
  readonly reason: ExitReason
}

/** A linked process that does not trap exits, and so dies too. */
export interface Neighbour {
  readonly pid: Pid
  readonly name: string | undefined
  readonly initialCall: string | undefined
  readonly messageQueueLength: number
}

/** A process started by a behaviour ended abnormally. Content: OTP's proc_lib crash report. */
export interface CrashReport {
  readonly type: 'crash'
  readonly level: 'error'
  readonly initialCall: string | undefined
  readonly pid: Pid
  readonly name: string | undefined
  readonly label: unknown
  readonly reason: ExitReason
  readonly ancestors: readonly (Pid | string)[]
  readonly callers: readonly Pid[]
  readonly messageQueueLength: number
  /** The first few of the unread messages. */
  readonly messages: readonly unknown[]
  readonly links: readonly Pid[]
  readonly dictionary: ReadonlyMap<unknown, unknown>
  readonly trapsExits: boolean
  readonly status: string
  readonly reductions: number
  readonly neighbours: readonly Neighbour[]
}

/** Who made the last call to a server. */
export interface Client {
  readonly pid: Pid
  readonly name: string | undefined
  readonly isAlive: boolean
  /** Its call has not been answered. */
  readonly isWaiting: boolean
}

/** A GenServer or state machine ended abnormally: what it was doing. */
export interface ServerTerminateReport {
  readonly type: 'serverTerminate'
  readonly level: 'error'
  readonly behaviour: string
  readonly module: string
  readonly pid: Pid
  readonly name: string | undefined
  readonly label: unknown
  readonly lastMessage: unknown
  readonly state: unknown
  readonly reason: ExitReason
  /** Who made the call that failed; `undefined` when the last message was no call. */
  readonly client: Client | undefined
  /** The last system events, oldest first, when `Sys.log` is on. */
  readonly log: readonly unknown[]
  /** What a behaviour adds: queue, postponed events and timeouts of a state machine. */
  readonly details: Readonly<Record<string, unknown>>
}

/** A message that nobody handles. */
export interface UnexpectedMessageReport {
  readonly type: 'unexpectedMessage'
  /** `'debug'` for a live view without `handleInfo`. */
  readonly level: 'warning' | 'debug'
  readonly module: string
  readonly pid: Pid
  readonly name: string | undefined
  readonly message: unknown
}

/** A client was not let in, and an option or the app's code may be the reason. */
export interface ConnectionRefusedReport {
  readonly type: 'connectionRefused'
  readonly level: 'warning'
  /** The name of the endpoint. */
  readonly endpoint: string
  /** Of the mount and its transport; or the callback that is to blame. */
  readonly path: string
  readonly transport: string
  /** Which check failed. */
  readonly why: string
  /** The same in words; names what came. */
  readonly problem: string
  /** What to write instead. */
  readonly remedy: string
}

/** A message was left out for a client that reads only text. Sent for the first one of a session. */
export interface MessageDroppedReport {
  readonly type: 'messageDropped'
  readonly level: 'warning'
  /** The name of the endpoint. */
  readonly endpoint: string
  /** Of the mount and its transport. */
  readonly path: string
  readonly transport: string
  /** The process of the connection. */
  readonly pid: Pid
  readonly serializer: string
}

/** The child that a supervisor report is about. */
export interface Offender {
  readonly pid: Pid | undefined | 'restarting'
  readonly id: unknown
  readonly start: string
  readonly restart: string
  readonly significant: boolean
  readonly shutdown: number | string
  readonly childType: string
}

/** A client asked to join a topic that no pattern of its user socket matches. Semantics: Phoenix.Socket's warning. */
export interface UnmatchedTopicReport {
  readonly type: 'unmatchedTopic'
  readonly level: 'warning'
  /** The user socket. */
  readonly module: string
  /** The process of the connection. */
  readonly pid: Pid
  readonly topic: string | null
  /** What topics of it look like: `'room:*'`. */
  readonly patterns: readonly string[]
}

/** An update was sent to a live component that its view does not have, or no more. Semantics: Phoenix.LiveView's debug line. */
export interface ComponentGoneReport {
  readonly type: 'componentGone'
  readonly level: 'debug'
  /** The live view. */
  readonly module: string
  readonly pid: Pid
  /** What was meant: a module and an id, or a number. */
  readonly component: string
}

/** Something went wrong with a child. Content: OTP's supervisor report. */
export interface SupervisorReport {
  readonly type: 'supervisor'
  readonly level: 'error'
  readonly supervisor: Pid
  readonly name: string | undefined
  readonly context: 'startError' | 'childTerminated' | 'shutdownError' | 'shutdown'
  readonly reason: ExitReason
  readonly offender: Offender
}

/** A supervisor started a child. */
export interface ProgressReport {
  readonly type: 'progress'
  readonly level: 'info' | 'debug'
  readonly supervisor: Pid
  readonly name: string | undefined
  readonly started: Offender
}

/** An application started or ended, or failed in a callback of its stop. */
export interface ApplicationReport {
  readonly type: 'application'
  readonly level: 'info' | 'error'
  readonly application: string
  readonly event: 'started' | 'exited' | 'callbackFailed'
  readonly startType: string
  readonly reason: ExitReason
}

/** A task ended abnormally. */
export interface TaskTerminateReport {
  readonly type: 'taskTerminate'
  readonly level: 'error'
  readonly pid: Pid
  readonly label: unknown
  readonly startedFrom: Pid | string
  readonly function: string
  readonly args: readonly unknown[]
  readonly reason: ExitReason
  readonly callers: readonly Pid[]
}

/** An answer to a request failed: the client got a status of 500 or more, or half of the answer. */
export interface RequestFailedReport {
  readonly type: 'requestFailed'
  readonly level: 'error'
  readonly endpoint: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The path of the route as it was written, or `errorPage`; `undefined` when no handler of a router failed. */
  readonly route: string | undefined
  readonly reason: ExitReason
}

/** The native server cannot be loaded here, and another one has taken its place. */
export interface ServerFallbackReport {
  readonly type: 'serverFallback'
  readonly level: 'warning'
  readonly endpoint: string
  readonly adapter: string
  readonly reason: ExitReason
}

/** A handler held the thread: everything else waited. */
export interface LongRunReport {
  readonly type: 'longRun'
  readonly level: 'warning'
  /** Milliseconds. */
  readonly durationMs: number
  /** Who ran in that time: one process, or a few when many ran between two looks at the clock. */
  readonly processes: readonly { readonly pid: Pid; readonly name: string }[]
}

/** A bounded mailbox is full. Sent for the first message of an overflow, and then for every doubling of the loss. */
export interface MailboxOverflowReport {
  readonly type: 'mailboxOverflow'
  readonly level: 'warning'
  readonly pid: Pid
  readonly name: string | undefined
  readonly policy: string
  /** Messages dropped since the mailbox was last below its limit. */
  readonly dropped: number
}

/** Everything that a runtime reports. Semantics: OTP's logger reports (`otp.md` §24). */
export type Report =
  | ProcessErrorReport
  | CrashReport
  | ServerTerminateReport
  | UnexpectedMessageReport
  | UnmatchedTopicReport
  | ComponentGoneReport
  | ConnectionRefusedReport
  | MessageDroppedReport
  | SupervisorReport
  | ProgressReport
  | ApplicationReport
  | TaskTerminateReport
  | RequestFailedReport
  | ServerFallbackReport
  | LongRunReport
  | MailboxOverflowReport

/** Takes reports. It must not throw; what it throws is swallowed, so that reporting never harms the dying process. */
export type Reporter = (report: Report) => void
