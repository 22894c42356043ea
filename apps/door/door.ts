import { type Pid, StateMachine } from 'beamish'
import { Registry } from 'beamish/pubsub'
import { assign, setup } from 'xstate'

/** Where doors are found by what is written on them. */
export const DOORS = 'doors'
/** The door with a name, whichever process that is at the moment. */
export const door = (name: string) => Registry.via(DOORS, name)

const machine = setup({
  types: {
    input: {} as { name: string; openMs: number },
    context: {} as { name: string; openMs: number; passed: number; refused: number },
    events: {} as { type: 'unlock' } | { type: 'push' } | { type: 'jam' },
  },
  delays: { openMs: ({ context }) => context.openMs },
}).createMachine({
  id: 'door',
  context: ({ input }) => ({ ...input, passed: 0, refused: 0 }),
  initial: 'locked',
  on: {
    // The hinge breaks: the machine fails, and its supervisor starts another one, locked and with nobody counted.
    jam: {
      actions: () => {
        throw new Error('the door is jammed')
      },
    },
  },
  states: {
    locked: {
      on: { unlock: 'unlocked', push: { actions: assign({ refused: ({ context }) => context.refused + 1 }) } },
    },
    unlocked: {
      after: { openMs: 'locked' },
      on: { push: { target: 'locked', actions: assign({ passed: ({ context }) => context.passed + 1 }) } },
    },
  },
})

/** A turnstile: an XState machine in a process. A badge unlocks it, one person goes through, and it is locked again. */
export const Door = StateMachine.from(machine)

/** The spec of a door in a tree. @param openMs - how long it stays unlocked for somebody who does not come. */
export function doorSpec(name: string, openMs: number) {
  return { id: name, start: (): PromiseLike<Pid> => Door.startLink({ name, openMs }, { name: door(name) }) }
}
