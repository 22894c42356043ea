import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const index = new URL('../../src/index.js', import.meta.url).href

/** Runs a program of its own, since Node has one place for what nobody caught. */
async function program(source: string): Promise<{ stdout: string; stderr: string; code: number }> {
  const code = `import { bind, exit, GenServer, monitor, noReply, receive, routeUncaught, Runtime, self, send, sleep, spawn, spawnMonitor } from '${index}'\n${source}`
  try {
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 })
    return { stdout, stderr, code: 0 }
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number }
  }
}

t.test('with routeUncaught, what nobody waits for ends the process that began it', async (t) => {
  const { stdout, stderr, code } = await program(`
    routeUncaught()
    const floating = async () => { await null; throw new Error('floating') }
    const floatingLater = async () => { await new Promise((r) => setTimeout(r, 50)); throw new Error('floating') }
    const bodies = {
      floating: async () => { void floating(); await receive() },
      timer: async () => { setTimeout(() => { throw new Error('timer') }, 1); await receive() },
      rejected: async () => { await sleep(0); Promise.reject(new Error('rejected')); await receive() },
    }
    for (const [name, body] of Object.entries(bodies)) {
      const { ref } = spawnMonitor(body)
      const { reason } = await receive((m) => m.ref === ref)
      console.log(name, reason.error.message)
    }
    const Server = GenServer.define({
      module: 'Server',
      init: () => null,
      // Not at once: a server whose callback has not come back yet ends without its terminate.
      handleInfo: async () => { void floatingLater(); return noReply() },
      terminate: (reason) => console.log('terminate', reason.error.message),
    })
    const { pid, ref } = await Server.startMonitor()
    send(pid, 'go')
    const down = await receive((m) => m.ref === ref)
    console.log('server', down.reason.error.message)
  `)
  t.equal(code, 0, stderr)
  t.equal(
    stdout,
    'floating floating\ntimer timer\nrejected rejected\nterminate floating\nserver floating\n',
    'each is the crash of its process',
  )
})

t.test('what belongs to no process ends the program, as without Beamish', async (t) => {
  const { stderr, code } = await program(`
    routeUncaught()
    spawn(async () => { await receive() })
    await sleep(1)
    Promise.reject(new Error('of nobody'))
    await sleep(100)
    console.error('went on')
  `)
  t.not(code, 0)
  t.match(stderr, /of nobody/)
  t.notMatch(stderr, /went on/)
})

t.test('what an ended process left behind harms nobody', async (t) => {
  const { stdout, stderr, code } = await program(`
    routeUncaught()
    let reject
    const later = new Promise((_, r) => { reject = r })
    const pid = spawn(async () => { void later.then(() => {}); await receive() })
    await sleep(1)
    exit(pid, 'kill')
    reject(new Error('late'))
    await sleep(20)
    console.log('still here')
  `)
  t.equal(code, 0, stderr)
  t.equal(stdout, 'still here\n')
})

t.test('without it, Node decides; and it can be taken back', async (t) => {
  const body = `spawn(async () => { void (async () => { await null; throw new Error('floating') })(); await receive() })
    await sleep(50)
    console.log('went on')`
  for (const first of ['', 'routeUncaught()()\n']) {
    const { stdout, stderr, code } = await program(first + body)
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, /floating/)
  }
})

t.test('a waiting main program keeps Node running, processes alone do not', async (t) => {
  const waits = await program(`
    spawn(function* () { for (;;) yield* receive() })
    await sleep(20)
    console.log('awake')
    const main = self()
    spawn(async () => { await sleep(20); send(main, 'm') })
    console.log(await receive())
    const runtime = new Runtime()
    console.log(await runtime.run(async () => { await sleep(20); return 'ran' }))
  `)
  t.same(waits, { stdout: 'awake\nm\nran\n', stderr: '', code: 0 })
})

t.test('a main process that is ended is told, and another takes over', async (t) => {
  const { stdout, stderr, code } = await program(`
    const first = self()
    spawn(async () => { await sleep(1); exit(first, 'boom') })
    try { await receive() } catch (error) { console.log(error.code, error.reason) }
    console.log(self() === first)
    send(self(), 'hello')
    console.log(await receive())
  `)
  t.equal(stdout, 'BEAMISH_EXIT boom\nfalse\nhello\n')
  t.match(stderr, /boom/, 'and it is reported')
  t.equal(code, 0)
})
