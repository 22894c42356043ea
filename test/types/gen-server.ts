// What must not compile, and what a GenServer is known to give. Checked by the compiler, never run.
import {
  type From,
  GenServer,
  ignore,
  noReply,
  type Operation,
  ok,
  type Pid,
  type PostedCall,
  type Response,
  type ResponseTimeout,
  refuse,
  reply,
  type StartOutcome,
  stop,
  stopInit,
  stopReply,
} from '../../src/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_proof: Same<A, B>): void {}

const Counter = GenServer.define({
  init: (start: number) => ({ count: start }),
  handleCall: {
    add: (by: number, state) => reply(state.count + by, { count: state.count + by }),
    get: (_: void, state) => reply(state.count),
    describe: (options: { readonly long: boolean } | undefined, state) =>
      options?.long ? reply(`the count is ${state.count}`) : reply(String(state.count)),
    later: async (by: number, state) => reply({ sum: state.count + by }),
    either: (flag: boolean) => (flag ? reply(1) : reply('one')),
    leave: () => stopReply('normal', 'bye' as const),
    never: () => noReply(),
    deferred: (_: void, _state, from: From<Date>) => {
      GenServer.reply(from, new Date())
      return noReply()
    },
    crash: () => stop('reason'),
  },
  handleCast: {
    reset: () => noReply({ count: 0 }),
    set: (count: number) => noReply({ count }),
  },
  handleInfo: (_message, state) => noReply({ count: state.count + 1 }, { timeoutMs: 100 }),
  handleContinue: (_arg: string) => noReply(),
  terminate: (_reason, state) => state.count,
})

export async function replies(pid: Pid): Promise<void> {
  const sum: number = await Counter.call(pid, 'add', 5)
  const count = await Counter.call(pid, 'get')
  same<typeof count, number>(true)
  const text = await Counter.call(pid, 'describe', { long: true })
  same<typeof text, string>(true)
  await Counter.call(pid, 'describe')
  await Counter.call(pid, 'describe', undefined, { timeoutMs: 10 })
  const later = await Counter.call(pid, 'later', 1)
  same<typeof later, { sum: number }>(true)
  const either = await Counter.call(pid, 'either', true)
  same<typeof either, string | number>(true)
  const left = await Counter.call(pid, 'leave')
  same<typeof left, 'bye'>(true)
  const deferred = await Counter.call(pid, 'deferred')
  same<typeof deferred, Date>(true)
  const never = await Counter.call(pid, 'never')
  same<typeof never, unknown>(true)
  const posted = Counter.sendRequest(pid, 'add', 5)
  same<typeof posted, PostedCall<number>>(true)
  const response = await GenServer.receiveResponse(posted)
  same<typeof response, Response<number> | ResponseTimeout>(true)
  if (response.type === 'reply') same<typeof response.value, number>(true)
  const labelled = await GenServer.receiveResponse(GenServer.requests<'a' | 'b', number>().add(posted, 'a'))
  if (labelled.type === 'reply') same<typeof labelled.label, 'a' | 'b'>(true)
  // @ts-expect-error no such label
  GenServer.requests<'a' | 'b', number>().add(posted, 'c')
  Counter.cast(pid, 'reset')
  Counter.cast('by name', 'set', sum)
}

export async function mistakes(pid: Pid): Promise<void> {
  // @ts-expect-error no such call
  await Counter.call(pid, 'substract', 5)
  // @ts-expect-error a cast is no call
  await Counter.call(pid, 'reset')
  // @ts-expect-error a payload of the wrong type
  await Counter.call(pid, 'add', '5')
  // @ts-expect-error a payload is missing
  await Counter.call(pid, 'add')
  // @ts-expect-error this call takes no payload
  await Counter.call(pid, 'get', 17)
  // @ts-expect-error the reply is a number
  const text: string = await Counter.call(pid, 'get')
  // @ts-expect-error no server
  await Counter.call(17, 'get')
  // @ts-expect-error no such option
  await Counter.call(pid, 'get', undefined, { timeout: 10 })
  // @ts-expect-error no such cast
  Counter.cast(pid, 'add', 5)
  // @ts-expect-error a payload of the wrong type
  Counter.cast(pid, 'set', text)
  // @ts-expect-error a payload is missing
  Counter.cast(pid, 'set')
  // @ts-expect-error no such call
  Counter.sendRequest(pid, 'reset')
  // @ts-expect-error the server takes a number to start with
  await Counter.startLink('0')
  // @ts-expect-error and cannot do without
  await Counter.startLink()
  // @ts-expect-error no such option
  await Counter.startLink(0, { nam: 'hits' })
}

export async function starts(): Promise<void> {
  const started = Counter.startLink(0, { name: 'hits', timeoutMs: 100 })
  same<typeof started, Operation<Pid>>(true)
  const { pid, ref } = await Counter.startMonitor(0)
  const outcome = await Counter.tryStart(0)
  same<typeof outcome, StartOutcome>(true)
  const NoArgument = GenServer.define({ init: () => 'state' })
  await NoArgument.start()
  await NoArgument.start(undefined, { name: 'x' })
  const Optional = GenServer.define({ init: (limit?: number) => ({ limit: limit ?? 10 }) })
  await Optional.start()
  await Optional.start(5)
  // @ts-expect-error this server takes no argument
  await NoArgument.start('argument')
  console.log(pid, ref)
}

export const States = [
  GenServer.define({
    init: (full: boolean) => (full ? refuse('full') : ok({ users: [] as string[] })),
    handleCall: { count: (_: void, state) => reply(state.users.length) },
  }),
  GenServer.define({
    init: async () => ({ users: [] as string[] }),
    handleInfo: (_m, state) => noReply({ users: [...state.users, 'x'] }),
  }),
  GenServer.define({
    init: async (flag: boolean) => (flag ? ok(1) : flag ? ignore() : stopInit('no')),
    handleInfo: (_m, state) => noReply(state + 1),
  }),
]

GenServer.define({
  init: () => ({ count: 0 }),
  // @ts-expect-error the state has no such field
  handleCall: { get: (_: void, state) => reply(state.total) },
})

GenServer.define({
  init: () => ({ count: 0 }),
  // @ts-expect-error the next state is of another type
  handleCall: { set: (count: string) => reply('ok', { count }) },
})

GenServer.define({
  init: () => ({ count: 0 }),
  // @ts-expect-error a cast is not answered
  handleCast: { set: (count: number) => reply('ok', { count }) },
})

GenServer.define({
  init: () => ({ count: 0 }),
  // @ts-expect-error a handler must return what comes next
  handleCall: { get: (_: void, state) => state.count },
})

GenServer.define({
  init: () => ({ count: 0 }),
  // @ts-expect-error a forgotten return
  handleInfo: (_message, state) => {
    noReply(state)
  },
})

// @ts-expect-error a server has an init
GenServer.define({ handleCall: {} })

// @ts-expect-error no such callback
GenServer.define({ init: () => 0, handleCalls: {} })
