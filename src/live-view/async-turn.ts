import type { Callback } from '../behaviours/server.ts'
import { noHandler } from '../channel/errors.ts'
import { AsyncResult } from './async-result.ts'
import type { AsyncEnded, AsyncName, AsyncOutcome, AsyncPlan } from './async-task.ts'
import type { ComponentSocket } from './component.ts'
import { type ConnectedView, type Ending, UNASKED } from './connected-view.ts'
import { runHooks } from './hooks.ts'
import { checkNothing } from './live-result.ts'
import { isFailed, isOk } from './outcome.ts'
import { type Invoke, type Pass, settled } from './pass.ts'
import type { LiveState } from './state.ts'

// What becomes of the end of a task, in the view that started it. Semantics: liveview.md §13.

// biome-ignore lint/suspicious/noExplicitAny: a task is no matter of the assigns
type AnyState = LiveState<any>

/** A view or a component, as far as its tasks know it. */
interface AsyncOwner {
  readonly socket: AnyState
  readonly moduleName: string
  readonly handlers: ReadonlyMap<string, Callback>
}

/** Handles the end of a task. Nothing happens when a newer one has its name, or its component is gone. */
export function* handleAsyncEnded(
  view: ConnectedView,
  invoke: Invoke,
  { task, outcome }: AsyncEnded,
): Pass<Ending | undefined> {
  const { plan } = task
  const { socket, tree } = view
  if (!socket.tasks?.settle(task)) return undefined
  if (plan.owner === socket) {
    const { moduleName, prepared } = socket.view
    yield* take({ socket, moduleName, handlers: prepared.handleAsync }, invoke, plan, outcome)
    return yield* view.conclude(UNASKED)
  }
  const component = plan.owner as ComponentSocket // nothing else starts tasks
  const instance = tree.components.get(component.cid.number)
  if (instance?.socket !== component) return undefined
  const { moduleName, prepared } = instance.module
  component.newFlash = {}
  yield* take({ socket: component, moduleName, handlers: prepared.handleAsync }, invoke, plan, outcome)
  return yield* view.concludeComponent(instance, UNASKED)
}

function* take(owner: AsyncOwner, invoke: Invoke, { kind, name }: AsyncPlan, outcome: AsyncOutcome): Pass<void> {
  if (kind === 'start')
    yield* callHandler(owner, invoke, name as AsyncName, outcome) // of startAsync
  else assignOutcome(owner.socket, name as readonly string[], outcome) // of assignAsync
}

function* callHandler(
  { socket, moduleName, handlers }: AsyncOwner,
  invoke: Invoke,
  name: AsyncName,
  outcome: AsyncOutcome,
): Pass<void> {
  const hooked = yield* runHooks(invoke, socket, 'handleAsync', [name, outcome])
  if (hooked.type === 'halt') return
  const key = typeof name === 'string' ? name : name[0]
  const handler = handlers.get(key)
  if (handler === undefined) throw noHandler(moduleName, 'handleAsync', key, handlers)
  const result = yield* settled(invoke(handler, outcome, socket, name))
  checkNothing(result, socket, moduleName, `handleAsync.${key}`)
}

/** What the function returned was checked in its task: it is a value for each key, or an error. */
function assignOutcome(socket: AnyState, names: readonly string[], outcome: AsyncOutcome): void {
  const returned = outcome.type === 'ok' ? outcome.value : undefined
  const loaded = isOk(returned) ? (returned.value as Readonly<Record<string, unknown>>) : undefined
  const failure = outcome.type === 'exit' ? outcome : isFailed(returned) ? returned : undefined
  for (const name of names) {
    if (failure === undefined) socket.assign(name, AsyncResult.ok(loaded?.[name]))
    else socket.assign(name, AsyncResult.failed(knownIn(socket, name), failure))
  }
}

/** It may be a temporary assign, which holds something else by now. */
function knownIn(socket: AnyState, name: string): AsyncResult {
  const known: unknown = socket.assigns[name]
  return known instanceof AsyncResult ? known : AsyncResult.loading()
}
