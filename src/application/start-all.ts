import { makeCall } from '../behaviours/call.ts'
import type { Pid } from '../core/pid.ts'
import { type ApplicationModule, type ApplicationRef, isApplication, nameOf, type StartType } from './definition.ts'
import type { ApplicationStartOutcome, EnsureAllStartedOutcome } from './outcome.ts'
import type { Register } from './register.ts'
import { type StartRequest, siteOf } from './requests.ts'

/** In which order to start, and which name stands for no application that is known. */
interface Plan {
  readonly order: readonly ApplicationModule[]
  readonly unknown: string | undefined
}

/** Dependencies first; each application once; an optional one that is not loaded is left out. */
export function planStart(register: Register, wanted: readonly ApplicationModule[]): Plan {
  const order = new Set<ApplicationModule>()
  const seen = new Set<string>()
  let unknown: string | undefined
  const visit = (app: ApplicationRef, isOptional: boolean): void => {
    const name = nameOf('applications', app)
    const module = isApplication(app) ? app : register.loaded.get(name)
    if (module === undefined) {
      if (!isOptional) unknown ??= name
      return
    }
    if (seen.has(name)) return
    seen.add(name)
    const { applications = [], optionalApplications = [] } = module.callbacks
    const optional = new Set(optionalApplications.map((each) => nameOf('optionalApplications', each)))
    for (const each of applications) visit(each, optional.has(nameOf('applications', each)))
    for (const each of optionalApplications) visit(each, true)
    order.add(module)
  }
  for (const module of wanted) visit(module, false)
  return { order: [...order], unknown }
}

/**
 * The body of a helper of the controller: starts applications and what they need, one after the other. When one fails,
 * stops those that it started, in reverse.
 */
export async function startAll(
  controller: Pid,
  register: Register,
  wanted: readonly ApplicationModule[],
  type: StartType,
  answer: (outcome: EnsureAllStartedOutcome) => void,
): Promise<void> {
  const { order, unknown } = planStart(register, wanted)
  if (unknown !== undefined) {
    answer({ type: 'refused', application: unknown, reason: 'unknownApplication' })
    return
  }
  const started: string[] = []
  for (const module of order) {
    const outcome = await startOne(controller, { module, type })
    if (outcome.type === 'started') started.push(module.name)
    if (outcome.type === 'started' || outcome.type === 'alreadyStarted') continue
    for (const name of started.toReversed()) await makeCall(controller, 'stop', name, siteOf('stop'))
    answer({ type: 'refused', application: module.name, reason: outcome.type === 'refused' ? outcome.reason : outcome })
    return
  }
  answer({ type: 'started', applications: started })
}

function startOne(controller: Pid, request: StartRequest): PromiseLike<ApplicationStartOutcome> {
  // sound: the controller answers `start` with nothing else
  return makeCall(controller, 'start', request, siteOf('start')) as PromiseLike<ApplicationStartOutcome>
}
