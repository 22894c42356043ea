import { GenServer, reply } from 'beamish'

/** A number in a process. It divides like a school child: by zero it falls over. */
export const Counter = GenServer.define({
  module: 'Counter',
  init: (start: number) => ({ count: start }),
  handleCall: {
    get: (_: undefined, state) => reply(state.count),
    add: (by: number, state) => reply(state.count + by, { count: state.count + by }),
    divide: (by: number, state) => {
      const count = Number(BigInt(state.count) / BigInt(by))
      return reply(count, { count })
    },
  },
})
