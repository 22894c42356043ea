import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { reasonOfThrown } from '../../src/core/reason.ts'
import type { ServerAdapter } from '../../src/endpoint/adapter.ts'
import { type AdapterOption, chooseAdapter } from '../../src/endpoint/choose-adapter.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { formatReport } from '../../src/index.ts'

const native: ServerAdapter = { name: 'native', start: () => Promise.reject(new Error('not started here')) }
const broken = new Error('This version of uWS.js supports only Node.js 22\n\nError: cannot open shared object file')

/** What comes of a choice: the name of the server, and the warnings on the way. */
async function choose(option: AdapterOption | undefined, loads: boolean): Promise<[string, ...string[]]> {
  const warnings: string[] = []
  const { name } = await chooseAdapter({
    option,
    fellBack: (adapter, error) => void warnings.push(adapter, String(error)),
    loadNative: () => (loads ? Promise.resolve(native) : Promise.reject(broken)),
  })
  return [name, ...warnings]
}

t.test('the native server serves where it loads, and the portable one elsewhere, with a warning', async (t) => {
  t.same(await choose(undefined, true), ['native'])
  t.same(await choose(undefined, false), ['node', 'node', String(broken)])
})

t.test('who says which server gets that one, without a warning, or an error', async (t) => {
  t.same(await choose('node', true), ['node'])
  t.same(await choose('node', false), ['node'])
  t.same(await choose('uws', true), ['native'])
  t.same(await choose({ ...native, name: 'my own' }, false), ['my own'])
  const message =
    /does not load on \w+ \w+ with Node v.*: This version of uWS\.js supports only Node\.js 22 adapter: 'node'/
  await t.rejects(choose('uws', false), { code: 'BEAMISH_NO_NATIVE_SERVER', message, cause: broken })
})

t.test('what is no server is refused when the endpoint is defined', async (t) => {
  t.throws(() => Endpoint.define({ adapter: 'express' as 'node' }), { code: 'BEAMISH_BAD_ARGUMENT', message: /'uws'/ })
  t.throws(() => Endpoint.define({ adapter: {} as ServerAdapter }), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('where the binary does not load an endpoint starts all the same, and says so in one line', async (t) => {
  const door = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href)
  const hooks = `export const resolve = (specifier, context, next) => {
    if (specifier === 'uWebSockets.js') throw new Error('no binary for this machine')
    return next(specifier, context)
  }`
  const program = `
    import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}))
    const { Endpoint } = await import(${door('endpoint/index.js')})
    const { Supervisor } = await import(${door('index.js')})
    const Web = Endpoint.define({ name: 'web', port: 0, static: {} })
    const tree = await Supervisor.start([Web])
    const { port, adapter } = await Web.serverInfo()
    console.log(adapter, (await fetch('http://127.0.0.1:' + port)).status)
    await Supervisor.stop(tree)
  `
  const [output, warnings] = await run(program)
  t.equal(output, 'node 404\n')
  t.match(
    warnings,
    /^.*▲ web: uWebSockets\.js does not load, so node serves .*adapter: 'node'.*no binary for this machine\n$/,
  )
})

t.test('npm leaves the native server out where its engines do not fit: the warning tells how to have it', async (t) => {
  const reason = reasonOfThrown(new Error("Cannot find package 'uWebSockets.js' [ERR_MODULE_NOT_FOUND]"))
  const report = { type: 'serverFallback', level: 'warning', endpoint: 'web', adapter: 'node', reason } as const
  t.match(formatReport(report), /remedy .*npm install 'uWebSockets\.js@npm:uws-pack@/)
})

/** Runs a program in a Node of its own. @returns what it wrote to stdout and stderr. */
function run(program: string): Promise<[stdout: string, stderr: string]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { PATH: process.env['PATH'] },
  })
  const texts = ['', ''] as [string, string]
  child.stdout.on('data', (chunk) => (texts[0] += String(chunk)))
  child.stderr.on('data', (chunk) => (texts[1] += String(chunk)))
  return new Promise((resolve) => child.on('close', () => resolve(texts)))
}
