import type { Template } from '../template/template.ts'
import { KEYS } from './wire-keys.ts'

/** Statics that several nodes of one message point at. */
export class SharedStatics {
  /** Not before it is needed: most messages share nothing. */
  private indexes: Map<Template, number> | undefined = undefined

  /** @returns what stands for the statics in a node. */
  refer(template: Template): number {
    this.indexes ??= new Map()
    const known = this.indexes.get(template)
    if (known !== undefined) return known
    const index = this.indexes.size
    this.indexes.set(template, index)
    return index
  }

  /** Puts the table into the message or list that it is for, unless it is empty. */
  into(node: { [key: string]: unknown }): void {
    if (this.indexes === undefined) return
    const table: Record<number, readonly string[]> = {}
    for (const [template, index] of this.indexes) table[index] = template.statics
    node[KEYS.shared] = table
  }
}
