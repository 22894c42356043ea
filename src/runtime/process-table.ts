import type { LocalProcess } from './process.ts'

/**
 * Every process of a runtime, in the order of their start: an intrusive list.
 *
 * No map from id to process: whoever holds a pid holds the way to its process, and a map that a million short lives go
 * through costs more than the rest of a spawn (`bench/micro`, spawn and exit).
 */
export class ProcessTable {
  size = 0
  private first: LocalProcess | undefined = undefined
  private last: LocalProcess | undefined = undefined

  add(process: LocalProcess): void {
    const { last } = this
    if (last === undefined) this.first = process
    else {
      last.nextInTable = process
      process.previousInTable = last
    }
    this.last = process
    this.size++
  }

  delete(process: LocalProcess): void {
    const { previousInTable, nextInTable } = process
    if (previousInTable === undefined) this.first = nextInTable
    else previousInTable.nextInTable = nextInTable
    if (nextInTable === undefined) this.last = previousInTable
    else nextInTable.previousInTable = previousInTable
    process.previousInTable = undefined
    process.nextInTable = undefined
    this.size--
  }

  /** A copy: what is done with them may start and end processes. */
  toArray(): LocalProcess[] {
    const processes: LocalProcess[] = []
    for (let process = this.first; process !== undefined; process = process.nextInTable) processes.push(process)
    return processes
  }
}
