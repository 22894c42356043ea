import { Application, defaultRuntime } from 'beamish'
import { DoorApp } from './tree.ts'

// The table says what happens; REPORTS=1 shows the crash reports beside it.
if (process.env['REPORTS'] !== '1') defaultRuntime().setReporter(() => {})

const isTerminal = process.stdout.isTTY

await Application.run(DoorApp, {
  env: { show: (table) => process.stdout.write(isTerminal ? `\u001b[2J\u001b[H${table}\n` : `${table}\n\n`) },
})
