import type { DialectName } from './client/dialects.ts'
import { hasPeer } from './peers.ts'

/** A server that is measured, and how its clients talk to it. */
export interface Subject {
  readonly name: string
  readonly program: URL
  readonly args: readonly string[]
  readonly dialect: DialectName
  /** The questions in which it takes part. Default: all. */
  readonly questions?: readonly string[]
}

function program(name: string): URL {
  return new URL(`./servers/${name}.js`, import.meta.url)
}

const SUBJECTS: readonly Subject[] = [
  { name: 'beamish', program: program('beamish'), args: [], dialect: 'phoenix' },
  {
    name: 'beamish presence',
    program: program('beamish'),
    args: ['presence'],
    dialect: 'phoenix',
    questions: ['joins', 'memory'],
  },
  { name: 'beamish node', program: program('beamish'), args: ['node'], dialect: 'phoenix' },
  { name: 'raw uWS', program: program('raw-uws'), args: [], dialect: 'plain' },
  { name: 'ws', program: program('ws'), args: [], dialect: 'plain' },
  { name: 'socket.io', program: program('socket-io'), args: [], dialect: 'socket.io' },
  { name: 'socket.io uWS', program: program('socket-io'), args: ['uws'], dialect: 'socket.io' },
]

/** The subjects that are there: Socket.IO takes part when bench/peers is installed. */
export function findSubjects(): Subject[] {
  return SUBJECTS.filter(({ dialect }) => dialect !== 'socket.io' || hasPeer('socket.io'))
}
