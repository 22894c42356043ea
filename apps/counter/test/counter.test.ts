import { type ChildProcess, spawn as spawnProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Application, Sys, whereis } from 'beamish'
import { settle, withRuntime } from 'beamish/testing'
import t from 'tap'
import { Counter } from '../counter.ts'
import { CounterApp } from '../tree.ts'

t.test('a counter that crashes comes back with a fresh state, and its neighbour does not notice', (t) =>
  withRuntime(async ({ reports }) => {
    t.same(await Application.start(CounterApp), { type: 'started' })
    t.equal(await Counter.call('hits', 'add', 2), 42)
    t.equal(await Counter.call('misses', 'add', 3), 3)
    const [hits, misses] = [whereis('hits'), whereis('misses')]
    await t.rejects(Counter.call('hits', 'divide', 0), { code: 'BEAMISH_EXIT' })
    await settle()
    t.not(whereis('hits'), hits)
    t.equal(whereis('misses'), misses)
    t.equal(await Counter.call('hits', 'get'), 40)
    t.equal(await Counter.call('misses', 'get'), 3)
    const errors = reports.filter(({ level }) => level === 'error').map(({ type }) => type)
    t.same(errors, ['serverTerminate', 'crash', 'supervisor'])
    await Application.stop(CounterApp)
    t.equal(whereis('hits'), undefined)
  }),
)

t.test('a counter that crashes again and again takes the program down, and every restart is reported', (t) =>
  withRuntime(async ({ reports }) => {
    await Application.start(CounterApp)
    for (let crash = 0; crash < 4; crash++) {
      await t.rejects(Counter.call('hits', 'divide', 0))
      await settle()
    }
    t.same(Application.which(), [])
    const restarts = reports.filter((report) => report.type === 'progress' && report.started.id === 'hits')
    t.equal(restarts.length, 4, 'the first start, and three restarts in five seconds')
    t.match(reports.at(-1), { type: 'application', event: 'exited', level: 'error', reason: 'shutdown' })
    await t.rejects(Sys.getState('hits'), { code: 'BEAMISH_NOPROC' })
  }),
)

/** The program as a process of the operating system: what it has written, and a way to wait for a line. */
function startProgram() {
  const main = fileURLToPath(new URL('../main.js', import.meta.url))
  const program = spawnProcess(process.execPath, ['--enable-source-maps', main], {
    env: { ...process.env, START: '10', NODE_V8_COVERAGE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', err: '' }
  program.stdout.on('data', (data) => {
    written.out += data
  })
  program.stderr.on('data', (data) => {
    written.err += data
  })
  return { program, written, line: (text: string) => lineOf(program, written, text) }
}

async function lineOf(program: ChildProcess, written: { readonly out: string }, text: string): Promise<void> {
  while (!written.out.includes(text)) {
    if (program.exitCode !== null || program.stdout === null) throw new Error(`it ended before it wrote ${text}`)
    await Promise.race([once(program.stdout, 'data'), once(program, 'exit')])
  }
}

t.test('the program shows it, and ends in order at SIGTERM', async (t) => {
  const { program, written, line } = startProgram()
  t.teardown(() => program.kill('SIGKILL'))
  await line('Ctrl-C stops')
  t.match(written.out, 'two counters:        hits 12, misses 3')
  t.match(written.out, 'with a fresh state:  hits 10')
  t.match(written.err, /● application counter started \(permanent\)/)
  t.match(
    written.err,
    /✖ GenServer Counter hits .*\n {2}reason {8}RangeError: Division by zero\n {18}at divide \(.*counter\.ts:11:47\)/,
  )
  t.match(written.err, /state {9}\{ count: 12 \}/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is made of
  t.notMatch(written.err, /\u001b\[/, 'no colours: it is no terminal')
  program.kill('SIGTERM')
  const [code, signal] = await once(program, 'exit')
  t.same([code, signal], [0, null])
  t.match(written.out, 'everything has stopped.')
  t.match(written.err, '● application counter exited: stopped')
})
