// What must and must not compile. Checked by the compiler alone; nothing here runs.
import type { Operation, Pid, Via } from '../../src/index.ts'
import { GenServer } from '../../src/index.ts'
import {
  type Adapter,
  type BroadcastResult,
  type Dispatcher,
  type MetaOutcome,
  ProcessGroups,
  PubSub,
  type RegisterOutcome,
  type Registration,
  Registry,
  type RegistryName,
  type SelectedEntry,
  type Subscription,
  type UpdateOutcome,
} from '../../src/pubsub/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_same: Same<A, B>): void {}

declare const pid: Pid

interface Session {
  readonly user: string
}

export function registry(): void {
  Registry.child({ name: 'r', keys: 'unique' })
  Registry.child({ name: 'r', keys: 'duplicate', partitions: 2, partitionBy: 'key', restart: 'transient' })
  // @ts-expect-error keys is required
  Registry.startLink({ name: 'r' })
  // @ts-expect-error a name is required
  Registry.startLink({ keys: 'unique' })
  // @ts-expect-error no such kind of keys
  Registry.startLink({ name: 'r', keys: 'bag' })

  const outcome = Registry.register('r', ['room', 1], { user: 'ada' })
  same<typeof outcome, RegisterOutcome>(true)
  // @ts-expect-error it may have been registered by somebody else
  outcome.owner
  if (outcome.type === 'registered') same<typeof outcome.owner, Pid>(true)
  else same<typeof outcome.pid, Pid>(true)

  const found = Registry.lookup<Session>('r', 'key')
  same<typeof found, Registration<Session>[]>(true)
  const unknownValues = Registry.lookup('r', 'key')
  same<typeof unknownValues, Registration<unknown>[]>(true)
  same<ReturnType<typeof Registry.whereis>, Pid | undefined>(true)

  const updated = Registry.updateValue('r', 'key', (count: number) => count + 1)
  same<typeof updated, UpdateOutcome<number>>(true)
  // @ts-expect-error the new value is of the type of the old one
  Registry.updateValue('r', 'key', (count: number) => `${count}`)

  const entries = Registry.select('r', [{ key: Registry.any }])
  same<typeof entries, SelectedEntry[]>(true)
  const users = Registry.select('r', [{ select: ({ value }): string => value.user }])
  same<typeof users, string[]>(true)
  // @ts-expect-error no such field
  Registry.select('r', [{ keys: 1 }])

  same<MetaOutcome<number>, ReturnType<typeof Registry.meta<number>>>(true)
}

export function dispatchAndLocks(): void {
  const serial = Registry.dispatch<Session>('r', 'key', (entries) => {
    same<typeof entries, readonly Registration<Session>[]>(true)
    // @ts-expect-error the entries are not the caller's to change
    entries.push({ pid, value: { user: 'eve' } })
  })
  same<typeof serial, 'ok'>(true)
  const parallel = Registry.dispatch('r', 'key', () => {}, { parallel: true })
  same<typeof parallel, Operation<'ok'[]>>(true)

  const plain = Registry.lock('r', 'key', () => 1)
  same<typeof plain, Operation<number>>(true)
  const later = Registry.lock('r', 'key', async () => 'done')
  same<typeof later, Operation<string>>(true)
  const generated = Registry.lock('r', 'key', function* () {
    yield* Registry.lock('r', 'other', () => {})
    return true
  })
  same<typeof generated, Operation<boolean>>(true)
}

export function names(): void {
  const name = Registry.via('r', 'key', 'value')
  same<typeof name, Via<RegistryName>>(true)
  const Counter = GenServer.define({ init: () => 0 })
  Counter.startLink(undefined, { name })
}

export function pubsub(): void {
  PubSub.child({ name: 'app', poolSize: 2 })
  // @ts-expect-error a name is required
  PubSub.child({})
  // @ts-expect-error topics are strings
  PubSub.subscribe('app', 7)
  const result = PubSub.broadcast('app', 'topic', { any: 'thing' })
  same<typeof result, BroadcastResult>(true)
  if (result.type === 'error') result.reason
  same<ReturnType<typeof PubSub.broadcastOrThrow>, 'ok'>(true)

  const dispatcher: Dispatcher = (entries, from) => {
    same<typeof entries, readonly Subscription[]>(true)
    same<typeof from, Pid | 'none'>(true)
  }
  PubSub.broadcastFrom('app', pid, 'topic', 1, dispatcher)
  // @ts-expect-error a pid, not a name
  PubSub.broadcastFrom('app', 'me', 'topic', 1)
  const adapter: Adapter = {
    nodeName: () => 'n',
    broadcast: () => ({ type: 'ok' }),
    // @ts-expect-error an error has a reason
    directBroadcast: () => ({ type: 'error' }),
  }
  PubSub.startLink({ name: 'app', adapter: () => adapter })
}

export function groups(): void {
  ProcessGroups.join('scope', { any: 'group' }, [pid, pid])
  same<ReturnType<typeof ProcessGroups.join>, 'ok'>(true)
  same<ReturnType<typeof ProcessGroups.leave>, 'ok' | 'notJoined'>(true)
  // @ts-expect-error a scope is named
  ProcessGroups.join('group', pid)
  // @ts-expect-error a name is required
  ProcessGroups.startLink({})
}
