// What must and must not compile. Checked by the compiler alone; nothing here runs.
import { assign, setup } from 'xstate'
import {
  type Expects,
  keepState,
  keepStateAndData,
  type MachineEvent,
  nextState,
  type Operation,
  type Pid,
  replyTo,
  StateMachine,
  stop,
} from '../../src/index.ts'

declare const pid: Pid

/** Compiles only where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_same: Same<A, B>): void {}

// ── Callbacks, one handler per state ────────────────────────────────────────────────────────────────────────────────

type Door = 'press' | ({ type: 'count' } & Expects<number>) | ({ type: 'name'; upper: boolean } & Expects<string>)

const door = StateMachine.define({
  init: (start: number) => nextState('closed', { presses: start }),
  states: {
    closed: (event: MachineEvent<Door>, data) => {
      same<typeof data, { presses: number }>(true)
      if (event.type === 'call') return keepStateAndData(replyTo(event.from, 1))
      // @ts-expect-error no answer of this machine is a boolean
      if (event.type === 'call') return keepStateAndData(replyTo(event.from, true))
      if (event.type === 'enter') event.oldState
      return event.type === 'cast' && event.content === 'press' ? nextState('open', data) : keepState(data)
    },
    open: (event, data) => (event.type === 'cast' ? stop('normal', { presses: data.presses + 1 }) : keepStateAndData()),
  },
  terminate: (_reason, state, data) => {
    same<typeof state, 'closed' | 'open'>(true)
    same<typeof data, { presses: number }>(true)
  },
})

export const started: Operation<Pid> = door.startLink(1, { name: 'door' })
export const count: Operation<number> = door.call(pid, { type: 'count' })
export const doorName: Operation<string> = door.call(pid, { type: 'name', upper: true }, { timeoutMs: 100 })
door.cast(pid, 'press')
// @ts-expect-error the argument of init is a number
door.startLink('1')
// @ts-expect-error the argument of init is missing
door.startLink()
// @ts-expect-error it is answered with a number
export const wrongAnswer: Operation<string> = door.call(pid, { type: 'count' })
// @ts-expect-error no such event
door.cast(pid, 'pull')
// @ts-expect-error no such event
door.call(pid, { type: 'size' })
// @ts-expect-error upper is missing
door.call(pid, { type: 'name' })
// @ts-expect-error a timeout is a number or 'infinity'
door.call(pid, 'press', { timeoutMs: 'soon' })

StateMachine.define({
  init: () => nextState('a', 0),
  states: {
    // @ts-expect-error there is no state c
    a: () => nextState('c', 0),
    b: () => keepStateAndData(),
  },
})

StateMachine.define({
  init: () => nextState('a', 0),
  states: {
    // @ts-expect-error the data is a number
    a: () => keepState('text'),
  },
})

// @ts-expect-error a machine has handlers
StateMachine.define({ init: () => nextState('a', 0) })

// ── Callbacks, one handler for all ──────────────────────────────────────────────────────────────────────────────────

const stack = StateMachine.define({
  init: () => nextState('empty', [] as string[]),
  handleEvent: (
    event: MachineEvent<{ type: 'push'; item: string } | ({ type: 'pop' } & Expects<string | undefined>)>,
    state: 'empty' | 'full',
    data,
  ) => {
    same<typeof data, string[]>(true)
    return event.type === 'cast' && state === 'empty' ? nextState('full', data) : keepStateAndData()
  },
})
stack.startLink()
stack.cast(pid, { type: 'push', item: 'x' })
export const popped: Operation<string | undefined> = stack.call(pid, { type: 'pop' })
// @ts-expect-error an item is a string
stack.cast(pid, { type: 'push', item: 1 })

StateMachine.define({
  init: () => nextState('a', 0),
  // @ts-expect-error there is no state c
  handleEvent: (_event: MachineEvent, _state: 'a' | 'b') => nextState('c', 0),
})

// ── XState machines ─────────────────────────────────────────────────────────────────────────────────────────────────

type Lamp = { type: 'toggle' } | { type: 'dim'; to: number } | ({ type: 'level' } & Expects<number>)

const lamp = StateMachine.from(
  setup({
    types: { context: {} as { level: number }, events: {} as Lamp, input: {} as { level: number } },
    actions: { postpone: StateMachine.postpone(), wait: StateMachine.eventTimeout(10, { type: 'toggle' }) },
  }).createMachine({
    context: ({ input }) => ({ level: input.level }),
    initial: 'off',
    on: {
      level: { actions: StateMachine.reply(({ context }) => context.level) },
      dim: { actions: assign({ level: ({ event }) => event.to }) },
    },
    states: {
      off: { on: { toggle: 'on', dim: { actions: ['postpone', StateMachine.postpone()] } } },
      on: { on: { toggle: 'off', level: { actions: StateMachine.reply(5) } } },
    },
  }),
  { terminate: (_reason, snapshot) => same<typeof snapshot.context, { level: number }>(true) },
)

lamp.startLink({ level: 1 }, { name: 'lamp', snapshot: {} })
lamp.cast(pid, { type: 'dim', to: 3 })
export const level: Operation<number> = lamp.call(pid, { type: 'level' })
export const nothingSaid: Operation<unknown> = lamp.call(pid, { type: 'toggle' })

export async function look(): Promise<void> {
  const snapshot = await lamp.getSnapshot(pid)
  same<typeof snapshot.value, 'on' | 'off'>(true)
  same<typeof snapshot.context, { level: number }>(true)
  snapshot.matches('on')
  // @ts-expect-error there is no such state
  snapshot.matches('broken')
  // @ts-expect-error the context has no such field
  snapshot.context.colour
}

// @ts-expect-error the input is missing
lamp.startLink()
// @ts-expect-error a level is a number
lamp.startLink({ level: 'high' })
// @ts-expect-error no such event
lamp.cast(pid, { type: 'explode' })
// @ts-expect-error to is missing
lamp.cast(pid, { type: 'dim' })
// @ts-expect-error to is a number
lamp.call(pid, { type: 'dim', to: 'half' })
// @ts-expect-error it is answered with a number
export const wrongLevel: Operation<string> = lamp.call(pid, { type: 'level' })

setup({ types: { context: {} as { level: number }, events: {} as Lamp } }).createMachine({
  context: { level: 0 },
  on: {
    // @ts-expect-error it is answered with a number
    level: { actions: StateMachine.reply(() => 'high') },
  },
})

setup({ types: { context: {} as { level: number }, events: {} as Lamp } }).createMachine({
  context: { level: 0 },
  on: {
    // @ts-expect-error it is answered with a number
    level: { actions: StateMachine.reply('high') },
  },
})
