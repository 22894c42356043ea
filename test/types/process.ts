// What must not compile, and what the functions of processes are known to give. Checked by the compiler, never run.
import {
  bind,
  type DownMessage,
  type ExitMessage,
  isDown,
  isExit,
  monitor,
  type Operation,
  type Pid,
  Process,
  receive,
  register,
  self,
  send,
  sendAfter,
  sleep,
  spawn,
  spawnMonitor,
  startTimer,
  type TimeoutMessage,
  wait,
  yieldNow,
} from '../../src/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_proof: Same<A, B>): void {}

interface Ping {
  readonly type: 'ping'
  readonly from: Pid<Pong>
}
interface Pong {
  readonly type: 'pong'
}

export function typedPids(ponger: Pid<Ping>, anybody: Pid): void {
  const ping: Ping = { type: 'ping', from: self() }
  send(ponger, ping)
  send(anybody, 'anything')
  send(anybody, { of: ['any', 'shape'] })
  // @ts-expect-error the wrong message to a typed pid
  send(ponger, { type: 'pong' })
  // @ts-expect-error a message without all of its fields
  send(ponger, { type: 'ping' })
  // @ts-expect-error a field of the wrong type
  send(ponger, { type: 'ping', from: 'somebody' })
  // @ts-expect-error a pid that accepts other messages
  const pongs: Pid<Pong> = ponger
  send(pongs, { type: 'pong' })
  // An untyped pid may stand for every other, and every other for it.
  const typed: Pid<Ping> = anybody
  const untyped: Pid = ponger
  // A process that accepts more may stand for one that is sent less.
  const wide: Pid<Ping | Pong> = spawn<Ping | Pong>(() => {})
  const narrow: Pid<Pong> = wide
  // @ts-expect-error and not the other way round
  const widened: Pid<Ping | Pong> = narrow
  for (const pid of [typed, untyped, widened]) Process.isAlive(pid)
  sendAfter(narrow, { type: 'pong' }, 10)
  // @ts-expect-error a timer sends to a typed pid too
  sendAfter(narrow, { type: 'ping' }, 10)
  const timed: Pid<TimeoutMessage<'tick'>> = self()
  startTimer(timed, 'tick', 10)
  // @ts-expect-error a timer that delivers what the process does not accept
  startTimer(narrow, 'tick', 10)
}

export function bodies(): void {
  const pid = spawn<Ping>(function* () {
    const { from } = yield* receive<Ping>()
    same<typeof from, Pid<Pong>>(true)
    send(from, { type: 'pong' })
    yield* sleep(1)
    yield* yieldNow()
    const text = yield* wait(Promise.resolve('text'))
    same<typeof text, string>(true)
    const length = yield* wait(async () => text.length)
    same<typeof length, number>(true)
  })
  same<typeof pid, Pid<Ping>>(true)
  const monitored = spawnMonitor<Pong>(async () => {})
  same<typeof monitored.pid, Pid<Pong>>(true)
  // @ts-expect-error a body is a function
  spawn(bodies())
  // @ts-expect-error no such option
  spawn(() => {}, { lable: 'x' })
  // @ts-expect-error no such policy
  spawn(() => {}, { mailbox: { limit: 1, onOverflow: 'block' } })
  const bound = bind((a: number, b: string) => a + b.length)
  bound(1, 'x')
  // @ts-expect-error a bound callback takes what the callback takes
  bound('x')
  same<ReturnType<typeof bound>, void>(true)
}

export async function receiving(): Promise<void> {
  const any = await receive()
  any.whatever
  const pong = await receive<Pong>()
  same<typeof pong, Pong>(true)
  const perhaps = await receive<Pong>({ afterMs: 10 })
  same<typeof perhaps, Pong | undefined>(true)
  // @ts-expect-error the time may be up
  perhaps.type
  const forEver = await receive<Pong>({ afterMs: 'infinity' })
  same<typeof forEver, Pong>(true)
  const guarded = await receive((m): m is Ping => m.type === 'ping')
  same<typeof guarded, Ping>(true)
  const guardedInTime = await receive((m): m is Ping => m.type === 'ping', { afterMs: 10 })
  same<typeof guardedInTime, Ping | undefined>(true)
  const down = await receive((m): m is DownMessage => isDown(m))
  same<typeof down, DownMessage>(true)
  const exited = await receive(isExitMessage)
  same<typeof exited, ExitMessage>(true)
  const operation: Operation<void> = sleep('infinity')
  await operation
  // @ts-expect-error a timeout is a number or 'infinity'
  receive({ afterMs: 'soon' })
  // @ts-expect-error no such option
  receive({ timeoutMs: 10 })
  // @ts-expect-error a duration has no unit of its own
  sleep('10s')
}

function isExitMessage(message: unknown): message is ExitMessage {
  return isExit(message)
}

export function others(pid: Pid): void {
  const name = Process.info(pid, 'registeredName')
  same<typeof name, string | null | undefined>(true)
  const pairs = Process.info(pid, ['links', 'messageQueueLength'])
  same<
    typeof pairs,
    readonly [readonly ['links', readonly Pid[]], readonly ['messageQueueLength', number]] | undefined
  >(true)
  // @ts-expect-error no such item
  Process.info(pid, 'heap')
  // @ts-expect-error a name is a string
  register(pid, Symbol('name'))
  // @ts-expect-error no pid, name or via
  monitor(17)
  // @ts-expect-error no such kind of alias
  monitor(pid, { alias: 'always' })
}
