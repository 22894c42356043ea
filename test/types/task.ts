// What must not compile, and what tasks and agents are known to give. Checked by the compiler, never run.
import {
  Agent,
  type AgentPid,
  isTaskReply,
  type Operation,
  type Pid,
  receive,
  type StreamResult,
  sleep,
  Task,
  type TaskOutcome,
  type ZippedResult,
} from '../../src/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_proof: Same<A, B>): void {}

export async function tasks(): Promise<void> {
  const plain = Task.async(() => 42)
  same<typeof plain, Task<number>>(true)
  const promised = Task.async(async () => 'text')
  same<typeof promised, Task<string>>(true)
  const generated = Task.async(function* () {
    yield* sleep(1)
    const message = yield* receive<{ n: number }>()
    return message.n
  })
  same<typeof generated, Task<number>>(true)

  const value = await Task.await(promised)
  same<typeof value, string>(true)
  const outcome = await Task.yield(plain)
  same<typeof outcome, TaskOutcome<number> | undefined>(true)
  const many = await Task.awaitMany([plain, promised])
  same<typeof many, [number, string]>(true)
  const list = await Task.awaitMany([plain, plain] as Task<number>[])
  same<typeof list, number[]>(true)
  const ignored = Task.ignore(promised)
  same<typeof ignored, TaskOutcome<string> | undefined>(true)

  // @ts-expect-error a value may be missing after a yield
  const missing: TaskOutcome<number> = await Task.yield(plain)
  // @ts-expect-error a task of a number does not give a string
  const wrong: string = await Task.await(plain)
  // @ts-expect-error a promise is no task
  await Task.await(Promise.resolve(1))
  // @ts-expect-error a task takes a function
  Task.async(42)
  // @ts-expect-error a pid of a started task cannot be awaited
  await Task.await(Task.start(() => 1))
  // @ts-expect-error there is no such way to shut down
  await Task.shutdown(plain, 'kill')
  // @ts-expect-error there is no such choice
  await Task.yieldMany([plain], { onTimeout: 'exit' })

  const message: unknown = undefined
  if (isTaskReply(message, promised)) same<typeof message.value, string>(true)
  void [missing, wrong]
}

export function* tasksInAGenerator() {
  const value = yield* Task.await(Task.async(async () => 'text'))
  same<typeof value, string>(true)
  const results = yield* Task.asyncStream([1, 2], (n) => `${n}`).toArray()
  same<typeof results, StreamResult<string>[]>(true)
}

export async function streams(): Promise<void> {
  for await (const result of Task.asyncStream([1, 2], async (n) => n * 2, { ordered: false })) {
    same<typeof result, StreamResult<number>>(true)
    // @ts-expect-error a result may be an exit
    void result.value
  }
  const zipped = Task.asyncStream(new Set(['a']), (text) => text.length, { zipInputOnExit: true })
  for await (const result of zipped) same<typeof result, ZippedResult<number, string>>(true)
  async function* input() {
    yield 1n
  }
  Task.asyncStream(input(), (n) => {
    same<typeof n, bigint>(true)
  })
  // @ts-expect-error the function does not take what the input gives
  Task.asyncStream([1], (text: string) => text)
  // @ts-expect-error a number is no input
  Task.asyncStream(1, (n) => n)
  // @ts-expect-error there is no such option
  Task.asyncStream([1], (n: number) => n, { concurrency: 2 })
}

export async function agents(): Promise<void> {
  const agent = await Agent.startLink(async () => ({ count: 0 }))
  same<typeof agent, AgentPid<{ count: number }>>(true)
  const pid: Pid = agent
  const count = Agent.get(agent, (state) => state.count)
  same<typeof count, Operation<number>>(true)
  const taken = await Agent.getAndUpdate(agent, (state) => [`${state.count}`, { count: 1 }])
  same<typeof taken, string>(true)
  await Agent.update('by name', (n: number) => n + 1)
  await Agent.get(pid, (text: string) => text)
  // @ts-expect-error the new state is no such state
  await Agent.update(agent, () => ({ sum: 1 }))
  // @ts-expect-error the state has no such field
  await Agent.get(agent, (state) => state.sum)
  // @ts-expect-error no pair
  await Agent.getAndUpdate(agent, (state) => state)
  // @ts-expect-error an agent starts from a function
  await Agent.startLink({ count: 0 })
}
