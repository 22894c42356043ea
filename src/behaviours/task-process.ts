import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { isAbnormal, reasonOfThrown } from '../core/reason.ts'
import { type Body, BodyCode, type BodyEnd, isGeneratorFunction } from '../runtime/code.ts'
import type { Suspended } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { ReplyTarget } from './task-handle.ts'

/** The value of a function that a task runs: what a generator returns, what a promise resolves to, or the value itself. */
export type TaskValue<Return> = Return extends Generator<unknown, infer Value, never> ? Value : Awaited<Return>

/** What a task runs, and for whom. */
export interface TaskRequest {
  // biome-ignore lint/suspicious/noExplicitAny: the function and its arguments were matched where they were given
  readonly run: (...args: any[]) => unknown
  readonly args: readonly unknown[]
  /** Who asked for it: `$callers` begins with it, and reports name it. */
  readonly requester: LocalProcess
  /** Where the value goes; nowhere for `Task.start`. */
  readonly replyTo: ReplyTarget | undefined
}

/** Checks the function of a task at the door. */
export function checkFunction(where: string, run: unknown): void {
  if (typeof run === 'function') return
  throw new BadArgumentError(where, 'a function: a plain one, an async one or a generator function', run)
}

/** What a task's function is called in messages and reports. */
export function functionName(run: { readonly name: string }): string {
  return run.name || 'anonymous function'
}

/**
 * Starts the process of a task as a child of `parent`. It has not run when this returns, and is not linked to anybody.
 *
 * Semantics: Elixir `Task.Supervised`.
 */
export function spawnTask(parent: LocalProcess, request: TaskRequest): LocalProcess {
  const child = parent.runtime.spawn(new BodyCode(bodyOf(request), new TaskEnd(request)), parent)
  child.ancestors = parent.lineage
  child.initialCall = `Task ${functionName(request.run)}`
  child.own().callers = callersOf(request.requester)
  return child
}

/** The `$callers` of what is done on behalf of `requester`. */
export function callersOf(requester: LocalProcess): readonly Pid[] {
  return [requester.pid, ...(requester.belongings?.callers ?? [])]
}

function bodyOf({ run, args }: TaskRequest): Body {
  if (args.length === 0) return run
  // A generator function stays one: it is run without an async context.
  if (!isGeneratorFunction(run)) return () => run(...args)
  return function* () {
    return yield* run(...args) as Generator<Suspended, unknown, unknown>
  }
}

/** The end of a task: its value goes to whoever wants it, its failure into a report. */
class TaskEnd implements BodyEnd {
  private readonly request: TaskRequest
  private readonly startedFrom: Pid | string

  constructor(request: TaskRequest) {
    this.request = request
    this.startedFrom = request.requester.name ?? request.requester.pid
  }

  returned(process: LocalProcess, value: unknown): void {
    if (process.ending) return // told to die before it was done
    this.request.replyTo?.reply(value)
    process.end('normal')
  }

  threw(process: LocalProcess, thrown: unknown): void {
    if (process.ending) return
    const reason = reasonOfThrown(thrown)
    if (isAbnormal(reason)) {
      process.runtime.report({
        type: 'taskTerminate',
        level: 'error',
        pid: process.pid,
        label: process.belongings?.label,
        startedFrom: this.startedFrom,
        function: functionName(this.request.run),
        args: this.request.args,
        reason,
        callers: process.belongings?.callers ?? [],
      })
    }
    process.end(reason)
  }
}
