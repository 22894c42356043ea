// The main door: processes, behaviours, supervisors.

// Adds the events of reports to the table of 'beamish/telemetry': declarations keep only what is imported by name or for itself.
import './reports/events.ts'

export {
  BadSupervisorError,
  type Child,
  type ChildModule,
  type ChildOverrides,
  type ChildSpec,
  type ChildType,
  childSpec,
  type FullChildSpec,
  type Restart,
  type ShutdownRule,
  type StartReturn,
  type SupervisorProblem,
} from '../supervisors/child-spec.ts'
export {
  DynamicSupervisor,
  type DynamicSupervisorFlags,
  type DynamicSupervisorOptions,
  type StartDynamicChildOutcome,
} from '../supervisors/dynamic-supervisor.ts'
export {
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  type ResizeOutcome,
} from '../supervisors/partition-supervisor.ts'
export { Supervisor, type SupervisorInit } from '../supervisors/supervisor.ts'
export { type SupervisorModule, SupervisorRefusal } from '../supervisors/supervisor-module.ts'
export type {
  AutoShutdown,
  ChildPlace,
  Strategy,
  SupervisorFlags,
  SupervisorOptions,
} from '../supervisors/supervisor-options.ts'
export {
  type ChildCounts,
  type ChildInfo,
  type DeleteChildOutcome,
  FailedToStartChild,
  type RestartChildOutcome,
  type StartChildOutcome,
  type TerminateChildOutcome,
} from '../supervisors/supervisor-process.ts'
export {
  type SupervisedStreamOptions,
  type SupervisedTaskOptions,
  type TaskChildOptions,
  TaskSupervisor,
  type TaskSupervisorOptions,
} from '../supervisors/task-supervisor.ts'
export { Application, type FetchedEnv, type PutEnvOptions } from './application/application.ts'
export type {
  ApplicationCallbacks,
  ApplicationModule,
  ApplicationRef,
  ApplicationStart,
  Environment,
  StartType,
} from './application/definition.ts'
export type {
  ApplicationInfo,
  ApplicationStartOutcome,
  ApplicationStopOutcome,
  EnsureAllStartedOutcome,
  EnsureStartedOutcome,
  RunningApplication,
} from './application/outcome.ts'
export type { RunOptions, RunResult } from './application/run.ts'
export { Agent, type AgentPid, type AgentRef } from './behaviours/agent.ts'
export type { CallOptions, From, PostedCall, Response } from './behaviours/call.ts'
export type { DebugFunction, SystemEvent } from './behaviours/debug.ts'
export { GenServer, type GenServerModule, type GenServerOptions } from './behaviours/gen-server.ts'
export {
  type CallbackModuleAction,
  changeCallbackModule,
  eventTimeout,
  genericTimeout,
  type HibernateAction,
  hibernate,
  keepState,
  keepStateAndData,
  type MachineAction,
  type MachineActions,
  type MachineResult,
  type NextEventAction,
  type NextEventType,
  nextEvent,
  nextState,
  type PostponeAction,
  popCallbackModule,
  postpone,
  pushCallbackModule,
  type ReplyAction,
  repeatState,
  repeatStateAndData,
  replyTo,
  stateTimeout,
  stopAndReply,
  type TimeoutAction,
} from './behaviours/machine-actions.ts'
export type { StateMachineModule } from './behaviours/machine-callbacks.ts'
export type { Expects, MachineEvent } from './behaviours/machine-events.ts'
export type { HostedStartOptions, HostOptions, PersistedMachine, StateMachineHost } from './behaviours/machine-host.ts'
export { EmittedMessage } from './behaviours/machine-subscribers.ts'
export type {
  LabelledResponse,
  NoReply,
  NoRequest,
  Requests,
  ResponseOptions,
  ResponseTimeout,
} from './behaviours/requests.ts'
export { ignore, type Next, noReply, ok, refuse, reply, stop, stopInit, stopReply } from './behaviours/result.ts'
export type { Status } from './behaviours/server.ts'
export { StateMachine } from './behaviours/state-machine.ts'
export { Task, type TaskChildSpec, type Yielded, type YieldManyOptions } from './behaviours/task.ts'
export { isTaskReply, type TaskHandle, type TaskOutcome, TaskReply } from './behaviours/task-handle.ts'
export type { TaskValue } from './behaviours/task-process.ts'
export type {
  AsyncStreamOptions,
  StreamCursor,
  StreamInput,
  StreamResult,
  TaskStream,
  ZippedResult,
} from './behaviours/task-stream.ts'
export { type Clock, systemClock } from './core/clock.ts'
export { BadArgumentError, BeamishError } from './core/errors.ts'
export { isPid, Pid } from './core/pid.ts'
export {
  type BadReturnValue,
  type CallFailed,
  type CallLocation,
  callFailed,
  ExitError,
  type ExitReason,
  formatReason,
  isAbnormal,
  isBadReturnValue,
  isCallFailed,
  isExitError,
  isNoCatch,
  isShutdownDetail,
  isUncaughtError,
  type NoCatch,
  type Shutdown,
  shutdown,
  type UncaughtError,
} from './core/reason.ts'
export { isRef, makeRef, Ref } from './core/ref.ts'
export { type FormatOptions, formatReport } from './reports/format.ts'
export type { Logger, LogMetadata } from './reports/logger.ts'
export type { Report, Reporter, ReportLevel } from './reports/report.ts'
export { type TerminalOptions, terminalReporter } from './reports/terminal-reporter.ts'
export type { Body } from './runtime/code.ts'
export { defaultRuntime, self } from './runtime/current.ts'
export { bind, wait } from './runtime/foreign.ts'
export { Process, type ProcessInfo } from './runtime/introspection.ts'
export type { MailboxOptions, OverflowPolicy } from './runtime/mailbox-limit.ts'
export {
  type CancelTimerMessage,
  type DownMessage,
  ExitMessage,
  isDown,
  isExit,
  type TimeoutMessage,
} from './runtime/messages.ts'
export type { Monitor } from './runtime/monitor.ts'
export {
  type Name,
  register,
  registered,
  type ServerRef,
  unregister,
  type Via,
  type ViaModule,
  via,
  whereis,
} from './runtime/names.ts'
export type { NodeLink } from './runtime/node-link.ts'
export type { Operation, Suspended } from './runtime/operation.ts'
export {
  type CancelTimerOptions,
  cancelTimer,
  monotonicTime,
  readTimer,
  sendAfter,
  sendInterval,
  startTimer,
  type TimerOptions,
  type TimerRef,
} from './runtime/process-timers.ts'
export { type ReceiveOptions, receive, type Timeout } from './runtime/receive.ts'
export { Runtime, type RuntimeOptions } from './runtime/runtime.ts'
export {
  alias,
  type Destination,
  demonitor,
  exit,
  link,
  monitor,
  send,
  trapExit,
  unalias,
  unlink,
} from './runtime/signals.ts'
export { sleep, yieldNow } from './runtime/sleep.ts'
export { type SpawnOptions, spawn, spawnLink, spawnMonitor } from './runtime/spawn.ts'
export { StartError, type StartOptions, type StartOutcome } from './runtime/start.ts'
export { routeUncaught } from './runtime/uncaught.ts'
export { type LogOptions, type ServerStatistics, type ServerStatus, Sys, type SysOptions } from './sys/sys.ts'
