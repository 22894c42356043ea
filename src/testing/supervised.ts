import { type Child, childSpec } from '../../supervisors/child-spec.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { currentProcess } from '../runtime/current.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { StartError } from '../runtime/start.ts'
import { settle, VirtualClock } from './virtual-clock.ts'

/** The supervisor of each test that runs; `undefined` until it has a child. */
const supervisors = new WeakMap<Runtime, Pid | undefined>()

/** A test should never see its supervisor give up. */
const RESTARTS = { maxRestarts: 1_000_000, maxSeconds: 1 }
/** How much virtual time children may take to stop, in steps of a second; then they are killed. */
const SECONDS_TO_STOP = 60

/**
 * Starts a child under the supervisor of the running test, in the body of `withRuntime`. It is restarted by its rule, does
 * not harm the test when it crashes, and is stopped in order, in reverse, when the test ends.
 * @param child - what a supervisor takes: a specification, `[Counter, 0, { name: 'hits' }]`, or a module.
 * @returns its pid.
 * @throws {StartError} when it does not start · `BEAMISH_NO_TEST` outside `withRuntime` ·
 * `BEAMISH_BAD_ARGUMENT` for what is no child, or when its id is taken.
 *
 * Semantics: ExUnit `start_supervised!/2`.
 */
export async function startSupervised(child: Child): Promise<Pid> {
  const spec = childSpec(child)
  const outcome = await Supervisor.startChild(await supervisorOfTest(), spec)
  if (outcome.type === 'started') return outcome.pid
  if (outcome.type === 'alreadyPresent') {
    throw new BadArgumentError('startSupervised', 'a child with an id that is not taken', spec.id)
  }
  throw new StartError(`the child ${show(spec.id)}`, outcome)
}

/**
 * Stops a child of {@link startSupervised} before the test ends, and forgets it.
 * @throws {BadArgumentError} when there is no such child. Semantics: ExUnit `stop_supervised!/1`.
 */
export async function stopSupervised(id: unknown): Promise<void> {
  const supervisor = await supervisorOfTest()
  const outcome = await Supervisor.terminateChild(supervisor, id)
  if (outcome.type === 'notFound') throw new BadArgumentError('stopSupervised', 'the id of a supervised child', id)
  await Supervisor.deleteChild(supervisor, id) // a temporary one is forgotten already
}

async function supervisorOfTest(): Promise<Pid> {
  const { runtime } = currentProcess()
  if (!supervisors.has(runtime)) {
    throw new BeamishError(
      'BEAMISH_NO_TEST',
      'startSupervised works in the body of withRuntime, which ends what it starts.',
    )
  }
  const known = supervisors.get(runtime)
  if (known !== undefined) return known
  const pid = await Supervisor.start([], RESTARTS)
  supervisors.set(runtime, pid)
  return pid
}

/** Runs the body of a test, and stops its supervised children afterwards, however it ends. */
export async function supervising<T>(runtime: Runtime, body: () => T | PromiseLike<T>): Promise<T> {
  supervisors.set(runtime, undefined)
  try {
    return await body()
  } finally {
    const supervisor = supervisors.get(runtime)
    supervisors.delete(runtime)
    // The body is over: what it is linked to (the table of a PubSub that it subscribed to) may end now without ending it.
    currentProcess().trapsExits = true
    if (supervisor !== undefined) await stopAll(runtime, supervisor)
  }
}

async function stopAll(runtime: Runtime, supervisor: Pid): Promise<void> {
  let running = true
  const stopped = Promise.resolve(Supervisor.stop(supervisor, 'shutdown')).finally(() => {
    running = false
  })
  await settle()
  const { clock } = runtime
  if (!(clock instanceof VirtualClock)) return void (await stopped)
  for (let second = 0; running && second < SECONDS_TO_STOP; second++) await clock.advance(1000)
  if (running)
    stopped.catch(() => {}) // the runtime ends it now
  else await stopped
}
