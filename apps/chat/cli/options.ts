import { parseArgs } from 'node:util'

/** What the program is started with. */
export interface CliOptions {
  readonly url: string
  readonly name: string
  readonly room: string
  readonly msgpack: boolean
}

export const USAGE = `The chat in a terminal.

  --name <name>   whose account it is; made on the page of the chat
  --url <url>     where the chat is               (http://localhost:4000)
  --room <room>   the room, as its address has it (lobby)
  --msgpack       MessagePack on the wire, not JSON
  --help          this

The password is asked for, or taken from $CHAT_PASSWORD.`

/** Reads the command line. @returns what to do, or what to tell the user instead. */
export function readOptions(
  args: readonly string[],
): CliOptions | { readonly usage: string; readonly isError: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string', default: 'http://localhost:4000' },
        name: { type: 'string' },
        room: { type: 'string', default: 'lobby' },
        msgpack: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return { usage: USAGE, isError: false }
    const { url = '', name, room = '', msgpack = false } = values
    if (name === undefined) return { usage: `--name is missing\n\n${USAGE}`, isError: true }
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return { usage: `--url is an address like http://localhost:4000, not ${url}\n\n${USAGE}`, isError: true }
    return { url, name, room, msgpack }
  } catch (error) {
    return { usage: `${(error as Error).message}\n\n${USAGE}`, isError: true }
  }
}
