import { join } from 'node:path'
import { GenServer, reply, trapExit } from 'beamish'
import { Database } from './database.ts'

/** Tells everybody in a topic: once what is written is written, and before the next work begins. */
export type Tell = (topic: string, event: string, payload: object) => void

/** Something to do with the file. It is done whole or not at all; what it tells is told only when it is done. */
export type Work<Result> = (database: Database, tell: Tell) => Result

/** What the store of an app is. */
export interface StoreDefinition {
  /** Of its process. */
  readonly name: string
  /** Of its file. */
  readonly file: string
  /** Each runs once on each file, in order: see {@link Database.open}. */
  readonly migrations: readonly string[]
}

/** What a store is started with. */
export interface StoreOptions {
  /** Where everything is kept: the file of the store, and what else the app puts there. It is made if it is not there. */
  readonly folder: string
  readonly tell: Tell
}

/** How a piece of work came out: its errors are its caller's. */
type Outcome =
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: unknown }

interface State extends StoreOptions {
  readonly database: Database
}

/**
 * The store of an app: a process that has a SQLite file open. One piece of work after another, each a transaction; writing and telling
 * are one step, which nobody's end can come in between: whoever hears of something finds it in the file, and who found it missing there
 * will hear of it.
 */
export function storeOf({ name, file, migrations }: StoreDefinition) {
  const Server = GenServer.define({
    module: 'Store',
    init: (options: StoreOptions): State => {
      trapExit(true)
      return { ...options, database: Database.open(join(options.folder, file), migrations) }
    },
    handleCall: {
      folder: (_: void, state: State) => reply(state.folder, state),
      run: (work: Work<unknown>, state: State) => reply(perform(work, state), state),
    },
    terminate: (_reason, { database }: State) => database.close(),
  })
  return {
    /** The store of a tree. */
    child: (options: StoreOptions) => ({ id: name, start: () => Server.startLink(options, { name }) }),

    /** Has something done with the file. @returns what `work` returns. @throws what `work` throws. */
    async run<Result>(work: Work<Result>): Promise<Result> {
      const outcome: Outcome = await Server.call(name, 'run', work)
      if (outcome.type === 'failed') throw outcome.error
      return outcome.result as Result // of this work
    },

    /** Where everything is kept. */
    folder: () => Server.call(name, 'folder'),
  } as const
}

function perform(work: Work<unknown>, { database, tell }: State): Outcome {
  const told: Parameters<Tell>[] = []
  try {
    const result = database.transaction(() => work(database, (...words) => told.push(words)))
    for (const words of told) tell(...words)
    return { type: 'done', result }
  } catch (error) {
    return { type: 'failed', error }
  }
}
