import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import { isPid, Pid } from '../core/pid.ts'
import { currentProcess } from './current.ts'
import type { LocalProcess } from './process.ts'

/**
 * Something that can resolve names: `Registry` is one, a module of your own may be another.
 *
 * Semantics: OTP, the contract of `{via, Module, Term}`.
 */
export interface ViaModule<Term = unknown> {
  /** For messages. */
  readonly name?: string
  /** Called in the new process before its `init`. @returns `'yes'` if `term` now means `pid`, `'no'` if it is taken. */
  registerName(term: Term, pid: Pid): 'yes' | 'no'
  /** Never fails. */
  unregisterName(term: Term): void
  /** Must not answer with a dead process if it can know. */
  whereisName(term: Term): Pid | undefined
  /** Delivers, or throws `BEAMISH_BAD_ARGUMENT` when `term` is unbound. */
  send(term: Term, message: unknown): void
}

/** A name kept by a {@link ViaModule}. Build it with {@link via}. */
export class Via<Term = unknown> {
  readonly module: ViaModule<Term>
  readonly term: Term

  constructor(module: ViaModule<Term>, term: Term) {
    this.module = module
    this.term = term
  }

  toString(): string {
    return `via(${this.module.name ?? 'module'}, ${show(this.term)})`
  }
}

/** `via(module, term)`: the process that `module` knows as `term`. Accepted wherever a server or a name is. */
export function via<Term>(module: ViaModule<Term>, term: Term): Via<Term> {
  for (const method of ['registerName', 'unregisterName', 'whereisName', 'send'] as const) {
    if (typeof module?.[method] !== 'function') {
      throw new BadArgumentError('via', `a module with the function ${method}`, module)
    }
  }
  return new Via(module, term)
}

/** What a process may be registered as. */
// biome-ignore lint/suspicious/noExplicitAny: the term belongs to the via module and is only handed back to it
export type Name = string | Via<any>

/** Where a server is: its pid, its local name, or a name kept by a via module. Names are resolved at each use. */
export type ServerRef = Pid | Name

const RESERVED: readonly string[] = ['', 'undefined', 'null', 'true', 'false']

/** The local names of one runtime. A process has at most one; it is free before anybody learns that the process ended. */
export class Names {
  private readonly byName = new Map<string, LocalProcess>()

  get(name: string): LocalProcess | undefined {
    return this.byName.get(name)
  }

  all(): string[] {
    return [...this.byName.keys()]
  }

  /** @returns false when the name is taken. */
  add(name: string, process: LocalProcess): boolean {
    if (this.byName.has(name)) return false
    this.byName.set(name, process)
    process.name = name
    return true
  }

  remove(process: LocalProcess): void {
    if (process.name === undefined) return
    this.byName.delete(process.name)
    process.name = undefined
  }
}

/** Checks a `name` option at the door. @throws {BadArgumentError} when it cannot be a name. */
export function checkName(where: string, name: unknown): asserts name is Name | undefined | null {
  if (name === undefined || name === null || name instanceof Via) return
  if (typeof name === 'string' && !RESERVED.includes(name)) return
  throw new BadArgumentError(
    where,
    "a name: a string (not '', 'undefined', 'null', 'true', 'false') or via(module, term)",
    name,
  )
}

/** The live process behind a pid or local name of this runtime; for a via name, what its module says. */
export function resolveServer(server: ServerRef): LocalProcess | Pid | undefined {
  if (server instanceof Pid) return (server.receiver as LocalProcess | undefined) ?? remote(server)
  if (typeof server === 'string') return currentProcess().runtime.names.get(server)
  if (server instanceof Via) {
    const pid = server.module.whereisName(server.term)
    return pid === undefined ? undefined : resolveServer(pid)
  }
  if (isPid(server)) return resolveServer(adopt(server))
  return undefined
}

/**
 * For a server that was not found: a value that cannot be one is a mistake, not an absent process. Nothing at all is nobody,
 * as in OTP: it is what `whereis` answers.
 */
export function checkServer(where: string, server: unknown): void {
  if (server === undefined || server === null || typeof server === 'string' || isPid(server) || server instanceof Via)
    return
  throw new BadArgumentError(where, 'a pid, a name or via(module, term)', server)
}

function remote(pid: Pid): Pid | undefined {
  return pid.node === currentProcess().runtime.node ? undefined : pid
}

/** A pid made by another copy of the library has the same fields; ours can hold its receiver. */
function adopt(pid: Pid): Pid {
  return new Pid(pid.node, pid.id, pid.receiver)
}

/**
 * Registers `pid` under `name` on this node.
 * @returns true.
 * @throws {BeamishError} `BEAMISH_NAME_TAKEN` · `BEAMISH_NOPROC` (dead) · `BEAMISH_ALREADY_NAMED` (it has a name) ·
 * `BEAMISH_BAD_ARGUMENT` (not a pid, reserved name).
 *
 * Semantics: OTP `erlang:register/2`.
 */
export function register(pid: Pid, name: string): true {
  checkName('register', name)
  if (typeof name !== 'string') throw new BadArgumentError('register', 'a string as the name', name)
  if (!isPid(pid)) throw new BadArgumentError('register', 'a pid', pid)
  const process = pid.receiver as LocalProcess | undefined
  if (process === undefined || process.ending) {
    throw new BeamishError('BEAMISH_NOPROC', `register: ${pid} is not alive on this node.`)
  }
  if (process.name !== undefined) {
    throw new BeamishError('BEAMISH_ALREADY_NAMED', `register: ${pid} is already registered as ${show(process.name)}.`)
  }
  if (!process.runtime.names.add(name, process)) {
    const holder = process.runtime.names.get(name)?.pid
    throw new BeamishError('BEAMISH_NAME_TAKEN', `register: the name ${show(name)} belongs to ${holder}.`)
  }
  return true
}

/**
 * Frees a local name; the process itself is not touched.
 * @throws {BeamishError} `BEAMISH_UNKNOWN_NAME` when nobody has it. Semantics: OTP `erlang:unregister/1`.
 */
export function unregister(name: string): true {
  const { names } = currentProcess().runtime
  const process = names.get(name)
  if (process === undefined)
    throw new BeamishError('BEAMISH_UNKNOWN_NAME', `unregister: nobody is called ${show(name)}.`)
  names.remove(process)
  return true
}

/**
 * The pid behind a pid, local name or via name.
 * @returns `undefined` when there is none. A dead pid is answered with `undefined` too.
 *
 * Semantics: OTP `erlang:whereis/1`, Elixir `GenServer.whereis/1`.
 */
export function whereis(server: ServerRef): Pid | undefined {
  const found = resolveServer(server)
  return found === undefined || found instanceof Pid ? found : found.pid
}

/** Every local name. Semantics: OTP `erlang:registered/0`. */
export function registered(): string[] {
  return currentProcess().runtime.names.all()
}
