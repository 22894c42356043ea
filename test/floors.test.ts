import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Import, ROOMS, specifiersIn, violation } from './support/floors.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function sourcesIn(folder: string): string[] {
  if (!existsSync(root + folder)) return []
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

function importsOf(file: string): Import[] {
  return specifiersIn(readFileSync(root + file, 'utf8')).map((specifier) => ({ file, specifier }))
}

t.test('imports point down the floors', async (t) => {
  const files = ['src', 'supervisors', 'apps'].flatMap(sourcesIn)
  t.ok(files.length > 40, 'the sources were found')
  const violations = files.flatMap(importsOf).flatMap((found) => violation(found) ?? [])
  t.same(violations, [])
})

t.test('every folder of sources is a room of the picture', async (t) => {
  const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const strangers = folders
    .map((entry) => `src/${entry.name}`)
    .filter((room) => !(ROOMS as readonly string[]).includes(room))
  t.same(strangers, [])
})

t.test('ARCHITECTURE.md has a line for every room, and every room a README', async (t) => {
  const picture = readFileSync(`${root}ARCHITECTURE.md`, 'utf8')
  const rooms = ROOMS.filter((room) => existsSync(root + room))
  t.same(
    rooms.filter((room) => !picture.includes(`\`${room}\``)),
    [],
    'without a line in ARCHITECTURE.md',
  )
  t.same(
    rooms.filter((room) => !existsSync(`${root}${room}/README.md`)),
    [],
    'without a README.md',
  )
})

t.test('the checker sees what it should', async (t) => {
  const source = [
    "import { a } from './a.ts'",
    "import type { B } from '../core/b.ts'",
    "export { c } from '../runtime/c.ts'",
    "import 'side-effect'",
    "const d = await import('xstate')",
    "// import { e } from '../commented/out.ts'",
    "/* import { f } from '../commented/out.ts' */",
    "const types = 'image/*' // import 'trailing/comment'",
    "const { g } = await import('nanoid') /* and so on */",
    "const manual = `write\nimport { h } from 'elsewhere'`",
  ].join('\n')
  t.same(specifiersIn(source), ['./a.ts', '../core/b.ts', '../runtime/c.ts', 'side-effect', 'xstate', 'nanoid'])
})

t.test('the checker refuses what it should', async (t) => {
  const refused: Import[] = [
    { file: 'src/runtime/process.ts', specifier: '../behaviours/gen-server.ts' },
    { file: 'src/core/pid.ts', specifier: '../telemetry/telemetry.ts' },
    { file: 'src/runtime/process.ts', specifier: 'nanoid' },
    { file: 'src/channel/channel.ts', specifier: 'uWebSockets.js' },
    { file: 'src/channel/channel.ts', specifier: '../pubsub/index.ts' },
    { file: 'src/channel/channel.ts', specifier: '../pubsub/pubsub' },
    { file: 'src/pubsub/pubsub.ts', specifier: 'beamish/channel' },
    { file: 'apps/chat/main.ts', specifier: '../../src/index.ts' },
  ]
  for (const found of refused) t.ok(violation(found), `${found.file} imports ${found.specifier}`)
  const allowed: Import[] = [
    { file: 'src/channel/channel.ts', specifier: '../pubsub/pubsub.ts' },
    { file: 'src/index.ts', specifier: './runtime/spawn.ts' },
    { file: 'apps/chat/main.ts', specifier: './tree.ts' },
    { file: 'apps/chat/main.ts', specifier: 'beamish/endpoint' },
    { file: 'src/behaviours/state-machine.ts', specifier: 'xstate' },
  ]
  for (const found of allowed) t.equal(violation(found), undefined)
})
