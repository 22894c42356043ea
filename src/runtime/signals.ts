import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import { isPid, Pid } from '../core/pid.ts'
import { ExitError, type ExitReason } from '../core/reason.ts'
import { isRef, Ref } from '../core/ref.ts'
import { actingProcess, currentProcess, refuseOrphans } from './current.ts'
import type { MonitoredObject } from './messages.ts'
import { type AliasMode, Monitor, TaggedMonitor } from './monitor.ts'
import { type Name, resolveServer, type ServerRef, Via } from './names.ts'
import type { LocalProcess } from './process.ts'

/** Where a message can go: a pid, an active alias, a local name, a via name, or a name on another node. */
export type Destination<M = unknown> = Pid<M> | Ref | Name | { readonly name: string; readonly node: string }

/**
 * Sends `message` to a process. Never waits and never runs the receiver's code.
 *
 * Messages of one sender to one receiver arrive in the order in which they were sent. To a dead pid or a switched-off
 * alias the message is silently dropped.
 * @returns the message.
 * @throws {BeamishError} `BEAMISH_UNKNOWN_NAME` for a name that nobody has · `BEAMISH_BAD_ARGUMENT` for what is no destination.
 *
 * Semantics: OTP `erlang:send/2`.
 */
export function send<M>(to: Destination<M>, message: M): M {
  refuseOrphans()
  if (to instanceof Pid) {
    const receiver = to.receiver
    if (receiver !== undefined) receiver.deliver(message)
    else sendAbroad(to, message)
  } else {
    sendElsewhere(to, message)
  }
  return message
}

function sendAbroad(to: Pid, message: unknown): void {
  const { runtime } = currentProcess()
  if (to.node !== runtime.node) runtime.nodeLink.send(to, message)
}

function sendElsewhere(to: Destination, message: unknown): void {
  if (typeof to === 'string') sendToName(to, message)
  else if (isRef(to)) to.receiver?.deliver(message)
  else if (to instanceof Via) to.module.send(to.term, message)
  else if (isPid(to)) to.receiver?.deliver(message)
  else if (isRemoteName(to)) sendToNode(to, message)
  else throw new BadArgumentError('send', 'a pid, a name, an alias or via(module, term)', to)
}

function sendToName(name: string, message: unknown): void {
  const process = currentProcess().runtime.names.get(name)
  if (process === undefined) {
    const advice = 'A cast ignores that; send does not. Check with whereis(name).'
    throw new BeamishError('BEAMISH_UNKNOWN_NAME', `send: nobody is registered as ${show(name)}. ${advice}`)
  }
  process.deliver(message)
}

function isRemoteName(to: unknown): to is { name: string; node: string } {
  const target = to as { name?: unknown; node?: unknown } | null | undefined
  return typeof target === 'object' && typeof target?.name === 'string' && typeof target.node === 'string'
}

function sendToNode(to: { name: string; node: string }, message: unknown): void {
  const { runtime } = currentProcess()
  if (to.node === runtime.node) runtime.names.get(to.name)?.deliver(message)
  else runtime.nodeLink.sendToName(to.node, to.name, message)
}

/**
 * Leaves the calling process: throws an {@link ExitError}, which the same process may catch. Uncaught, the process ends
 * with `reason` as it is.
 *
 * @throws {BadArgumentError} when the reason is a pid: to end another process, write `exit(pid, reason)`.
 *
 * Semantics: OTP `erlang:exit/1`. Differs: there a pid is a reason as any other.
 */
export function exit(reason: ExitReason): never
/**
 * Sends an exit signal to `pid`: it dies with `reason`, or gets an `exit` message if it traps exits. `'kill'` cannot be
 * trapped (it dies with `'killed'`); `'normal'` kills only the sender itself.
 * @returns true, also for a dead pid.
 *
 * Semantics: OTP `erlang:exit/2`. Differs: to oneself it takes effect when the running code returns to the runtime.
 */
export function exit(pid: Pid, reason: ExitReason): true
export function exit(...args: [ExitReason] | [Pid, ExitReason]): true {
  if (args.length === 1) throw new ExitError(checkOwnReason(args[0]))
  const [pid, reason] = args
  if (!isPid(pid)) throw new BadArgumentError('exit(pid, reason)', 'a pid first', pid)
  const sender = actingProcess()
  const receiver = pid.receiver as LocalProcess | undefined
  if (receiver !== undefined) receiver.exitSignal(sender.pid, reason, false)
  else if (pid.node !== sender.runtime.node) sender.runtime.nodeLink.exit(sender.pid, pid, reason)
  return true
}

/**
 * Sets whether the calling process gets an `exit` message where it would die of an exit signal.
 * @returns the previous setting. Messages that arrived before stay as they are.
 *
 * Semantics: OTP `process_flag(trap_exit, Boolean)`.
 */
export function trapExit(enabled: boolean): boolean {
  if (typeof enabled !== 'boolean') throw new BadArgumentError('trapExit', 'true or false', enabled)
  const process = actingProcess()
  const previous = process.trapsExits
  process.trapsExits = enabled
  return previous
}

/** A pid alone is `exit(pid, reason)` without the reason: it would end the wrong process. */
function checkOwnReason(reason: ExitReason): ExitReason {
  if (!isPid(reason)) return reason
  throw new BadArgumentError('exit', 'a reason', reason, 'To end another process write exit(pid, reason).')
}

// ── Links ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Links the calling process and `pid`: when one ends, the other gets an exit signal. At most one link per pair.
 *
 * A dead `pid` gives a caller that traps exits an `exit` message with `'noproc'`.
 * @throws {BeamishError} `BEAMISH_NOPROC` when `pid` is dead and the caller does not trap exits.
 *
 * Semantics: OTP `erlang:link/1`.
 */
export function link(pid: Pid): true {
  if (!isPid(pid)) throw new BadArgumentError('link', 'a pid', pid)
  const caller = actingProcess()
  if (pid === caller.pid) return true
  const peer = pid.receiver as LocalProcess | undefined
  if (peer !== undefined && !peer.ending) {
    caller.addLink(pid)
    peer.addLink(caller.pid)
  } else if (peer === undefined && pid.node !== caller.runtime.node) {
    caller.runtime.nodeLink.link(caller.pid, pid)
  } else {
    linkToNobody(caller, pid)
  }
  return true
}

function linkToNobody(caller: LocalProcess, pid: Pid): void {
  if (!caller.trapsExits) throw new BeamishError('BEAMISH_NOPROC', `link: ${pid} is not alive.`)
  caller.exitSignal(pid, 'noproc', false)
}

/**
 * Removes the link between the calling process and `pid`: no exit signal of it arrives any more. An `exit` message that is
 * in the mailbox already stays.
 * @returns true, also when there was no link. Semantics: OTP `erlang:unlink/1`.
 */
export function unlink(pid: Pid): true {
  if (!isPid(pid)) throw new BadArgumentError('unlink', 'a pid', pid)
  const caller = actingProcess()
  caller.removeLink(pid)
  const peer = pid.receiver as LocalProcess | undefined
  if (peer !== undefined) peer.removeLink(caller.pid)
  else if (pid.node !== caller.runtime.node) caller.runtime.nodeLink.unlink(caller.pid, pid)
  return true
}

// ── Monitors ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Options of {@link monitor}. */
export interface MonitorOptions {
  /** Makes the reference an address too: until `unalias` (`'explicitUnalias'`), the monitor's end (`'demonitor'`), or its first message (`'replyDemonitor'`). */
  readonly alias?: Exclude<AliasMode, 'reply'>
  /** Replaces `'down'` as the `type` of the message. */
  readonly tag?: unknown
}

/**
 * Watches a process: its end delivers one `DownMessage` to the caller.
 *
 * A dead pid or unknown name delivers `'noproc'` at once (as a message). A monitor by name watches who has the name now.
 * Monitoring twice gives two monitors. One on oneself never fires.
 * @returns the reference; disposing it (`using`) is `demonitor(ref, { flush: true })`.
 *
 * Semantics: OTP `erlang:monitor/3`.
 */
export function monitor(
  target: ServerRef | { readonly name: string; readonly node: string },
  options?: MonitorOptions,
): Monitor {
  const caller = actingProcess()
  const object = monitoredObject(target, caller)
  const created =
    options?.tag === undefined && options?.alias === undefined
      ? new Monitor(caller, object)
      : new TaggedMonitor(caller, object, options.tag ?? 'down', options.alias)
  if (options?.alias !== undefined) caller.openAlias(created, checkAlias(options.alias))
  attach(created, resolveMonitored(target, caller), caller)
  return created
}

function checkAlias(alias: string): AliasMode {
  if (alias === 'explicitUnalias' || alias === 'demonitor' || alias === 'replyDemonitor') return alias
  throw new BadArgumentError('monitor: alias', "'explicitUnalias' | 'demonitor' | 'replyDemonitor'", alias)
}

function monitoredObject(target: unknown, caller: LocalProcess): MonitoredObject {
  if (isPid(target)) return target
  if (typeof target === 'string') return { name: target, node: caller.runtime.node }
  if (target instanceof Via) return { name: target.toString(), node: caller.runtime.node }
  if (isRemoteName(target)) return { name: target.name, node: target.node }
  throw new BadArgumentError('monitor', 'a pid, a name or via(module, term)', target)
}

function resolveMonitored(
  target: ServerRef | { name: string; node: string },
  caller: LocalProcess,
): LocalProcess | Pid | undefined {
  if (!isRemoteName(target)) return resolveServer(target as ServerRef)
  return target.node === caller.runtime.node
    ? caller.runtime.names.get(target.name)
    : new Pid(target.node, 0, undefined)
}

function attach(created: Monitor, target: LocalProcess | Pid | undefined, caller: LocalProcess): void {
  if (target === caller) return
  if (target === undefined) created.targetEnded('noproc')
  else if (target instanceof Pid) caller.runtime.nodeLink.monitor(created, target)
  else if (target.ending) created.targetEnded('noproc')
  else created.attach(target)
}

/** Options of {@link demonitor}. */
export interface DemonitorOptions {
  /** Also forgets a `down` of it that is in the mailbox already. */
  readonly flush?: boolean
  /** Answers whether the monitor was active. */
  readonly info?: boolean
}

/**
 * Ends a monitor of the calling process: no `down` for it is added to the mailbox any more.
 * @returns true; with `info`, whether an active monitor was removed.
 * @throws {BadArgumentError} when `ref` is no reference. An unknown one, or another process's, is no error.
 *
 * Semantics: OTP `erlang:demonitor/2`.
 */
export function demonitor(ref: Ref, options: DemonitorOptions = {}): boolean {
  if (!isRef(ref)) throw new BadArgumentError('demonitor', 'the reference that monitor returned', ref)
  const caller = actingProcess()
  if (!(ref instanceof Monitor) || ref.watcher !== caller) return !options.info
  const wasActive = ref.detach()
  if (!wasActive) demonitorAbroad(ref, caller)
  if (ref instanceof TaggedMonitor && ref.aliasMode !== 'explicitUnalias') caller.dropAlias(ref)
  if (options.flush) caller.removeDown(ref)
  return options.info ? wasActive : true
}

function demonitorAbroad(ref: Monitor, caller: LocalProcess): void {
  const { object } = ref
  if (object.node === caller.runtime.node) return
  caller.runtime.nodeLink.demonitor(ref, isPid(object) ? object : new Pid(object.node, 0, undefined))
}

// ── Aliases ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A reference that others can send to instead of the caller's pid, until it is switched off.
 * @param mode - `'explicitUnalias'`: by `unalias` only; `'reply'`: by the first message too.
 *
 * Semantics: OTP `erlang:alias/1`.
 */
export function alias(mode: 'explicitUnalias' | 'reply' = 'explicitUnalias'): Ref {
  if (mode !== 'explicitUnalias' && mode !== 'reply') {
    throw new BadArgumentError('alias', "'explicitUnalias' | 'reply'", mode)
  }
  const ref = new Ref()
  actingProcess().openAlias(ref, mode)
  return ref
}

/**
 * Switches an alias of the calling process off. What was queued through it stays.
 * @returns whether it was active, and the caller's. Semantics: OTP `erlang:unalias/1`.
 */
export function unalias(ref: Ref): boolean {
  if (!isRef(ref)) throw new BadArgumentError('unalias', 'the reference that alias returned', ref)
  return actingProcess().dropAlias(ref)
}
