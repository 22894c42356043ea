import { GenServer, isDown, monitor, noReply, self, sendAfter, TaskSupervisor, whereis } from 'beamish'
import { Door, door } from './door.ts'
import { SENSOR, Sensor } from './sensor.ts'
import { CHECKS } from './visitors.ts'

/** What the table is made with. */
export interface StatusOptions {
  readonly doors: readonly string[]
  readonly everyMs: number
  readonly show: (table: string) => void
}

interface State extends StatusOptions {
  /** How often the sensor has ended. */
  readonly crashes: number
}

const SHOW = 'show'

/** Looks at everything that lives, and shows it. Who does not answer is being started again. */
export const Status = GenServer.define({
  module: 'Status',
  init: (options: StatusOptions): State => {
    sendAfter(self(), SHOW, options.everyMs)
    monitor(SENSOR)
    return { ...options, crashes: 0 }
  },
  handleInfo: async (message: unknown, state: State) => {
    if (isDown(message)) {
      monitor(SENSOR)
      return noReply({ ...state, crashes: state.crashes + 1 })
    }
    sendAfter(self(), SHOW, state.everyMs)
    state.show(await tableOf(state))
    return noReply(state)
  },
})

async function tableOf({ doors, crashes }: State): Promise<string> {
  const rows = await Promise.all(doors.map(doorRow))
  const checks = await TaskSupervisor.children(CHECKS)
  return [
    'door      state     passed  refused',
    ...rows,
    `${checks.length} badges are being looked at. ${await hall()} The sensor failed ${crashes} times.`,
  ].join('\n')
}

async function doorRow(name: string): Promise<string> {
  try {
    const { value, context } = await Door.getSnapshot(door(name), 1000)
    return `${name.padEnd(10)}${String(value).padEnd(10)}${String(context.passed).padStart(6)}${String(context.refused).padStart(9)}`
  } catch {
    return `${name.padEnd(10)}is being repaired`
  }
}

async function hall(): Promise<string> {
  if (whereis(SENSOR) === undefined) return 'Nobody knows how warm it is.'
  const degrees: number = await Sensor.call(SENSOR, 'degrees')
  return `It is ${degrees.toFixed(1)}° in the hall.`
}
