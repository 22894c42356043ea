import { type ExitError, sleep, whereis } from 'beamish'
import { Counter } from './counter.ts'

/** The body of a process: counts, crashes a counter on purpose, and looks what has become of it. */
export function* tour() {
  yield* sleep(50) // let the whole tree come up
  say(
    `two counters:        hits ${yield* Counter.call('hits', 'add', 2)}, misses ${yield* Counter.call('misses', 'add', 3)}`,
  )
  const first = whereis('hits')
  try {
    yield* Counter.call('hits', 'divide', 0)
  } catch (error) {
    say(`divided by zero:     the caller is told ${(error as ExitError).code}; it may go on, and does`)
  }
  yield* sleep(50) // the supervisor needs less
  say(`hits came back:      it was ${first}, now it is ${whereis('hits')}`)
  say(`with a fresh state:  hits ${yield* Counter.call('hits', 'get')}`)
  say(`and next door:       misses ${yield* Counter.call('misses', 'get')}, as if nothing had happened`)
  say('Ctrl-C stops the program in order.')
}

function say(text: string): void {
  console.log(process.stdout.isTTY ? `\u001b[36m→\u001b[39m ${text}` : `→ ${text}`)
}
