import type { Template } from '../template/template.ts'
import { KEYS } from './wire-keys.ts'

/** Statics that several nodes of one message point at. */
export class SharedStatics {
  private readonly indexes = new Map<Template, number>()

  /** @returns what stands for the statics in a node. */
  refer(template: Template): number {
    const known = this.indexes.get(template)
    if (known !== undefined) return known
    const index = this.indexes.size
    this.indexes.set(template, index)
    return index
  }

  /** Puts the table into the message or list that it is for, unless it is empty. */
  into(node: { [key: string]: unknown }): void {
    if (this.indexes.size === 0) return
    const table: Record<number, readonly string[]> = {}
    for (const [template, index] of this.indexes) table[index] = template.statics
    node[KEYS.shared] = table
  }
}
