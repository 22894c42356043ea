import { Application, childSpec, Supervisor, TaskSupervisor } from 'beamish'
import { Registry } from 'beamish/pubsub'
import { DOORS, doorSpec } from './door.ts'
import { SENSOR, Sensor } from './sensor.ts'
import { Status } from './status.ts'
import { CHECKS, Crowd } from './visitors.ts'

/** What is written on the doors. */
export const NAMES: readonly string[] = ['north', 'south', 'roof']

/** A house with doors, and everybody who lives in it, in the order in which they start. */
export const DoorApp = Application.define({
  name: 'door',
  env: {
    everyMs: 1000,
    checkMs: 150,
    openMs: 800,
    failures: 0.15,
    random: Math.random,
    show: (_table: string): void => {},
  },
  children: ({ everyMs, checkMs, openMs, failures, random, show }) => [
    // A registry that starts anew knows no door: so the doors are below it.
    Supervisor.child(
      [
        Registry.child({ name: DOORS, keys: 'unique' }),
        Supervisor.child(
          NAMES.map((name) => doorSpec(name, openMs)),
          { id: 'all doors' },
        ),
      ],
      { id: 'doors and their registry', strategy: 'restForOne' },
    ),
    TaskSupervisor.child({ name: CHECKS }),
    // It may fail as often as it likes.
    Supervisor.child([childSpec(Sensor, { everyMs: everyMs / 4, failures, random }, { options: { name: SENSOR } })], {
      id: 'hall',
      maxRestarts: 100,
      maxSeconds: 1,
    }),
    childSpec(Crowd, { doors: NAMES, everyMs, checkMs, random }),
    childSpec(Status, { doors: NAMES, everyMs, show }),
  ],
})
