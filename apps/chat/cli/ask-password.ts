import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Streams } from './terminal.ts'

/** Asks for a password. What is typed is not shown. */
export async function askPassword(question: string, { input, output }: Streams): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  output.write(question)
  try {
    return await lines.question('')
  } finally {
    output.write('\n')
    lines.close()
  }
}
