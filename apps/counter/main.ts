import { Application, defaultRuntime, terminalReporter } from 'beamish'
import { CounterApp } from './tree.ts'

// Shows starts too, not only what goes wrong.
defaultRuntime().setReporter(terminalReporter('info'))

await Application.run(CounterApp, { env: { start: Number(process.env['START'] ?? 40) } })
console.log('→ everything has stopped.')
