import type { Callback } from '../behaviours/server.ts'

/** Where a hook may stand: before which callback, or after each render. */
export type HookStage = 'handleParams' | 'handleEvent' | 'handleInfo' | 'handleAsync' | 'afterRender'

/** A hook by its name. */
export interface Hook {
  readonly name: string
  readonly callback: Callback
}

/** The hooks of one view or component, by stage, in the order in which they were attached. */
export class HookTable {
  private readonly stages = new Map<HookStage, readonly Hook[]>()

  /** Asked before hooks are run: most views have none, and a generator less for each event is measured by `bench/live-view`. */
  has(stage: HookStage): boolean {
    return this.at(stage).length > 0
  }

  at(stage: HookStage): readonly Hook[] {
    return this.stages.get(stage) ?? NONE
  }

  /** @returns false when the stage has a hook of that name. */
  add(stage: HookStage, hook: Hook): boolean {
    const hooks = this.at(stage)
    if (hooks.some(({ name }) => name === hook.name)) return false
    this.stages.set(stage, [...hooks, hook])
    return true
  }

  delete(stage: HookStage, name: string): void {
    this.stages.set(
      stage,
      this.at(stage).filter((hook) => hook.name !== name),
    )
  }
}

const NONE: readonly Hook[] = []
