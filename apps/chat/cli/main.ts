import { msgpack } from 'beamish/client'
import type { SocketConnectOption } from 'phoenix'
import { askPassword } from './ask-password.ts'
import { type CliOptions, readOptions } from './options.ts'
import { Session } from './session.ts'
import { signIn, socketFor } from './sign-in.ts'

const streams = { input: process.stdin, output: process.stdout }
/** A token opens connections for a day: one that is half as old is replaced at the next connection. */
const TOKEN_MS = 12 * 3_600_000

async function talk({ url, name, room, msgpack: isPacked }: CliOptions): Promise<string | undefined> {
  const password = process.env['CHAT_PASSWORD'] ?? (await askPassword(`Password of ${name}: `, streams))
  let { token, user } = await signIn(url, { name, password })
  let since = Date.now()
  const codec = isPacked ? (msgpack as Partial<SocketConnectOption>) : {}
  const socket = socketFor(url, () => token, codec)
  socket.onError(() => {
    if (Date.now() - since < TOKEN_MS) return
    since = Date.now()
    signIn(url, { name, password }).then(
      (again) => {
        token = again.token
      },
      () => {
        since = 0 // the next failure tries again
      },
    )
  })
  return await Session.hold({ ...streams, socket, user, room })
}

const options = readOptions(process.argv.slice(2))
if ('usage' in options) {
  process.stdout.write(`${options.usage}\n`)
  process.exitCode = options.isError ? 2 : 0
} else {
  const problem = await talk(options).catch((error: Error) => error.message)
  if (problem !== undefined) process.stderr.write(`${problem}\n`)
  process.exit(problem === undefined ? 0 : 1)
}
