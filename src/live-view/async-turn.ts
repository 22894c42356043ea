import type { Callback } from '../behaviours/server.ts'
import { noHandler } from '../channel/errors.ts'
import { type AsyncFailure, AsyncResult } from './async-result.ts'
import type { AsyncEnded, AsyncName, AsyncOutcome, AsyncPlan } from './async-task.ts'
import type { ComponentSocket } from './component.ts'
import { type ConnectedView, type Ending, UNASKED } from './connected-view.ts'
import { runHooks } from './hooks.ts'
import { checkNothing } from './live-result.ts'
import { isFailed } from './outcome.ts'
import { type Invoke, type Pass, settled } from './pass.ts'
import type { LiveState } from './state.ts'
import { type StreamOptions, stream } from './stream.ts'

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
  const { socket } = view
  if (!socket.tasks?.settle(task)) return undefined
  if (plan.owner === socket) {
    const { moduleName, prepared } = socket.view
    yield* take({ socket, moduleName, handlers: prepared.handleAsync }, invoke, plan, outcome)
    return yield* view.conclude(UNASKED)
  }
  const component = plan.owner as ComponentSocket // nothing else starts tasks
  const instance = view.beginComponent(component.cid.number)
  if (instance === undefined) return undefined
  const { moduleName, prepared } = instance.module
  yield* take({ socket: component, moduleName, handlers: prepared.handleAsync }, invoke, plan, outcome)
  return yield* view.concludeComponent(instance, UNASKED)
}

function* take(owner: AsyncOwner, invoke: Invoke, { kind, name }: AsyncPlan, outcome: AsyncOutcome): Pass<void> {
  if (kind === 'start')
    yield* callHandler(owner, invoke, name as AsyncName, outcome) // of startAsync
  else if (kind === 'assign') assignOutcome(owner.socket, name as readonly string[], outcome)
  else streamOutcome(owner.socket, name as string, outcome)
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

/** What the function returned was checked in its task: a value for each key, or an error. */
function assignOutcome(socket: AnyState, names: readonly string[], outcome: AsyncOutcome): void {
  const failure = failureIn(outcome)
  for (const name of names) {
    if (failure === undefined) socket.assign(name, AsyncResult.ok(returnedIn<Loaded>(outcome).value[name]))
    else socket.assign(name, AsyncResult.failed(knownIn(socket, name), failure))
  }
}

/** As {@link assignOutcome}, with items in the place of values. */
function streamOutcome(socket: AnyState, name: string, outcome: AsyncOutcome): void {
  const failure = failureIn(outcome)
  if (failure !== undefined) {
    socket.assign(name, AsyncResult.failed(knownIn(socket, name), failure))
    return
  }
  const { value: items, options } = returnedIn<Iterable<unknown>>(outcome)
  socket.assign(name, AsyncResult.ok(true))
  stream(socket, name, items, options)
}

function failureIn(outcome: AsyncOutcome): AsyncFailure | undefined {
  if (outcome.type === 'exit') return outcome
  return isFailed(outcome.value) ? outcome.value : undefined
}

/** What came off. @typeParam Value - as the task has checked it. */
function returnedIn<Value>(outcome: AsyncOutcome): Returned<Value> {
  return (outcome as { readonly value: Returned<Value> }).value
}

type Loaded = Readonly<Record<string, unknown>>

interface Returned<Value> {
  readonly value: Value
  readonly options?: StreamOptions
}

/** It may be a temporary assign, which holds something else by now. */
function knownIn(socket: AnyState, name: string): AsyncResult {
  const known: unknown = socket.assigns[name]
  return known instanceof AsyncResult ? known : AsyncResult.loading()
}
