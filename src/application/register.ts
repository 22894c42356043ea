import { BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { RunningEntry } from './controller.ts'
import { type ApplicationModule, type ApplicationRef, isApplication, nameOf } from './definition.ts'
import type { ApplicationInfo, RunningApplication } from './outcome.ts'
import { Settings } from './settings.ts'

/**
 * Which applications a runtime knows and which run, in the order of their start.
 *
 * Read by everybody, directly; what runs is written by the application controller alone.
 */
export class Register {
  readonly settings = new Settings()
  readonly loaded = new Map<string, ApplicationModule>()
  readonly running = new Map<string, RunningEntry>()

  /** @returns false when an application of this name is loaded. */
  load(module: ApplicationModule): boolean {
    if (this.loaded.has(module.name)) return false
    this.loaded.set(module.name, module)
    this.settings.load(module.name, module.callbacks.env ?? {})
    return true
  }

  ensureLoaded(module: ApplicationModule): void {
    this.load(module)
  }

  unload(name: string): void {
    this.loaded.delete(name)
    this.settings.unload(name)
  }

  /**
   * The application behind a reference.
   * @throws {BeamishError} `BEAMISH_UNKNOWN_APPLICATION` for a name that is not loaded · `BEAMISH_APPLICATION_NAME_TAKEN`
   * for a module whose name another one has.
   */
  resolve(where: string, app: ApplicationRef): ApplicationModule {
    const name = nameOf(where, app)
    const loaded = this.loaded.get(name)
    const module = isApplication(app) ? app : loaded
    if (module === undefined) throw unknownApplication(where, name)
    if (loaded !== undefined && loaded !== module) {
      const remedy = 'Give one of them another name.'
      throw new BeamishError(
        'BEAMISH_APPLICATION_NAME_TAKEN',
        `${where}: another application is called ${show(name)}. ${remedy}`,
      )
    }
    return module
  }

  /** The application whose master this is. */
  ofMaster(master: Pid | undefined): RunningEntry | undefined {
    for (const entry of this.running.values()) if (entry.master.pid === master) return entry
    return undefined
  }

  /** The applications that run, in the order of their start. */
  which(): RunningApplication[] {
    const running = [...this.running.values()].filter(({ phase }) => phase === 'running')
    return running.map(({ module, type }) => ({ ...infoOf(module), type }))
  }
}

/** What is told of an application. */
export function infoOf({ name, callbacks }: ApplicationModule): ApplicationInfo {
  return { name, description: callbacks.description, version: callbacks.version }
}

/** The names of the applications that must run before this one: those that are optional do not count. */
export function dependenciesOf({ callbacks }: ApplicationModule): string[] {
  const optional = new Set((callbacks.optionalApplications ?? []).map((app) => nameOf('optionalApplications', app)))
  return (callbacks.applications ?? []).map((app) => nameOf('applications', app)).filter((name) => !optional.has(name))
}

export function unknownApplication(where: string, name: string): BeamishError {
  const remedy = 'Load it first, or pass the application itself.'
  return new BeamishError('BEAMISH_UNKNOWN_APPLICATION', `${where}: no application ${show(name)} is loaded. ${remedy}`)
}
