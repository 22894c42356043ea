import type { ComponentModule, ComponentSocket } from '../component.ts'
import type { NodePrint } from '../diff/prints.ts'
import { areUnchanged } from '../state.ts'
import type { Rendered } from '../template/html.ts'

type Assigns = Readonly<Record<string, unknown>>

/** One component of a view. */
export class ComponentInstance {
  readonly module: ComponentModule
  readonly id: unknown
  readonly socket: ComponentSocket
  /** What the client has of it; `undefined`: nothing, so that its next render is full. */
  print: NodePrint | undefined = undefined
  /** What it looked like when it was last rendered, while a page is made over HTTP. */
  rendered: Rendered | undefined = undefined
  /** The client is about to forget it, unless it is used again before. */
  isMarked = false

  /** What it was used with last. */
  private usedWith: Assigns = {}

  constructor(module: ComponentModule, id: unknown, socket: ComponentSocket) {
    this.module = module
    this.id = id
    this.socket = socket
  }

  get cid(): number {
    return this.socket.cid.number
  }

  /** A template uses it. @returns whether that is news to it: the client has nothing of it, or it was used with other assigns. */
  use(assigns: object): boolean {
    const before = this.usedWith
    this.usedWith = assigns as Assigns // sound: `use` of its module makes a plain object of them
    return this.print === undefined || !areUnchanged(before, this.usedWith)
  }
}

/** The components of one view: by number, and by module and id. Numbers are never used again. */
export class ComponentTable {
  private readonly byCid = new Map<number, ComponentInstance>()
  private readonly byModule = new Map<object, Map<unknown, ComponentInstance>>()
  private nextCid = 1

  /** Oldest first. */
  get all(): IterableIterator<ComponentInstance> {
    return this.byCid.values()
  }

  get(cid: number): ComponentInstance | undefined {
    return this.byCid.get(cid)
  }

  find(module: object, id: unknown): ComponentInstance | undefined {
    return this.byModule.get(module)?.get(id)
  }

  /** Those of a module, oldest first. */
  ofModule(module: object): Iterable<ComponentInstance> {
    return this.byModule.get(module)?.values() ?? []
  }

  /** Adds a component under the next number. Its id is among its assigns, whatever its `update` takes over of a use. */
  add(module: ComponentModule, id: unknown, socket: (cid: number) => ComponentSocket): ComponentInstance {
    const instance = new ComponentInstance(module, id, socket(this.nextCid++).assign({ id }))
    this.byCid.set(instance.cid, instance)
    const ids = this.byModule.get(module) ?? new Map<unknown, ComponentInstance>()
    ids.set(id, instance)
    this.byModule.set(module, ids)
    return instance
  }

  delete({ cid, module, id }: ComponentInstance): void {
    this.byCid.delete(cid)
    this.byModule.get(module)?.delete(id)
  }

  clear(): void {
    this.byCid.clear()
    this.byModule.clear()
  }
}
