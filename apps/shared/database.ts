import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'

/** What SQLite can hold in a column. */
export type Value = string | number | bigint | Uint8Array | null

/** An open SQLite file, whose statements are prepared once. Whoever opens it closes it. */
export class Database {
  private readonly file: Libsql.Database
  private readonly statements = new Map<string, Libsql.Statement>()

  private constructor(file: Libsql.Database) {
    this.file = file
  }

  /**
   * Opens a file, makes it if there is none, and brings its tables up to date.
   * @param path - `':memory:'` keeps nothing.
   * @param migrations - each runs once on each file, in order. What has been shipped is never edited: another one is added.
   */
  static open(path: string, migrations: readonly string[]): Database {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    const file = new Libsql(path)
    // Readers do not wait for a writer. A commit survives the end of the program; the last ones may be lost with the machine's power.
    file.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000',
    )
    const database = new Database(file)
    database.migrate(migrations)
    return database
  }

  /** All rows of a query. */
  all<Row>(sql: string, ...values: readonly Value[]): Row[] {
    return this.statement(sql).all(...values) as Row[] // as its columns are written in the query
  }

  /** The first row of a query. */
  first<Row>(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0]
  }

  /** Carries out a statement that gives no rows. @returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return this.statement(sql).run(...values).changes
  }

  /** Does all of it, or, when it throws, nothing. */
  transaction<Result>(work: () => Result): Result {
    return this.file.transaction(work)() as Result
  }

  close(): void {
    this.file.close()
  }

  private statement(sql: string): Libsql.Statement {
    const known = this.statements.get(sql)
    if (known !== undefined) return known
    const made = this.file.prepare(sql)
    this.statements.set(sql, made)
    return made
  }

  /** The number of the last migration is kept in the file itself. */
  private migrate(migrations: readonly string[]): void {
    const done = this.first<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
    for (const [index, sql] of migrations.entries()) {
      if (index < done) continue
      this.transaction(() => this.file.exec(`${sql}; PRAGMA user_version = ${index + 1}`))
    }
  }
}
