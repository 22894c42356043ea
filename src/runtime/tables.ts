import { actingProcess, currentProcess } from './current.ts'

/**
 * What sort of table: one per room that keeps something in a runtime under a name.
 * @typeParam T - what its tables are.
 */
export class TableKind<in out T> {
  /** Only a type. */
  declare readonly tableType?: (table: T) => T
  /** For people. */
  readonly label: string

  constructor(label: string) {
    this.label = label
  }
}

/**
 * The named tables of one runtime, by kind and name.
 *
 * A table belongs to the process that made it, and goes with it before anybody learns that the process ended. Whoever knows
 * kind and name reads and writes it directly: no message, no copy.
 * Semantics: ETS, named public tables. Differs: a name is taken within its kind only; there is no heir.
 */
export class Tables {
  private readonly kinds = new Map<unknown, Map<string, unknown>>()

  /** The tables of one kind. */
  of<T>(kind: TableKind<T>): Map<string, T> {
    const known = this.kinds.get(kind)
    if (known !== undefined) return known as Map<string, T> // only `of` fills it, and with this kind's tables
    const tables = new Map<string, T>()
    this.kinds.set(kind, tables)
    return tables
  }
}

/** Makes `table` findable until the calling process ends. @returns false when the name is taken. */
export function createTable<T>(kind: TableKind<T>, name: string, table: T): boolean {
  const owner = actingProcess()
  const tables = owner.runtime.tables.of(kind)
  if (tables.has(name)) return false
  tables.set(name, table)
  owner.whenReleased(() => tables.delete(name))
  return true
}

/** The table of that kind and name in the caller's runtime. */
export function findTable<T>(kind: TableKind<T>, name: string): T | undefined {
  return currentProcess().runtime.tables.of(kind).get(name)
}
