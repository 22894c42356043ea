import { GenServer, noReply, reply, self, sendAfter } from 'beamish'

/** The temperature in the hall. */
export const SENSOR = 'sensor'

/** What a sensor is told when it starts. */
export interface SensorOptions {
  readonly everyMs: number
  /** How often a measurement fails: 0 never, 1 always. */
  readonly failures: number
  /** From 0 to less than 1. */
  readonly random: () => number
}

interface State extends SensorOptions {
  readonly degrees: number
}

const MEASURE = 'measure'

/** Measures, and fails now and then: the process ends, its supervisor starts it again, and nobody who asks has to know. */
export const Sensor = GenServer.define({
  module: 'Sensor',
  init: (options: SensorOptions): State => {
    sendAfter(self(), MEASURE, options.everyMs)
    return { ...options, degrees: 20 }
  },
  handleCall: {
    degrees: (_: undefined, state: State) => reply(state.degrees),
  },
  handleInfo: (_message: unknown, state: State) => {
    if (state.random() < state.failures) throw new Error('the wire is loose')
    sendAfter(self(), MEASURE, state.everyMs)
    return noReply({ ...state, degrees: state.degrees + state.random() - 0.5 })
  },
})
