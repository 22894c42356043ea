import { GenServer, noReply, self, sendAfter, sleep, TaskSupervisor } from 'beamish'
import { Door, door } from './door.ts'

/** Under whom badges are looked at. */
export const CHECKS = 'badge checks'
/** How many badges are looked at at a time. */
const AT_A_TIME = 4

/** Somebody with a badge in front of a door. */
export interface Visitor {
  readonly badge: number
  readonly door: string
}

/** What the visitors are told when they start. */
export interface CrowdOptions {
  readonly doors: readonly string[]
  /** Milliseconds between two groups. */
  readonly everyMs: number
  /** Milliseconds that a badge is looked at: a call to some other system. */
  readonly checkMs: number
  /** From 0 to less than 1. */
  readonly random: () => number
}

const NEXT_GROUP = 'next group'

/** People come in groups. Each badge is looked at in a task of its own, a few at a time; one that is good unlocks the door. */
export const Crowd = GenServer.define({
  module: 'Crowd',
  init: (options: CrowdOptions) => {
    sendAfter(self(), NEXT_GROUP, options.everyMs)
    return options
  },
  handleInfo: async (_message: unknown, options: CrowdOptions) => {
    sendAfter(self(), NEXT_GROUP, options.everyMs)
    await letIn(groupOf(options), options.checkMs)
    return noReply(options)
  },
})

function groupOf({ doors, random }: CrowdOptions): Visitor[] {
  const pick = (count: number) => Math.floor(random() * count)
  return Array.from({ length: 1 + pick(6) }, () => ({ badge: pick(100), door: doors[pick(doors.length)] ?? '' }))
}

/** Badges that end in 7 are stolen, and those below 5 break the reader: that task fails, and nobody else notices. */
async function check({ badge }: Visitor, checkMs: number): Promise<boolean> {
  await sleep(checkMs)
  if (badge < 5) throw new Error(`the reader cannot read badge ${badge}`)
  return badge % 10 !== 7
}

async function letIn(group: readonly Visitor[], checkMs: number): Promise<void> {
  const checks = TaskSupervisor.asyncStreamNoLink(CHECKS, group, (visitor) => check(visitor, checkMs), {
    maxConcurrency: AT_A_TIME,
  })
  let index = 0
  for await (const outcome of checks) {
    const visitor = group[index++] // outcomes come in the order of the group
    if (visitor === undefined) return
    if (outcome.type === 'ok' && outcome.value) Door.cast(door(visitor.door), { type: 'unlock' })
    Door.cast(door(visitor.door), { type: 'push' })
  }
}
