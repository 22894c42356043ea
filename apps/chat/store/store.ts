import { join } from 'node:path'
import { storeOf } from '../../shared/store.ts'
import { MIGRATIONS } from './migrations.ts'

const store = storeOf({ name: 'chat store', file: 'chat.sqlite', migrations: MIGRATIONS })

/** What is said is kept here, and the files that people sent. */
export const Store = {
  ...store,
  /** Where the file of an attachment lies. */
  filePath: async (id: string): Promise<string> => join(await store.folder(), 'files', id),
} as const
