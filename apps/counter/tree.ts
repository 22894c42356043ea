import { Application, childSpec, spawnLink } from 'beamish'
import { Counter } from './counter.ts'
import { tour } from './tour.ts'

/** Two counters that live and die for themselves, and somebody who shows them around. */
export const CounterApp = Application.define({
  name: 'counter',
  env: { start: 40 },
  children: ({ start }) => [
    childSpec(Counter, start, { id: 'hits', options: { name: 'hits' } }),
    childSpec(Counter, 0, { id: 'misses', options: { name: 'misses' } }),
    { id: 'tour', start: () => spawnLink(tour), restart: 'temporary' },
  ],
  strategy: 'oneForOne',
})
