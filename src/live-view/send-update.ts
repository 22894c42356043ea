import { BadArgumentError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { self } from '../runtime/current.ts'
import { sendAfter, type TimerRef } from '../runtime/process-timers.ts'
import { send } from '../runtime/signals.ts'
import { Cid, type ComponentId, type ComponentModule } from './component.ts'
import type { ComponentInstance, ComponentTable } from './tree/component-instance.ts'

/** Which component of a view is meant. */
interface ComponentTarget {
  /** For people. */
  readonly name: string
  findIn(components: ComponentTable): ComponentInstance | undefined
}

/** Tells the process of a view to update a component. Only the functions of this file make one. */
export class ComponentUpdate {
  readonly target: ComponentTarget
  readonly assigns: object

  constructor(target: ComponentTarget, assigns: object) {
    this.target = target
    this.assigns = assigns
  }
}

/**
 * Updates a live component from outside of a render: its `update` (or `updateMany`) gets `assigns`, and what changed of it follows.
 * A component that is not there, or no more, is no mistake: it is reported at the level debug.
 * @param target - the component's module, and then `assigns` has its `id`; or its `myself`.
 * @param view - the process of the view. Default: the calling one.
 * @throws {BadArgumentError} for assigns without an id, or a target that is none. Semantics: Phoenix.LiveView.send_update/2, /3.
 */
export function sendUpdate<Props extends object>(
  target: ComponentModule<Props>,
  assigns: Partial<Props> & ComponentId,
  view?: Pid,
): void
export function sendUpdate(target: unknown, assigns: object, view?: Pid): void
export function sendUpdate(target: unknown, assigns: object, view: Pid = self()): void {
  send(checkView('sendUpdate', view), updateOf('sendUpdate', target, assigns))
}

/**
 * As {@link sendUpdate}, after so many milliseconds.
 * @returns the timer, for `cancelTimer`. @throws as {@link sendUpdate}. Semantics: Phoenix.LiveView.send_update_after/3, /4.
 */
export function sendUpdateAfter<Props extends object>(
  target: ComponentModule<Props>,
  assigns: Partial<Props> & ComponentId,
  afterMs: number,
  view?: Pid,
): TimerRef
export function sendUpdateAfter(target: unknown, assigns: object, afterMs: number, view?: Pid): TimerRef
export function sendUpdateAfter(target: unknown, assigns: object, afterMs: number, view: Pid = self()): TimerRef {
  return sendAfter(checkView('sendUpdateAfter', view), updateOf('sendUpdateAfter', target, assigns), afterMs)
}

function checkView(where: string, view: Pid): Pid {
  if (isPid(view)) return view
  throw new BadArgumentError(`${where}: view`, 'the pid of a live view', view)
}

function updateOf(where: string, target: unknown, assigns: object): ComponentUpdate {
  if (typeof assigns !== 'object' || assigns === null)
    throw new BadArgumentError(`${where}: assigns`, 'an object', assigns)
  if (target instanceof Cid) {
    const { number } = target
    return new ComponentUpdate(
      { name: `the component ${number}`, findIn: (components) => components.get(number) },
      assigns,
    )
  }
  const { id } = assigns as Partial<ComponentId>
  if (id === undefined || id === null) throw new BadArgumentError(`${where}: assigns`, 'assigns with an id', assigns)
  const module = checkModule(where, target)
  const name = `the component ${show(id)} of ${module.moduleName}`
  return new ComponentUpdate({ name, findIn: (components) => components.find(module, id) }, assigns)
}

function checkModule(where: string, target: unknown): ComponentModule {
  const isModule = typeof target === 'object' && target !== null && 'prepared' in target && 'use' in target
  if (isModule) return target as ComponentModule // as far as can be seen
  throw new BadArgumentError(where, 'a live component (LiveComponent.define), or its myself', target)
}
